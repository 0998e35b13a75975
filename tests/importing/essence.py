"""The network that a flow means, written one way, so that two flows can be compared after a journey through a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from extraction.flow.canonical import digest
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.complete import complete
from extraction.flow.model import Connection, Flow, Layer
from extraction.flow.values import margins, value_of

#: Activations that are layer types of their own.
OWN_TYPE: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "softmax": ("Softmax", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "elu": ("ELU", {}),
    "celu": ("ELU", {}),
    "relu6": ("ReLU", {"max_value": 6}),
    "hard_swish": ("Activation", {"activation": "hard_silu"}),
    "swish": ("Activation", {"activation": "silu"}),
}
KEEP_ACTIVATION = ("Activation", "SimpleRNN", "LSTM", "GRU", "Bidirectional", "TimeDistributed", "ConvLSTM1D",
                   "ConvLSTM2D", "ConvLSTM3D", "SimpleRNNCell", "LSTMCell", "GRUCell", "SpectralNormalization",
                   "StackedRNNCells")  # fmt: skip


def essence(flow: Flow) -> Flow:
    """Completed; every default said, fused activations as layers of their own, and nothing that passes values on."""
    completed = complete(flow).flow
    inputs = completed.inputs_of()
    layers: list[Layer] = []
    connections: list[Connection] = []
    tail: dict[str, str] = {}
    for layer in completed.layers:
        sources = [tail[source] for source in inputs[layer.id]]
        function = layer.params.get("activation")
        if layer.type in ("Output", "Identity") or (layer.type == "Activation" and function == "linear"):
            tail[layer.id] = sources[0]
            continue
        alone = layer.type not in KEEP_ACTIVATION and function not in (None, "linear")
        plain = {key: value for key, value in layer.params.items() if not (alone and key == "activation")}
        steps = [_said(replace(layer, params=plain))]
        if alone:
            steps.append(_said(Layer(f"{layer.id}.act", "Activation", params={"activation": function})))
        for step in steps:
            layers.append(step)
            connections += [Connection(source, step.id) for source in sources]
            sources = [step.id]
        tail[layer.id] = sources[0]
    return Flow(tuple(layers), tuple(connections))


def _said(layer: Layer) -> Layer:
    """One way of many to say the same."""
    kind, params = layer.type, dict(layer.params)
    if kind == "Activation" and params["activation"] in OWN_TYPE:
        kind, params = OWN_TYPE[params["activation"]]
    row = CATALOGUE[kind]
    values: dict[str, Any] = {}
    for parameter in row.parameters:
        value = value_of(replace(layer, type=kind, params=params), row, parameter.name)
        if parameter.name == "strides" and value is None:
            value = params.get("pool_size")
        if parameter.name in ("padding", "cropping") and parameter.kind == "ints":
            value = [list(pair) for pair in margins(value, row.window or 1)]
        if parameter.name == "axis" and layer.output_shape and value == len(layer.output_shape):
            value = -1
        if parameter.kind == "float" and value is not None:
            value = round(float(value), 6)
        if parameter.kind == "floats" and value is not None:
            value = [round(float(number), 6) for number in (value if isinstance(value, list | tuple) else [value])]
        if isinstance(value, tuple):
            value = list(value)
        values[parameter.name] = value
    for window in ("kernel_size", "pool_size"):  # there is nothing to pad, and nothing to spread
        if set(_flat(values.get(window, 2))) == {1}:
            values["padding"] = "valid"
            values |= {"dilation_rate": 1} if "dilation_rate" in values else {}
    if kind == "Input" and not values.get("shape"):
        values["shape"] = list(layer.output_shape or ())
    if kind == "MultiHeadAttention" and values["value_dim"] == values["key_dim"]:
        values["value_dim"] = None
    return Layer(layer.id, kind, params=values)


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fingerprint(flow: Flow) -> str:
    return digest(essence(flow))


def described(flow: Flow) -> list[str]:
    """A line a layer, for a message."""
    inputs = flow.inputs_of()
    return [f"{layer.id} {layer.type} {dict(layer.params)} {inputs[layer.id]}" for layer in flow.layers]
