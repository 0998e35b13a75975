"""ONNX's side of the proof: ONNX Runtime runs the model; runs in the sandbox only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

#: Endings of names of weights, in files that this project writes; other initializers are constants.
LEARNT = frozenset(
    ("weight", "kernel", "bias", "depthwise", "pointwise", "slope", "scale", "shift", "mean", "variance",
     "input_weights", "state_weights", "biases")
)  # fmt: skip


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Check the model, and run it forward.

    Returns:
        `shapes` by layer id (of real outputs, without the batch, channels last), `parameters`, `versions`, `proven`.
    """
    try:
        import numpy as np
        import onnx
        import onnxruntime
    except ModuleNotFoundError as missing:
        return {"missing": missing.name}

    from extraction.sandbox import report

    model = onnx.load(payload["file"])
    onnx.checker.check_model(model)
    report("built")
    rng = np.random.default_rng(0)
    inputs = {}
    for value in model.graph.input:
        shape = (1, *(size.dim_value for size in value.type.tensor_type.shape.dim[1:]))
        whole = value.type.tensor_type.elem_type == onnx.TensorProto.INT32
        inputs[value.name] = rng.integers(0, 2, shape, np.int32) if whole else rng.random(shape, np.float32)
    found = run(model, [name for _, _, name, _ in payload["places"]], inputs)
    shapes = {}
    for layer, _, name, channels_first in payload["places"]:
        size = list(found[name].shape[1:])
        shapes[layer] = [*size[1:], size[0]] if channels_first else size
    report("forward")
    sizes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    return {
        "shapes": shapes,
        "parameters": sum(math.prod(sizes[name]) for name in learnt(model, "")),
        "versions": {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
        "proven": ["built", "forward"],
    }


def run(model: Any, wanted: Iterable[str], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors by name, the inputs among them."""
    import onnxruntime
    from onnx import TensorProto, helper

    known = {value.name for value in model.graph.output} | inputs.keys()
    names = [name for name in dict.fromkeys(wanted) if name not in inputs]
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names if name not in known
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return {**inputs, **dict(zip(names, session.run(names, dict(inputs)), strict=True))} if names else dict(inputs)


def learnt(model: Any, title: str) -> list[str]:
    """Names of the weights of a layer (of all, without a title), in the order in which they were written."""
    return [
        tensor.name
        for tensor in model.graph.initializer
        if tensor.name.startswith(f"{title}." if title else "") and tensor.name.rpartition(".")[2] in LEARNT
    ]
