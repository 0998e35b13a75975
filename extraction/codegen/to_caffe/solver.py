"""How a Caffe net is trained: solver and loss layers, as comments, for they belong into files of their own."""

from __future__ import annotations

from extraction.codegen.plan import Part
from extraction.codegen.to_caffe.net import Net
from extraction.codegen.training import Training, last_activation

TYPES = {
    "adam": "Adam", "adamw": "Adam", "adamax": "Adam", "nadam": "Adam", "rmsprop": "RMSProp", "adagrad": "AdaGrad",
    "adadelta": "AdaDelta", "sgd": "SGD", "nesterov": "Nesterov",
}  # fmt: skip
OPTIONS = {
    "momentum": "momentum", "beta_1": "momentum", "beta_2": "momentum2", "epsilon": "delta",
    "weight_decay": "weight_decay", "gradient_clipping": "clip_gradients",
}  # fmt: skip
LOSSES = {
    "categorical_crossentropy": "SoftmaxWithLoss",
    "binary_crossentropy": "SigmoidCrossEntropyLoss",
    "mean_squared_error": "EuclideanLoss",
    "hinge": "HingeLoss",
}


def solver_lines(parts: list[Part], training: Training, net: Net) -> list[str]:
    rows = [
        "To train: add the loss below to a copy of this net with data in place of its inputs, and solve with",
        "",
        'net: "train.prototxt"',
        *solver_fields(training),
        f"# batches of {training.batch_size.value}: {training.batch_size.source}",
        f"# {training.epochs.value} epochs: {training.epochs.source}",
        *(f"# {note}" for note in training.notes),
        "",
    ]
    for part in parts:
        for node in part.outputs:
            loss = training.loss_of(node)
            layer, blob = LOSSES.get(str(loss.value), "EuclideanLoss"), net.blob(node)
            raw = " (before its activation)" if last_activation(node) in ("softmax", "sigmoid") else ""
            raw = raw if layer in ("SoftmaxWithLoss", "SigmoidCrossEntropyLoss") else ""
            rows.append(f'layer {{ name: "{blob}_loss" type: "{layer}" bottom: "{blob}" bottom: "{blob}_label" }}')
            rows.append(f"# {loss.value} of {blob}{raw}: {loss.source}")
    return [f"# {row}".rstrip() for row in rows]


def solver_fields(training: Training) -> list[str]:
    """How the weights are learnt: the solver's type, its rate and what it takes beside."""
    kind = str(training.optimizer.value)
    rate = training.learning_rate
    rows = [
        f'type: "{TYPES[kind]}"  # {training.optimizer.source}' + ("" if TYPES[kind].lower() == kind else f", {kind}"),
        f"base_lr: {rate.value!r}  # {rate.source}",
        *_policy(training),
    ]
    rows += [
        f"{OPTIONS[name]}: {value.value!r}  # {value.source}"
        for name, value in training.options.items()
        if name in OPTIONS
    ]
    if training.options.get("momentum") is None and kind in ("adam", "adamw", "adamax", "nadam", "nesterov"):
        rows.append("momentum: 0.9  # assumed")
    return rows


def _policy(training: Training) -> list[str]:
    words = f"  # {training.schedule_words}" if training.schedule_words else ""
    schedule = training.schedule
    if schedule is None or schedule.kind == "cosine":
        return [f'lr_policy: "fixed"{words or "  # assumed"}']
    kind = "step" if schedule.kind == "steps" else "exp"
    steps = [f"stepsize: {schedule.epochs}  # epochs; in iterations: times images / batch"] if kind == "step" else []
    return [f'lr_policy: "{kind}"{words}', f"gamma: {schedule.factor!r}", *steps]
