"""The training part of a PyTorch file."""

from __future__ import annotations

from extraction.codegen.plan import Node, Part
from extraction.codegen.text import literal
from extraction.codegen.to_pytorch.values import Values, sizes_of
from extraction.codegen.training import Training, Value, last_activation

CLASSES = {
    "adam": "Adam", "adamw": "AdamW", "adamax": "Adamax", "nadam": "NAdam", "rmsprop": "RMSprop",
    "adagrad": "Adagrad", "adadelta": "Adadelta", "sgd": "SGD", "nesterov": "SGD",
}  # fmt: skip
TAKES = {
    "adam": ("epsilon",), "adamw": ("epsilon",), "adamax": ("epsilon",), "nadam": ("epsilon",),
    "rmsprop": ("momentum", "epsilon"), "adagrad": ("epsilon",), "adadelta": ("epsilon",),
    "sgd": ("momentum",), "nesterov": ("momentum",),
}  # fmt: skip
KEYWORDS = {"epsilon": "eps"}

#: Loss -> expression over `outputs` and `targets`; `{dim}` is the dimension of the channels.
LOSSES = {
    "mean_squared_error": "F.mse_loss",
    "mean_absolute_error": "F.l1_loss",
    "huber": "F.smooth_l1_loss",
    "hinge": "lambda outputs, targets: (1 - (2 * targets - 1) * outputs).clamp(min=0).mean()",
    "kl_divergence": 'lambda outputs, targets: F.kl_div(log(outputs), targets, reduction="batchmean")',
    "binary_crossentropy": "F.binary_cross_entropy",
    "binary_crossentropy logits": "F.binary_cross_entropy_with_logits",
    "categorical_crossentropy": "lambda outputs, targets: -(targets * log(outputs)).sum(dim={dim}).mean()",
    "categorical_crossentropy logits":
        "lambda outputs, targets: -(targets * F.log_softmax(outputs, dim={dim})).sum(dim={dim}).mean()",
}  # fmt: skip


def training_lines(parts: list[Part], training: Training, values: Values) -> list[str]:
    losses = _losses(parts, training, values)
    return [
        f"BATCH_SIZE = {literal(training.batch_size.value)}  # {training.batch_size.source}",
        f"EPOCHS = {literal(training.epochs.value)}  # {training.epochs.source}",
        *(f"# {note}" for note in training.notes),
        "",
        "",
        *(["def log(values):", "    return values.clamp(min=1e-7).log()", "", ""] if _uses_log(losses) else []),
        "# For each model its inputs, its outputs, and what is minimised for each output.",
        *_ends("INPUTS", parts, values, "inputs"),
        *_ends("OUTPUTS", parts, values, "outputs"),
        *losses,
        "",
        "",
        *_train(training),
        "",
        "",
        *_examples(parts),
        "",
        "",
        'if __name__ == "__main__":',
        *_loop(parts),
        "        model = build()",
        "        print(model)",
        "        if any(parameter.requires_grad for parameter in model.parameters()):",
        "            train(model, *made_up_examples(model), epochs=1)",
    ]


def _uses_log(losses: list[str]) -> bool:
    return any(" log(" in line or "(log(" in line for line in losses)


def _ends(name: str, parts: list[Part], values: Values, which: str) -> list[str]:
    lines = [f"{name} = {{"]
    for part in parts:
        lines.append(f"    {literal(part.class_name)}: [")
        for node in getattr(part, which):
            sizes = literal(sizes_of(node, values.first[node.id]))
            kind = _dtype(node) if name == "INPUTS" else ""
            lines.append(f"        ({sizes}, {kind}),  # {node.name}" if kind else f"        {sizes},  # {node.name}")
        lines.append("    ],")
    return [*lines, "}"]


def _dtype(node: Node) -> str:
    return "torch.long" if node.word("dtype") == "int32" else "torch.float32"


def _losses(parts: list[Part], training: Training, values: Values) -> list[str]:
    lines = ["LOSSES = {"]
    for part in parts:
        lines.append(f"    {literal(part.class_name)}: [")
        for node in part.outputs:
            loss = training.loss_of(node)
            dim = 1 if len(node.shape) > 1 and values.first[node.id] else -1
            text = LOSSES[_kind(node, str(loss.value))].format(dim=dim)
            lines += [f"        # {node.name}: {loss.source}", f"        {text},"]
        lines.append("    ],")
    return [*lines, "}"]


def _kind(node: Node, loss: str) -> str:
    """A loss over probabilities, or over what is not one yet."""
    wants = {"categorical_crossentropy": ("softmax",), "binary_crossentropy": ("sigmoid", "softmax", "hard_sigmoid")}
    if loss in wants and last_activation(node) not in wants[loss]:
        return f"{loss} logits"
    return loss


def _train(training: Training) -> list[str]:
    kind = training.optimizer.value
    args = [("lr", training.learning_rate)]
    args += [(KEYWORDS.get(n, n), v) for n, v in training.options.items() if n in (*TAKES[kind], "weight_decay")]
    betas = [training.options.get("beta_1"), training.options.get("beta_2")]
    if kind in ("adam", "adamw", "adamax", "nadam") and any(betas):
        pair = tuple(beta.value if beta else usual for beta, usual in zip(betas, (0.9, 0.999), strict=True))
        args.append(("betas", Value(pair, ", ".join(beta.source for beta in betas if beta))))
    if kind == "nesterov":
        args.append(("nesterov", Value(True, training.optimizer.source)))
        if "momentum" not in training.options:
            args.append(("momentum", Value(0.9, "assumed")))
    clipping = training.options.get("gradient_clipping")
    return [
        "def train(model, inputs, targets, epochs=EPOCHS):",
        '    """Train on tensors; a value that the paper doesn\'t give is marked as assumed."""',
        f"    optimizer = torch.optim.{CLASSES[kind]}(  # {training.optimizer.source}",
        "        model.parameters(),",
        *(f"        {name}={literal(value.value)},  # {value.source}" for name, value in args),
        "    )",
        *_schedule(training),
        "    losses = LOSSES[type(model).__name__]",
        "    data = torch.utils.data.TensorDataset(*inputs, *targets)",
        "    model.train()",
        "    for _ in range(epochs):",
        "        for batch in torch.utils.data.DataLoader(data, BATCH_SIZE, shuffle=True):",
        "            given, wanted = batch[: len(inputs)], batch[len(inputs) :]",
        "            outputs = model(*given)",
        "            outputs = outputs if isinstance(outputs, tuple) else (outputs,)",
        "            loss = sum(f(o, t) for f, o, t in zip(losses, outputs, wanted))",
        "            optimizer.zero_grad()",
        "            loss.backward()",
        *(
            [
                f"            limit = {literal(clipping.value)}  # {clipping.source}",
                "            nn.utils.clip_grad_norm_(model.parameters(), limit)",
            ]
            if clipping
            else []
        ),
        "            optimizer.step()",
        *(["        schedule.step()"] if training.schedule else []),
        "    return float(loss)",
    ]


def _schedule(training: Training) -> list[str]:
    words = [f"    # learning rate schedule: {training.schedule_words}"] if training.schedule_words else []
    schedule = training.schedule
    if schedule is None:
        return words
    factor = literal(schedule.factor)
    call = {
        "steps": f"StepLR(optimizer, {schedule.epochs}, {factor})",
        "exponential": f"ExponentialLR(optimizer, {factor})",
        "cosine": "CosineAnnealingLR(optimizer, epochs)",
    }[schedule.kind]
    return [*words, f"    schedule = torch.optim.lr_scheduler.{call}"]


def _examples(parts: list[Part]) -> list[str]:
    vocabulary = min(part.vocabulary for part in parts)
    return [
        "def made_up_examples(model, count=2):",
        '    """Random inputs and targets of the right sizes, to see that everything fits together."""',
        "    torch.manual_seed(0)",
        "    name = type(model).__name__",
        "    inputs = [",
        f"        torch.randint({vocabulary}, (count, *sizes)) if kind == torch.long else torch.rand(count, *sizes)",
        "        for sizes, kind in INPUTS[name]",
        "    ]",
        "    targets = [torch.rand(count, *sizes) for sizes in OUTPUTS[name]]",
        "    return inputs, targets",
    ]


def _loop(parts: list[Part]) -> list[str]:
    names = [part.class_name for part in parts]
    line = f"    for build in ({', '.join(names)}{',' if len(names) == 1 else ''}):"
    if len(line) <= 100:
        return [line]
    return ["    for build in (", *(f"        {name}," for name in names), "    ):"]
