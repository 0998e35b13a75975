"""Caffe code: a deploy net in protobuf's text form, for BVLC Caffe, and its solver as a comment."""

from __future__ import annotations

from collections.abc import Mapping

from extraction.codegen.code import Model, Place
from extraction.codegen.plan import Node, Part
from extraction.codegen.text import dims, prose
from extraction.codegen.to_caffe.layers import emitter
from extraction.codegen.to_caffe.net import Field, Net, blob_shape
from extraction.codegen.to_caffe.plain import activate
from extraction.codegen.to_caffe.solver import solver_lines
from extraction.codegen.to_caffe.train_val import SOLVER, TRAIN_VAL, solver_lines_of_file, train_val_lines
from extraction.codegen.training import Training
from extraction.codegen.writer import Lines, count, origins, sentence, title
from extraction.flow.model import Flow

NOTES = (
    "Comments say where a value comes from: figure, table, text or a person; inferred from what is printed; "
    "assumed where the paper says nothing. Blobs are (N, channels, height, width)."
)


def write(
    flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], training: Training, citation: str
) -> tuple[Lines, tuple[Model, ...], dict[str, Place]]:
    net = _deploy(flow, parts, parameters, citation)
    net.lines.add("", *solver_lines(parts, training, net))
    models = (
        Model(
            "net",
            tuple(node.id for part in parts for node in part.inputs),
            tuple(node.id for part in parts for node in part.outputs),
        ),
    )
    places = {
        node.id: Place(0, net.blob(node), len(node.shape) > 2, net.differs.get(node.id, ""))
        for part in parts
        for node in part.nodes
    }
    return net.lines, models, places


def training_files(
    flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], training: Training, citation: str
) -> dict[str, str]:
    """The net to train with and its solver, by file name."""
    net = _deploy(flow, parts, parameters, citation)
    head = [f"# {row}" for text in (title(flow, "Caffe"), sentence(citation)) for row in prose(text)]
    what = "To train and test with; its data are made up: put a Data layer of yours in place of each DummyData."
    solver = f"How it is trained: caffe train --solver={SOLVER}"
    name = ["", f'name: "{_name(parts)}"']
    files = {
        TRAIN_VAL: [*head, *(f"# {row}" for row in prose(what)), *name, *train_val_lines(parts, training, net)],
        SOLVER: [*head, f"# {solver}", "", *solver_lines_of_file(training)],
    }
    return {file: "\n".join(rows) + "\n" for file, rows in files.items()}


def _name(parts: list[Part]) -> str:
    return parts[0].slug.removesuffix("_1") if len(parts) > 1 else parts[0].slug


def _deploy(flow: Flow, parts: list[Part], parameters: Mapping[str, int | None], citation: str) -> Net:
    """The layers of the net, with comments."""
    net = Net()
    total = sum(count(parameters, part.nodes) for part in parts)
    texts = (title(flow, "Caffe"), sentence(citation), *origins(flow), f"{total:,} parameters.", NOTES)
    for text in texts:
        net.lines.add(*(f"# {row}" for row in prose(text)))
    net.lines.add("", f'name: "{_name(parts)}"')
    for part in parts:
        for node in part.nodes:
            net.lines.add("")
            with net.lines.of(node):
                _write(node, net)
    return net


def _write(node: Node, net: Net) -> None:
    net.head(node)
    if node.type == "Input":
        if node.word("dtype") != "float32" and any(target.type == "Embedding" for target in node.outputs):
            raise node.outputs[0].refuse("Caffe's Embed can't be proven here")
        if len(node.shape) > 3:
            raise (node.outputs[0] if node.outputs else node).refuse("Caffe has maps with two spatial axes at most")
        shape: list[Field] = [("dim", size, "") for size in (1, *blob_shape(node.shape))]
        source = node.where_from("shape")
        param: Field = ("input_param", [("shape", shape, "")], source)
        net.blobs[node.id] = net.layer(node.name, "Input", [], [node.name], param)
        return
    whole = node.where_from("type")
    net.lines.add(f"# {dims(blob_shape(node.shape))}" + (f"; {whole}" if whole else ""))
    known = len(net.remarks)
    blob = emitter(node)(node, net)
    if remarks := net.remarks[known:]:
        net.differs[node.id] = remarks[0]
    if node.type != "Activation":
        name = f"{node.name}_{node.activation()}"
        blob = activate(node, net, node.activation(), blob, name, own=True)
    net.blobs[node.id] = blob
