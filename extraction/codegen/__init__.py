"""Code from a flow: Keras, Caffe and PyTorch, readable, with the source of every value.

`generate` is pure: the same flow and citation give the same bytes. What a framework can't express is a `Refusal`.
"""

from __future__ import annotations

from extraction.codegen import to_caffe, to_keras, to_pytorch
from extraction.codegen.code import FILENAMES, FRAMEWORKS, Code, Model, Place, Refusal
from extraction.codegen.notebook import notebook
from extraction.codegen.plan import Part, plan
from extraction.codegen.training import training_of
from extraction.codegen.writer import drawn_layer
from extraction.flow.complete import Completion, complete
from extraction.flow.model import Flow
from extraction.flow.shapes import infer

__all__ = [
    "FILENAMES",
    "FRAMEWORKS",
    "Code",
    "Model",
    "Place",
    "Refusal",
    "companions",
    "generate",
    "generate_completed",
    "onnx_model",
]

WRITERS = {"keras": to_keras.write, "caffe": to_caffe.write, "pytorch": to_pytorch.write}


def generate(flow: Flow, framework: str, *, citation: str = "") -> Code:
    """Complete the flow and write it in `keras`, `caffe` or `pytorch`.

    Args:
        flow: as drawn or read; what it lacks is assumed, and marked in the code.
        framework: one of `FRAMEWORKS`.
        citation: of the paper, for the head of the file.

    Raises:
        Refusal: the flow can't be completed, or the framework can't express a layer; names the layer and the reason.
    """
    return generate_completed(flow, complete(flow), framework, citation=citation)


def generate_completed(flow: Flow, completion: Completion, framework: str, *, citation: str = "") -> Code:
    """As `generate`, for a flow whose completion is at hand."""
    if framework not in FRAMEWORKS:
        raise ValueError(f"{framework!r} is none of {', '.join(FRAMEWORKS)}")
    completed = completion.flow
    try:
        parts = _parts(completion, framework)
        parameters = infer(completed).parameters
        lines, models, places = WRITERS[framework](completed, parts, parameters, training_of(completed), citation)
    except Refusal as refusal:
        # A layer that completion put in is nothing a reader of the figure knows: the one it serves is named.
        refusal.layer = refusal.layer and drawn_layer(refusal.layer, {layer.id for layer in flow.layers})
        raise
    return Code(
        framework=framework,
        source=lines.text(),
        filename=FILENAMES[framework],
        lines=lines.given(flow),
        assumptions=completion.assumptions,
        completed=completed,
        models=models,
        places=places,
    )


def onnx_model(flow: Flow, *, citation: str = "", completion: Completion | None = None) -> Code:
    """An ONNX model of the flow, whose completion may be at hand, in `Code.data`; its weights have first values.

    The same flow gives the same bytes.

    Raises:
        Refusal: as `generate`.
    """
    from extraction.codegen import to_onnx  # loading ONNX takes a while, and few need it

    completion = completion or complete(flow)
    completed = completion.flow
    parts = _parts(completion, "onnx")
    data, models, places = to_onnx.write(completed, parts, infer(completed).parameters, citation)
    return Code(
        framework="onnx",
        source="",
        filename="model.onnx",
        lines={},
        assumptions=completion.assumptions,
        completed=completed,
        models=models,
        places=places,
        data=data,
    )


def companions(flow: Flow, framework: str, *, citation: str = "") -> dict[str, str]:
    """Files that go with the code, by name: a notebook, or for Caffe the net to train with and its solver.

    Raises:
        Refusal: as `generate`.
    """
    completion = complete(flow)
    code = generate_completed(flow, completion, framework, citation=citation)
    if framework != "caffe":
        return {code.filename.replace(".py", ".ipynb"): notebook(code)}
    completed = completion.flow
    parts, training = _parts(completion, framework), training_of(completed)
    return to_caffe.training_files(completed, parts, infer(completed).parameters, training, citation)


def _parts(completion: Completion, framework: str) -> list[Part]:
    """The models of a completed flow, or why there are none."""
    for problem in completion.problems:
        if problem.severity == "error":
            raise Refusal(framework, problem.layer, problem.message, named=False)
    if not completion.flow.layers:
        raise Refusal(framework, None, "the flow has no layers")
    parts = plan(completion.flow, framework)
    for part in parts:
        if not part.inputs:
            raise Refusal(framework, part.nodes[0].id, "no input leads to it", name=part.nodes[0].name)
    return parts
