"""The training part of a Keras file."""

from __future__ import annotations

from extraction.codegen.plan import Node, Part
from extraction.codegen.text import literal
from extraction.codegen.training import Training, Value, last_activation

CLASSES = {
    "adam": "Adam", "adamw": "AdamW", "adamax": "Adamax", "nadam": "Nadam", "rmsprop": "RMSprop",
    "adagrad": "Adagrad", "adadelta": "Adadelta", "sgd": "SGD", "nesterov": "SGD",
}  # fmt: skip
#: Which options each optimizer takes, under Keras's names.
TAKES = {
    "adam": ("beta_1", "beta_2", "epsilon"), "adamw": ("beta_1", "beta_2", "epsilon"),
    "adamax": ("beta_1", "beta_2", "epsilon"), "nadam": ("beta_1", "beta_2", "epsilon"),
    "rmsprop": ("momentum", "epsilon"), "adagrad": ("epsilon",), "adadelta": ("epsilon",),
    "sgd": ("momentum",), "nesterov": ("momentum",),
}  # fmt: skip


def training_lines(parts: list[Part], training: Training) -> list[str]:
    lines = [
        f"BATCH_SIZE = {literal(training.batch_size.value)}  # {training.batch_size.source}",
        f"EPOCHS = {literal(training.epochs.value)}  # {training.epochs.source}",
        *_losses(parts, training),
        *(f"# {note}" for note in training.notes),
        "",
        "",
        "def train(model, inputs, targets, epochs=EPOCHS, verbose=1):",
        '    """Train on arrays; a value that the paper doesn\'t give is marked as assumed."""',
        *_optimizer(training),
        "    model.compile(optimizer=optimizer, loss=LOSSES[model.name])",
        *_schedule(training),
        "    return model.fit(",
        "        inputs,",
        "        targets,",
        "        batch_size=BATCH_SIZE,",
        "        epochs=epochs,",
        *(["        callbacks=[schedule],"] if training.schedule else []),
        "        verbose=verbose,",
        "    )",
        "",
        "",
        *_examples(parts),
        "",
        "",
        *_main(parts),
    ]
    return lines


def _losses(parts: list[Part], training: Training) -> list[str]:
    lines = ["LOSSES = {"]
    for part in parts:
        values = [training.loss_of(node) for node in part.outputs]
        names = [_loss(node, str(value.value)) for node, value in zip(part.outputs, values, strict=True)]
        text = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        line = f"    {literal(part.slug)}: {text},  # {_source(values)}"
        if len(line) <= 100:
            lines.append(line)
        else:
            lines.append(f"    {literal(part.slug)}: [")
            lines += [f"        {name},  # {value.source}" for name, value in zip(names, values, strict=True)]
            lines.append("    ],")
    return [*lines, "}"]


def _loss(node: Node, name: str) -> str:
    """A loss by its name, or the one for values that no softmax or sigmoid has made probabilities yet."""
    classes = {
        "categorical_crossentropy": ("CategoricalCrossentropy", ("softmax",)),
        "binary_crossentropy": ("BinaryCrossentropy", ("sigmoid", "softmax", "hard_sigmoid")),
    }
    if name in classes and last_activation(node) not in classes[name][1]:
        return f"keras.losses.{classes[name][0]}(from_logits=True)"
    return literal(name)


def _source(values: list[Value]) -> str:
    return ", ".join(dict.fromkeys(value.source for value in values))


def _optimizer(training: Training) -> list[str]:
    kind = training.optimizer.value
    takes = (*TAKES[kind], "weight_decay", "gradient_clipping")
    args = [("learning_rate", training.learning_rate)]
    args += [(name, value) for name, value in training.options.items() if name in takes]
    if kind == "nesterov":
        args.append(("nesterov", Value(True, training.optimizer.source)))
        if "momentum" not in training.options:
            args.append(("momentum", Value(0.9, "assumed")))
    lines = [f"    optimizer = keras.optimizers.{CLASSES[kind]}(  # {training.optimizer.source}"]
    for name, value in args:
        keyword = "clipnorm" if name == "gradient_clipping" else name
        lines.append(f"        {keyword}={literal(value.value)},  # {value.source}")
    return [*lines, "    )"]


def _schedule(training: Training) -> list[str]:
    words = [f"    # learning rate schedule: {training.schedule_words}"] if training.schedule_words else []
    schedule = training.schedule
    if schedule is None:
        return words
    factor = literal(schedule.factor)
    rule = {
        "steps": f"rate * {factor} if epoch and epoch % {schedule.epochs} == 0 else rate",
        "exponential": f"rate * {factor} if epoch else rate",
        "cosine": f"{literal(training.learning_rate.value)} * (1 + np.cos(np.pi * epoch / epochs)) / 2",
    }[schedule.kind]
    return [
        *words,
        "    schedule = keras.callbacks.LearningRateScheduler(",
        f"        lambda epoch, rate: float({rule})",
        "    )",
    ]


def _examples(parts: list[Part]) -> list[str]:
    vocabulary = min(part.vocabulary for part in parts)
    return [
        "def made_up_examples(model, count=2):",
        '    """Random inputs and targets of the right sizes, to see that everything fits together."""',
        "    rng = np.random.default_rng(0)",
        "    inputs = [",
        f"        rng.integers(0, {vocabulary}, (count, *tensor.shape[1:]))",
        '        if "int" in tensor.dtype',
        '        else rng.random((count, *tensor.shape[1:]), dtype="float32")',
        "        for tensor in model.inputs",
        "    ]",
        '    targets = [rng.random((count, *t.shape[1:]), dtype="float32") for t in model.outputs]',
        "    return tuple(arrays if len(arrays) > 1 else arrays[0] for arrays in (inputs, targets))",
    ]


def _main(parts: list[Part]) -> list[str]:
    builders = ", ".join(f"build_{part.slug}" for part in parts)
    line = f"    for build in ({builders}{',' if len(parts) == 1 else ''}):"
    loop = [line]
    if len(line) > 100:
        loop = ["    for build in (", *(f"        build_{part.slug}," for part in parts), "    ):"]
    return [
        'if __name__ == "__main__":',
        *loop,
        "        model = build()",
        "        model.summary()",
        "        if model.trainable_weights:",
        "            train(model, *made_up_examples(model), epochs=1)",
    ]
