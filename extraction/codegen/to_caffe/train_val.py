"""The net to train and test with, and its solver, as files that Caffe runs as they are.

The data are made up (`DummyData`), so that `caffe train --solver=solver.prototxt` works at once; who has the
paper's data puts a `Data` layer in their place. A softmax or sigmoid at the end is part of the loss, as Caffe wants it.
"""

from __future__ import annotations

from extraction.codegen.plan import Node, Part
from extraction.codegen.to_caffe.net import Field, Net, Record, Word, blob_shape, layer_rows
from extraction.codegen.to_caffe.solver import LOSSES, solver_fields
from extraction.codegen.training import Training, last_activation

TRAIN_VAL, SOLVER = "train_val.prototxt", "solver.prototxt"
#: Losses that hold the activation before them.
_HOLDS = {"SoftmaxWithLoss": "Softmax", "SigmoidCrossEntropyLoss": "Sigmoid"}


def train_val_lines(parts: list[Part], training: Training, net: Net) -> list[str]:
    """The layers of the net: made-up data, the layers between, losses, and how often the answer is right."""
    batch = int(training.batch_size.value)
    ends = [_End(node, training, net) for part in parts for node in part.outputs]
    dropped = {id(end.dropped) for end in ends if end.dropped is not None}
    lines: list[str] = []
    for record in net.layers:
        if record.kind == "Input":
            sizes = [size for name, size, _ in _shape_of(record) if name == "dim"]
            lines += ["", *_made_up(record.tops[0], (batch, *sizes[1:]), "gaussian", training.batch_size.source)]
        elif id(record) not in dropped:
            lines += ["", *record.rows]
    for end in ends:
        lines += ["", *end.lines(batch)]
    return lines


def solver_lines_of_file(training: Training) -> list[str]:
    rows = [f'net: "{TRAIN_VAL}"', *solver_fields(training)]
    rows += [
        f"# The made-up data are one batch of {training.batch_size.value}, so an iteration is an epoch.",
        "# With real data: epochs times images / batch.",
        f"max_iter: {training.epochs.value}  # {training.epochs.source}",
        "test_iter: 1",
        f"test_interval: {training.epochs.value}",
        "display: 1",
        'snapshot_prefix: "snapshot"',
        "solver_mode: CPU",
        *(f"# {note}" for note in training.notes),
    ]
    return rows


class _End:
    """One output: its loss, the blob that the loss reads, and the layer that the loss makes superfluous."""

    def __init__(self, node: Node, training: Training, net: Net) -> None:
        self.node, self.loss = node, training.loss_of(node)
        self.name = net.blob(node)
        self.kind = LOSSES.get(str(self.loss.value), "EuclideanLoss")
        self.scores, self.dropped = self.name, None
        holds = _HOLDS.get(self.kind)
        if holds is None:
            return
        writer = next((record for record in reversed(net.layers) if self.name in record.tops), None)
        read = sum(self.name in record.bottoms for record in net.layers if record is not writer)
        if writer is not None and writer.kind == holds and not (read and writer.tops != writer.bottoms):
            self.scores, self.dropped = writer.bottoms[0], writer
        elif last_activation(node) == holds.lower():
            self.kind = "EuclideanLoss"  # its probabilities are used elsewhere, and so stay

    def lines(self, batch: int) -> list[str]:
        shape, axis = blob_shape(self.node.shape), len(self.node.shape) if len(self.node.shape) < 3 else 1
        classes = self.kind in ("SoftmaxWithLoss", "HingeLoss")
        label = (batch, *shape) if not classes else (batch, *((1, *shape[1:]) if len(shape) == 3 else shape[:-1]))
        bottoms = [self.scores, f"{self.name}_label"]
        along: list[Field] = [("axis", axis, "")] if axis > 1 else []
        rows = _made_up(bottoms[1], label, "constant" if classes else "uniform", "made up")
        fields: list[Field] = [("softmax_param", along, "")] if along and self.kind == "SoftmaxWithLoss" else []
        note = f"{self.loss.value}, {self.loss.source}"
        loss = f"{self.name}_loss"
        rows += ["", *layer_rows(loss, self.kind, bottoms, [loss], fields, note)]
        if self.kind == "SoftmaxWithLoss":
            name = f"{self.name}_accuracy"
            test: list[Field] = [("include", [("phase", Word("TEST"), "")], "")]
            test += [("accuracy_param", along, "")] if along else []
            rows += ["", *layer_rows(name, "Accuracy", bottoms, [name], test, "")]
        return rows


def _made_up(blob: str, shape: tuple[int, ...], filler: str, note: str) -> list[str]:
    param: list[Field] = [
        ("data_filler", [("type", filler, "")], ""),
        ("shape", [("dim", size, "") for size in shape], note),
    ]
    return layer_rows(blob, "DummyData", [], [blob], [("dummy_data_param", param, "")], "")


def _shape_of(record: Record) -> list[Field]:
    (_, param, _), *_ = record.fields
    (_, shape, _), *_ = param
    return list(shape)
