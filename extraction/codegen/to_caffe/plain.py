"""Dense layers, normalisation, activations, merges and reshaping in Caffe."""

from __future__ import annotations

from extraction.codegen.plan import Node, deviations
from extraction.codegen.to_caffe import spatial
from extraction.codegen.to_caffe.net import Field, Net, Word, blob_shape, channel_axes

#: Activation -> layer type and its fields, where one layer does it.
SIMPLE: dict[str, tuple[str, list[Field]]] = {
    "relu": ("ReLU", []),
    "leaky_relu": ("ReLU", [("relu_param", [("negative_slope", 0.2, "")], "")]),
    "sigmoid": ("Sigmoid", []),
    "tanh": ("TanH", []),
    "elu": ("ELU", []),
    "celu": ("ELU", []),
    "silu": ("Swish", []),
    "swish": ("Swish", []),
    "softplus": ("BNLL", []),
    "exponential": ("Exp", []),
}
#: Layers that may write over their own input.
IN_PLACE = ("ReLU", "Sigmoid", "TanH", "ELU")


def activate(node: Node, net: Net, function: str, blob: str, name: str, *, own: bool) -> str:
    """An activation; `own` where the blob is the layer's own and may be written over."""
    if function == "linear":
        return blob
    if function in SIMPLE:
        kind, fields = SIMPLE[function]
        top = blob if own and kind in IN_PLACE else name
        return net.layer(name, kind, [blob], [top], *fields)
    if function == "softmax":
        return _softmax(node, net, blob, name, channel_axes(node, len(node.shape) - 1))
    if function == "relu6":
        return _clip(net, blob, name, 0, 6)
    if function == "hard_tanh":
        return _clip(net, blob, name, -1, 1)
    if function in ("hard_sigmoid", "hard_swish", "hard_silu"):
        return _hard(net, blob, name, times_itself=function != "hard_sigmoid")
    if function == "log_softmax":
        probabilities = _softmax(node, net, blob, f"{name}_softmax", channel_axes(node, len(node.shape) - 1))
        return net.layer(name, "Log", [probabilities], [name])
    if function == "log_sigmoid":
        net.layer(f"{name}_sigmoid", "Sigmoid", [blob], [f"{name}_sigmoid"])
        return net.layer(name, "Log", [f"{name}_sigmoid"], [name])
    raise node.refuse(f"Caffe has no activation `{function}`")


def _clip(net: Net, blob: str, name: str, least: float, most: float) -> str:
    return net.layer(name, "Clip", [blob], [name], ("clip_param", [("min", least, ""), ("max", most, "")], ""))


def _hard(net: Net, blob: str, name: str, *, times_itself: bool) -> str:
    """(x + 3) / 6, cut at 0 and 1; for the hard swish times x."""
    shift, sixth = ([("shift", 3, "")], [("scale", round(1 / 6, 8), "")])
    net.layer(f"{name}_shifted", "Power", [blob], [f"{name}_shifted"], ("power_param", shift, ""))
    _clip(net, f"{name}_shifted", f"{name}_clipped", 0, 6)
    gate = f"{name}_gate" if times_itself else name
    net.layer(gate, "Power", [f"{name}_clipped"], [gate], ("power_param", sixth, ""))
    if not times_itself:
        return gate
    product: list[Field] = [("operation", Word("PROD"), "")]
    return net.layer(name, "Eltwise", [blob, gate], [name], ("eltwise_param", product, ""))


def _softmax(node: Node, net: Net, blob: str, name: str, axis: int) -> str:
    fields: list[Field] = [("softmax_param", [("axis", axis, "")], "")] if axis != 1 else []
    return net.layer(name, "Softmax", [blob], [name], *fields)


def dense(node: Node, net: Net) -> str:
    blob, units = net.blob(node.input), node.whole("units")
    if len(node.input.shape) == 3:
        return spatial.pointwise(node, net, blob, units, "units")  # the same weights for every position
    fields: list[Field] = [("num_output", units, node.where_from("units")), ("bias_term", node.flag("use_bias"), "")]
    if len(node.input.shape) == 2:
        fields.append(("axis", 2, ""))
    return net.layer(
        node.name, "InnerProduct", [blob], [node.name], ("inner_product_param", [*fields, spatial.XAVIER], "")
    )


def time_distributed(node: Node, net: Net) -> str:
    if node.layer.params.get("layer", "Dense") != "Dense":
        raise node.refuse("Caffe can repeat no other layer than InnerProduct over steps")
    return dense(node, net)


def layer_scale(node: Node, net: Net) -> str:
    first: list[Field] = [("type", "constant", ""), ("value", node.number("init_values"), "")]
    axis: list[Field] = [("axis", 2, "")] if len(node.shape) == 2 else []
    fields: list[Field] = [*axis, ("filler", first, node.where_from("init_values"))]
    return net.layer(node.name, "Scale", [net.blob(node.input)], [node.name], ("scale_param", fields, ""))


def normalization(node: Node, net: Net) -> str:
    if node.get("mean") is None:
        raise node.refuse("its mean and variance are measured on data, for which Caffe has no layer of its own")
    means, sizes = node.numbers("mean"), deviations(node)
    count = max(len(means), len(sizes))
    rows = list(zip(means * (count // len(means)), sizes * (count // len(sizes)), strict=True))
    if node.flag("invert"):
        return _powers(node, net, node.axis(), [(deviation, mean) for mean, deviation in rows])
    return _powers(node, net, node.axis(), [(1 / deviation, -mean / deviation) for mean, deviation in rows])


#: Channels that are scaled one by one, each in a layer of its own.
MAX_POWERS = 16


def _powers(node: Node, net: Net, axis: int, rows: list[tuple[float, float]]) -> str:
    """Factor and shift: of everything, or of every place of an axis, which is cut up for that and joined again."""
    fields: list[list[Field]] = [[("scale", round(a, 9), ""), ("shift", round(b, 9), "")] for a, b in rows]
    if len(rows) == 1:
        return net.layer(node.name, "Power", [net.blob(node.input)], [node.name], ("power_param", fields[0], ""))
    if len(rows) > MAX_POWERS:
        raise node.refuse(f"Caffe scales by one number for all; {len(rows)} channels are too many to take one by one")
    along: list[Field] = [("axis", channel_axes(node, axis), "")]
    parts = [f"{node.name}_channel_{i}" for i in range(len(rows))]
    scaled = [f"{part}_scaled" for part in parts]
    net.layer(f"{node.name}_channels", "Slice", [net.blob(node.input)], parts, ("slice_param", along, ""))
    for part, top, field in zip(parts, scaled, fields, strict=True):
        net.layer(top, "Power", [part], [top], ("power_param", field, ""))
    return net.layer(node.name, "Concat", scaled, [node.name], ("concat_param", along, ""))


def passes(node: Node, net: Net) -> str:
    net.lines.add(f"# {node.name} is the blob {net.blob(node.input)}")
    return net.blob(node.input)


def placeholder(node: Node, net: Net) -> str:
    if any(source.shape != node.shape for source in node.inputs):
        raise node.refuse("its inside is not shown, and Caffe can't stand in for a change of size without weights")
    if len(node.inputs) == 1:
        return passes(node, net)
    return net.layer(node.name, "Eltwise", [net.blob(source) for source in node.inputs], [node.name])


def activation(node: Node, net: Net) -> str:
    function = node.word("activation")
    if function == "linear":
        return passes(node, net)
    return activate(node, net, function, net.blob(node.input), node.name, own=False)


def relu(node: Node, net: Net) -> str:
    slope, most = node.number("negative_slope"), node.get("max_value")
    if node.number("threshold"):
        raise node.refuse("Caffe's ReLU has no threshold")
    if most is not None:
        if slope:
            raise node.refuse("Caffe has no ReLU with both a slope and a largest value")
        return _clip(net, net.blob(node.input), node.name, 0, node.number("max_value"))
    fields: list[Field] = [("relu_param", [("negative_slope", slope, "")], "")] if slope else []
    return net.layer(node.name, "ReLU", [net.blob(node.input)], [node.name], *fields)


def leaky_relu(node: Node, net: Net) -> str:
    slope: list[Field] = [("negative_slope", node.number("negative_slope"), node.where_from("negative_slope"))]
    return net.layer(node.name, "ReLU", [net.blob(node.input)], [node.name], ("relu_param", slope, ""))


def elu(node: Node, net: Net) -> str:
    alpha: list[Field] = [("alpha", node.number("alpha"), node.where_from("alpha"))]
    return net.layer(node.name, "ELU", [net.blob(node.input)], [node.name], ("elu_param", alpha, ""))


def prelu(node: Node, net: Net) -> str:
    rank = len(node.shape)
    shared = set(node.whole_numbers("shared_axes")) if node.get("shared_axes") is not None else set()
    if rank == 2 or not shared >= set(range(1, rank)):
        raise node.refuse("Caffe's PReLU has one slope for each channel, or one for all")
    fields: list[Field] = [("channel_shared", rank in shared, "")]
    return net.layer(node.name, "PReLU", [net.blob(node.input)], [node.name], ("prelu_param", fields, ""))


def softmax(node: Node, net: Net) -> str:
    return _softmax(node, net, net.blob(node.input), node.name, channel_axes(node.input, node.axis()))


def dropout(node: Node, net: Net) -> str:
    ratio: list[Field] = [("dropout_ratio", node.number("rate"), node.where_from("rate"))]
    return net.layer(node.name, "Dropout", [net.blob(node.input)], [node.name], ("dropout_param", ratio, ""))


def rescaling(node: Node, net: Net) -> str:
    scales, offsets = node.numbers("scale"), node.numbers("offset")
    count = max(len(scales), len(offsets))
    rows = zip(scales * (count // len(scales)), offsets * (count // len(offsets)), strict=True)
    return _powers(node, net, len(node.shape) - 1, list(rows))


def elementwise(node: Node, net: Net) -> str:
    """Arithmetic on every value alone; Caffe's base of -1 is e."""
    blob = net.blob(node.input)
    if node.type == "AbsVal":
        return net.layer(node.name, "AbsVal", [blob], [node.name])
    if node.type == "Threshold":
        limit: list[Field] = [("threshold", node.number("threshold"), node.where_from("threshold"))]
        return net.layer(node.name, "Threshold", [blob], [node.name], ("threshold_param", limit, ""))
    kind = {"PowerLaw": "Power", "Logarithm": "Log", "Exponential": "Exp"}[node.type]
    own = "power" if node.type == "PowerLaw" else "base"
    fields: list[Field] = [
        (name, node.number(name), node.where_from(name)) for name in (own, "scale", "shift") if node.given(name)
    ]
    rows: list[Field] = [(f"{kind.lower()}_param", fields, "")] if fields else []
    return net.layer(node.name, kind, [blob], [node.name], *rows)


def mvn(node: Node, net: Net) -> str:
    said = {"normalize_variance": "normalize_variance", "across_channels": "across_channels"}
    fields: list[Field] = [
        (name, node.flag(parameter), "") for name, parameter in said.items() if node.given(parameter)
    ]
    fields += [("eps", node.number("epsilon"), "")] if node.given("epsilon") else []
    rows: list[Field] = [("mvn_param", fields, "")] if fields else []
    return net.layer(node.name, "MVN", [net.blob(node.input)], [node.name], *rows)


def batch_norm(node: Node, net: Net) -> str:
    """Caffe normalises in one layer, and learns scale and shift in a second one."""
    if node.axis() != len(node.shape) - 1 or len(node.shape) == 2:
        raise node.refuse("Caffe's BatchNorm normalises the channels of maps and vectors only")
    learns = node.flag("scale") or node.flag("center")
    name = f"{node.name}_normalised" if learns else node.name
    fields: list[Field] = [
        ("moving_average_fraction", node.number("momentum"), node.where_from("momentum")),
        ("eps", node.number("epsilon"), node.where_from("epsilon")),
    ]
    blob = net.layer(name, "BatchNorm", [net.blob(node.input)], [name], ("batch_norm_param", fields, ""))
    if not learns:
        return blob
    shift: list[Field] = [("bias_term", node.flag("center"), "")]
    held = () if node.flag("scale") else (spatial.HELD,)  # a shift alone: the scale stays 1
    return net.layer(node.name, "Scale", [blob], [node.name], *held, ("scale_param", shift, ""))


def lrn(node: Node, net: Net) -> str:
    if node.whole("size") % 2 == 0:
        raise node.refuse("Caffe's LRN needs an odd number of channels")
    fields: list[Field] = [("local_size", node.whole("size"), node.where_from("size"))]
    fields += [(name, node.number(name), node.where_from(name)) for name in ("alpha", "beta", "k")]
    return net.layer(node.name, "LRN", [net.blob(node.input)], [node.name], ("lrn_param", fields, ""))


def flatten(node: Node, net: Net) -> str:
    return net.layer(node.name, "Flatten", [net.blob(node.input)], [node.name])


def reshape(node: Node, net: Net) -> str:
    """The order of the values is Caffe's (channels first); it matters where a map is cut into steps."""
    old, new = node.input.shape, node.shape
    same_channels = len(old) == len(new) == 3 and old[-1] == new[-1]
    if not (len(old) == 1 or len(new) == 1 or len(old) == len(new) == 2 or same_channels):
        raise node.refuse("Caffe would lay the values out in another order: it can't move the channels")
    if len(new) > 3:
        raise node.refuse("Caffe has maps with two spatial axes at most")
    shape: list[Field] = [("dim", size, "") for size in (0, *blob_shape(new))]
    turned = (len(old) == 3) != (len(new) == 3)
    note = "lays values out with the channels first, where Keras has them last" if turned else ""
    param: Field = ("reshape_param", [("shape", shape, "")], "")
    return net.layer(node.name, "Reshape", [net.blob(node.input)], [node.name], param, note=note)


def repeat_vector(node: Node, net: Net) -> str:
    if node.whole("n") > 100:
        raise node.refuse("Caffe repeats by naming the same blob again and again; more than 100 times is too much")
    shape: list[Field] = [("dim", size, "") for size in (0, 1, node.shape[-1])]
    row = f"{node.name}_row"
    net.layer(row, "Reshape", [net.blob(node.input)], [row], ("reshape_param", [("shape", shape, "")], ""))
    return net.layer(node.name, "Concat", [row] * node.whole("n"), [node.name])


def merge(node: Node, net: Net) -> str:
    blobs = [net.blob(source) for source in node.inputs]
    if len({source.shape for source in node.inputs}) > 1:
        return _broadcast(node, net)
    operation = {"Multiply": "PROD", "Maximum": "MAX", "Minimum": "MAX"}.get(node.type, "SUM")
    fields: list[Field] = [("operation", Word(operation), "")]
    if node.type == "Subtract":
        fields += [("coeff", 1, ""), ("coeff", -1, "")]
    if node.type == "Average":
        fields += [("coeff", round(1 / len(blobs), 8), "")] * len(blobs)
    if node.type != "Minimum":
        return net.layer(node.name, "Eltwise", blobs, [node.name], ("eltwise_param", fields, ""))
    minus: Field = ("power_param", [("scale", -1, "")], "")  # the least is the largest of the opposites
    names = [f"{node.name}_minus_{i + 1}" for i in range(len(blobs))]
    for name, blob in zip(names, blobs, strict=True):
        net.layer(name, "Power", [blob], [name], minus)
    most = f"{node.name}_most"
    net.layer(most, "Eltwise", names, [most], ("eltwise_param", fields, ""))
    return net.layer(node.name, "Power", [most], [node.name], minus)


def _broadcast(node: Node, net: Net) -> str:
    """A map times one factor a channel is Caffe's Scale; other sizes that differ are refused."""
    whole = max(node.inputs, key=lambda source: len(source.shape) * 10**12 + _values(source))
    others = [source for source in node.inputs if source is not whole]
    factors = ((whole.shape[-1],), (1, 1, whole.shape[-1]))
    if node.type != "Multiply" or len(others) != 1 or len(whole.shape) != 3 or others[0].shape not in factors:
        raise node.refuse("its inputs differ in size, and Caffe joins equal sizes only")
    factor = net.blob(others[0])
    if len(others[0].shape) == 3:
        factor = net.layer(f"{node.name}_factors", "Flatten", [factor], [f"{node.name}_factors"])
    axis: Field = ("scale_param", [("axis", 0, "")], "")
    return net.layer(node.name, "Scale", [net.blob(whole), factor], [node.name], axis)


def _values(node: Node) -> int:
    total = 1
    for size in node.shape:
        total *= size
    return total


def concatenate(node: Node, net: Net) -> str:
    axis = channel_axes(node.input, node.axis())
    fields: list[Field] = [("concat_param", [("axis", axis, "")], "")] if axis != 1 else []
    return net.layer(node.name, "Concat", [net.blob(source) for source in node.inputs], [node.name], *fields)
