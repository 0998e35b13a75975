"""Caffe's side of the proof: OpenCV's importer runs the net with made-up weights; runs in the sandbox only.

OpenCV reads Caffe nets and runs them forward; it has no training, so that is not proven here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extraction.importing.prototxt import Message, Word, parse
from extraction.proof.caffe_net import Blobs, blobs_of
from extraction.proof.caffe_reference import OWN, RENAMED
from extraction.proof.caffemodel import caffemodel


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Read the net, set up its blobs by Caffe's rules, run it in OpenCV.

    Returns:
        `shapes` by layer id (of real outputs, without the batch, channels last), `parameters`, `versions`, `proven`.
    """
    try:
        import cv2
    except ModuleNotFoundError:
        return {"missing": "OpenCV"}

    from extraction.sandbox import report

    net = parse(payload["source"])
    blobs = blobs_of(net)
    report("built")

    outputs = run(net, blobs)
    shapes: dict[str, list[int]] = {}
    for layer, _, name, channels_first in payload["places"]:
        ours = blobs.shapes[name]
        if name in outputs and (theirs := tuple(outputs[name].shape)) != ours:
            raise RuntimeError(f"the blob `{name}` is {ours} by Caffe's rules, but {theirs} when it runs")
        size = list(ours[1:])
        shapes[layer] = [*size[1:], size[0]] if channels_first else size
    report("forward")
    return {
        "shapes": shapes,
        "parameters": blobs.parameters,
        "versions": {"opencv": cv2.__version__},
        "proven": ["built", "forward"],
    }


def run(
    net: Message,
    blobs: Blobs,
    weights: Mapping[str, Sequence[Any]] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Every blob's values after a forward pass, by blob name; inputs are left out.

    Args:
        net: whole.
        blobs: its sizes.
        weights: by layer name; small random numbers for the rest.
        inputs: by blob name; random numbers for the rest.
    """
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    cv2.setNumThreads(1)
    read = {blob for layer in net.all("layer") for blob in layer.all("bottom")}
    layers = [
        layer  # OpenCV trips over inputs that nothing reads
        for layer in net.all("layer")
        if layer.get("type") != "Silence" and (layer.get("type") != "Input" or layer.get("top") in read)
    ]
    if not any(layer.get("type") != "Input" for layer in layers):
        return {}
    kinds = [(str(layer.get("name")), str(layer.get("type"))) for layer in layers]
    own = weights or {}
    filled = {
        name: [np.asarray(value, np.float32) for value in own[name]]
        if name in own
        else [_weights(np, rng, layer, i, shape) for i, shape in enumerate(blobs.weights[name])]
        for (name, _), layer in zip(kinds, layers, strict=True)
        if blobs.weights.get(name)
    }
    for kind, own_layer in OWN.items():
        cv2.dnn_unregisterLayer(kind)
        cv2.dnn_registerLayer(kind, own_layer)
    text = _for_opencv(layers, blobs).text().encode()
    inner = {str(layer.get("name")) for layer in layers if _needs_map(layer, blobs)}
    named = [(f"{name}_map" if name in inner else name, kind) for name, kind in kinds]
    model = caffemodel(named, {f"{name}_map" if name in inner else name: rows for name, rows in filled.items()})
    runner = cv2.dnn.readNetFromCaffe(np.frombuffer(text, np.uint8), np.frombuffer(model, np.uint8))
    runner.enableFusion(False)
    for name in (blob for blob in blobs.inputs if blob in read):
        given = (inputs or {}).get(name)
        value = rng.random(blobs.shapes[name], dtype=np.float32) if given is None else given
        runner.setInput(np.ascontiguousarray(value, np.float32), name)
    # OpenCV gives results by layer; the last layer that writes a blob has its final values.
    writers = {
        str(top): str(layer.get("name")) if len(layer.all("top")) == 1 else f"{top}_shown"
        for layer in layers
        for top in layer.all("top")
    }
    wanted = {blob: name for blob, name in writers.items() if blob not in blobs.inputs}
    if not wanted:
        return {}
    values = dict(zip(wanted, runner.forward(list(wanted.values())), strict=True))
    wrong = next((blob for blob, value in values.items() if not np.isfinite(value).all()), None)
    if wrong is not None:
        raise RuntimeError(f"the blob `{wrong}` holds numbers that are not finite")
    return values


def _weights(np: Any, rng: Any, layer: Message, index: int, shape: tuple[int, ...]) -> Any:
    """Small random numbers; fixed weights as the net says; positive where they are variances or factors."""
    filler = layer.message("convolution_param").message("weight_filler")
    if index == 0 and filler.get("type") == "constant":
        return np.full(shape, filler.get("value", 0), np.float32)
    if layer.get("type") in ("BatchNorm", "Scale", "PReLU"):
        return np.full(shape, 0.5 if layer.get("type") == "PReLU" else 1, np.float32)
    scale = 1 / math.sqrt(max(1, math.prod(shape[1:])))
    return (rng.random(shape, dtype=np.float32) - 0.5) * scale


def _for_opencv(layers: list[Message], blobs: Blobs) -> Message:
    """The same net in the words that OpenCV knows.

    Its pooling says `ceil_mode` where BVLC Caffe says `round_mode`, and it has no Clip: two cuts at zero do the same.
    """
    fields: list[tuple[str, Any]] = []
    for layer in layers:
        if layer.get("type") in ("Clip", "Log"):
            fields += [("layer", part) for part in (_clip(layer) if layer.get("type") == "Clip" else _log(layer))]
            continue
        if _needs_map(layer, blobs):
            fields += [("layer", part) for part in _as_maps(layer)]
            continue
        changed = Message([(n, RENAMED.get(v, v) if n == "type" else v) for n, v in layer.fields])
        pooling = layer.message("pooling_param")
        if pooling.get("round_mode") == "FLOOR":
            kept = [(name, value) for name, value in pooling.fields if name != "round_mode"]
            param = Message([*kept, ("ceil_mode", Word("false"))])
            changed.fields = [(n, param if n == "pooling_param" else v) for n, v in changed.fields]
        fields.append(("layer", changed))
        if len(layer.all("top")) > 1:  # OpenCV gives the first result of a layer only
            fields += [("layer", _shown(str(top))) for top in layer.all("top")]
    return Message(fields)


def _needs_map(layer: Message, blobs: Blobs) -> bool:
    return layer.get("type") in RENAMED and len(blobs.shapes[str(layer.get("bottom"))]) == 3


def _as_maps(layer: Message) -> Iterator[Message]:
    """A layer of our own with one axis more: OpenCV takes the last of three for the channels of a picture."""
    name, bottom, top = (str(layer.get(key)) for key in ("name", "bottom", "top"))
    yield _reshaped(f"{name}_as_map", bottom, f"{name}_as_map", (0, 0, 0, 1))
    changed = {
        "type": RENAMED[layer.get("type")],
        "name": f"{name}_map",
        "bottom": f"{name}_as_map",
        "top": f"{name}_map",
    }
    yield Message([(field, changed.get(field, value)) for field, value in layer.fields])
    yield _reshaped(name, f"{name}_map", top, (0, 0, 0))


def _reshaped(name: str, bottom: str, top: str, dims: Sequence[int]) -> Message:
    shape = Message([("dim", size) for size in dims])
    rows: list[tuple[str, Any]] = [("name", name), ("type", "Reshape"), ("bottom", bottom), ("top", top)]
    return Message([*rows, ("reshape_param", Message([("shape", shape)]))])


def _shown(blob: str) -> Message:
    """A layer that passes a blob on under a name of its own."""
    name = f"{blob}_shown"
    rows: list[tuple[str, Any]] = [("name", name), ("type", "Power"), ("bottom", blob), ("top", name)]
    return Message([*rows, ("power_param", Message([("scale", 1)]))])


def _clip(layer: Message) -> list[Message]:
    """b - relu((b - a) - relu(x - a)), for the least a and the most b."""
    param = layer.message("clip_param")
    least, most = float(param.get("min", 0)), float(param.get("max", 0))
    return _in_steps(
        layer,
        [
            ("Power", [("scale", 1), ("shift", -least)]),
            ("ReLU", []),
            ("Power", [("scale", -1), ("shift", most - least)]),
            ("ReLU", []),
            ("Power", [("scale", -1), ("shift", most)]),
        ],
    )


def _log(layer: Message) -> list[Message]:
    """OpenCV's Log has neither base nor factor nor shift; a base of -1 is e."""
    param = layer.message("log_param")
    base = float(param.get("base", -1))
    inner = [("scale", float(param.get("scale", 1))), ("shift", float(param.get("shift", 0)))]
    return _in_steps(
        layer,
        [("Power", inner), ("Log", []), ("Power", [("scale", 1 if base < 0 else 1 / math.log(base))])],
    )


def _in_steps(layer: Message, steps: Sequence[tuple[str, Sequence[tuple[str, Any]]]]) -> list[Message]:
    """Layers one after the other in place of one; the last has its name and its top."""
    parts, name, blob = [], str(layer.get("name")), str(layer.get("bottom"))
    for i, (kind, fields) in enumerate(steps):
        own = name if i == len(steps) - 1 else f"{name}_step_{i}"
        top = str(layer.get("top")) if own == name else own
        rows: list[tuple[str, Any]] = [("name", own), ("type", kind), ("bottom", blob), ("top", top)]
        parts.append(Message([*rows, *([("power_param", Message(list(fields)))] if fields else [])]))
        blob = top
    return parts
