"""Dense layers, normalisation, activations, merges and reshaping in PyTorch."""

from __future__ import annotations

import math

from extraction.codegen.plan import Node, deviations, scaled
from extraction.codegen.text import Arg, literal
from extraction.codegen.to_pytorch.values import Module, Values, Written, sizes_of

#: Activation -> expression over `{x}`; `{dim}` is the dimension of the channels.
ACTIVATIONS = {
    "linear": "{x}", "relu": "F.relu({x})", "sigmoid": "torch.sigmoid({x})", "tanh": "torch.tanh({x})",
    "softmax": "F.softmax({x}, dim={dim})", "leaky_relu": "F.leaky_relu({x}, 0.2)", "elu": "F.elu({x})",
    "selu": "F.selu({x})", "gelu": "F.gelu({x})", "silu": "F.silu({x})", "swish": "F.silu({x})",
    "mish": "F.mish({x})", "relu6": "F.relu6({x})", "celu": "F.celu({x})", "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})", "hard_sigmoid": "F.hardsigmoid({x})", "hard_swish": "F.hardswish({x})",
    "hard_silu": "F.hardswish({x})", "hard_tanh": "F.hardtanh({x})", "exponential": "torch.exp({x})",
    "log_softmax": "F.log_softmax({x}, dim={dim})", "log_sigmoid": "F.logsigmoid({x})",
}  # fmt: skip


def activate(node: Node, name: str, expression: str, first: bool) -> str:
    """An activation around an expression of the node's own shape."""
    dim = 1 if first and len(node.shape) > 1 else -1
    return ACTIVATIONS[name].format(x=expression, dim=dim)


def dense(node: Node, values: Values) -> Written:
    args = [Arg(literal(node.channels)), Arg(literal(node.whole("units")), "", "units")]
    if not node.flag("use_bias"):
        args.append(Arg("False", "bias", "use_bias"))
    return Written(f"self.{node.name}({values.of(node.input, False)})", False, (Module("nn.Linear", tuple(args)),))


def passes(node: Node, values: Values) -> Written:
    return Written(node.input.name, values.channels_first(node.input))


def activation(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input)
    return Written(activate(node, node.word("activation"), node.input.name, first), first)


def relu(node: Node, values: Values) -> Written:
    x, first = node.input.name, values.channels_first(node.input)
    slope, most, threshold = node.number("negative_slope"), node.get("max_value"), node.number("threshold")
    if threshold:
        if slope:
            raise node.refuse("PyTorch has no ReLU with both a threshold and a slope below it")
        expression = f"F.threshold({x}, {literal(threshold)}, 0.0)"
    else:
        expression = f"F.leaky_relu({x}, {literal(slope)})" if slope else f"F.relu({x})"
    if most is not None:
        expression = f"{expression}.clamp(max={literal(node.number('max_value'))})"
    return Written(expression, first)


def leaky_relu(node: Node, values: Values) -> Written:
    slope = literal(node.number("negative_slope"))
    return Written(f"F.leaky_relu({node.input.name}, {slope})", values.channels_first(node.input))


def elu(node: Node, values: Values) -> Written:
    alpha = literal(node.number("alpha"))
    return Written(f"F.elu({node.input.name}, {alpha})", values.channels_first(node.input))


def prelu(node: Node, values: Values) -> Written:
    """One slope a channel is PyTorch's own; any other sharing is written out."""
    rank = len(node.shape)
    shared = set(node.whole_numbers("shared_axes")) if node.get("shared_axes") is not None else set()
    first = len(node.shape) > 1 and values.channels_first(node.input)
    if shared >= set(range(1, rank)):
        slopes = 1 if rank in shared else node.shape[-1]
        given = values.of(node.input, True)
        module = Module("nn.PReLU", (Arg(literal(slopes)), Arg("0.0", "init")))
        return Written(f"self.{node.name}({given})", True, (module,))
    sizes = tuple(1 if axis in shared else n for axis, n in enumerate(node.shape, 1))
    sizes = (sizes[-1], *sizes[:-1]) if first else sizes
    x = node.input.name
    module = Module("nn.Parameter", (Arg(f"torch.zeros({literal(sizes)})"),))
    return Written(f"F.relu({x}) - self.{node.name} * F.relu(-{x})", first, (module,))


def softmax(node: Node, values: Values) -> Written:
    dim = values.dim(node.input, node.axis())
    return Written(f"F.softmax({node.input.name}, dim={dim})", values.channels_first(node.input))


def dropout(node: Node, values: Values) -> Written:
    module = Module(f"nn.{node.type}", (Arg(literal(node.number("rate")), "", "rate"),))
    return Written(f"self.{node.name}({node.input.name})", values.channels_first(node.input), (module,))


def gaussian_dropout(node: Node, values: Values) -> Written:
    rate = node.number("rate")
    if rate >= 1:
        raise node.refuse("a dropout rate of 1 leaves nothing")
    deviation = literal(round((rate / (1 - rate)) ** 0.5, 6))
    x = node.input.name
    noise = f"{x} * (1 + {deviation} * torch.randn_like({x}))"
    return Written(f"{noise} if self.training else {x}", values.channels_first(node.input))


def gaussian_noise(node: Node, values: Values) -> Written:
    x, deviation = node.input.name, literal(node.number("stddev"))
    noise = f"{x} + {deviation} * torch.randn_like({x})"
    return Written(f"{noise} if self.training else {x}", values.channels_first(node.input))


def rescaling(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input)
    (scale, *more), (offset, *others) = node.numbers("scale"), node.numbers("offset")
    if more or others:
        return _along(node, values, "rescale", len(node.shape) - 1, scale=(scale, *more), offset=(offset, *others))
    expression = f"{node.input.name} * {literal(scale)}" + (f" + {literal(offset)}" if offset else "")
    return Written(expression, first)


def _along(node: Node, values: Values, helper: str, axis: int, **numbers: tuple[float, ...]) -> Written:
    """A helper with one number for each place of an axis."""
    given = [f"{name}={literal(row if len(row) > 1 else row[0])}" for name, row in numbers.items()]
    call = f"{helper}({node.input.name}, {values.dim(node.input, axis)}, {', '.join(given)})"
    return Written(call, values.channels_first(node.input), needs=(helper,))


def einsum_dense(node: Node, values: Values) -> Written:
    _, kernel, bias = node.einsum()
    equation = literal(node.get("equation").replace(" ", ""))
    product = f"torch.einsum({equation}, {values.of(node.input, False)}, self.{node.name})"
    modules = [Module("nn.Parameter", (Arg(f"0.05 * torch.randn({literal(kernel)})"),))]
    if bias is not None:
        modules.append(Module("nn.Parameter", (Arg(f"torch.zeros({literal(bias)})"),), "_bias"))
        product = f"{product} + self.{node.name}_bias"
    return Written(product, False, tuple(modules))


def normalization(node: Node, values: Values) -> Written:
    """As Keras: a deviation of less than 1e-7 counts as that."""
    x, first, invert = node.input.name, values.channels_first(node.input), node.flag("invert")
    if node.get("mean") is not None:
        mean, deviation = node.numbers("mean"), deviations(node)
        if len(mean) > 1 or len(deviation) > 1:
            if invert:
                return _along(node, values, "rescale", node.axis(), scale=deviation, offset=mean)
            return _along(node, values, "standardize", node.axis(), mean=mean, deviation=deviation)
        middle, text = literal(mean[0]), literal(deviation[0])
        return Written(f"{x} * {text} + {middle}" if invert else f"({x} - {middle}) / {text}", first)
    sizes = [1] * len(node.shape)
    sizes[node.axis()] = node.shape[node.axis()]
    if first and len(sizes) > 1:
        sizes = [sizes[-1], *sizes[:-1]]
    shape = literal(tuple(sizes))
    modules = (Module("Measured", (Arg(shape),)),)
    call = f"self.{node.name}.invert({x})" if invert else f"self.{node.name}({x})"
    return Written(call, first, modules, needs=("Measured",))


def elementwise(node: Node, values: Values) -> Written:
    """Arithmetic on every value alone."""
    x, first = node.input.name, values.channels_first(node.input)
    match node.type:
        case "AbsVal":
            return Written(f"{x}.abs()", first)
        case "Threshold":
            return Written(f"({x} > {literal(node.number('threshold'))}).to({x}.dtype)", first)
        case "PowerLaw":
            inner = scaled(node, x)
            power = literal(node.number("power"))
            return Written(f"({inner}) ** {power}" if inner != x else f"{x}**{power}", first)
    inner, base = scaled(node, x), node.get("base")
    if node.type == "Logarithm":
        rest = "" if base is None else f" / {literal(round(math.log(node.number('base')), 9))}"
        return Written(f"torch.log({inner}){rest}", first)
    if base is None:
        return Written(f"torch.exp({inner})", first)
    number = literal(node.number("base"))
    return Written(f"{number} ** ({inner})" if inner != x else f"{number}**{x}", first)


def even_maps(node: Node, values: Values) -> Written:
    dims = (1, 2, 3) if node.flag("across_channels") else (2, 3)
    rest = "" if node.flag("normalize_variance") else ", variance=False"
    rest += f", epsilon={literal(node.number('epsilon'))}" if node.given("epsilon") else ""
    call = f"even_maps({values.of(node.input, True)}, {literal(dims)}{rest})"
    return Written(call, True, needs=("even_maps",))


def layer_scale(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input) and len(node.shape) > 1
    sizes = (node.shape[-1], *[1] * (len(node.shape) - 1)) if first else (node.shape[-1],)
    value = literal(node.number("init_values"))
    module = Module("nn.Parameter", (Arg(f"torch.full({literal(sizes)}, {value})", "", "init_values"),))
    return Written(f"{node.input.name} * self.{node.name}", first, (module,))


def stochastic_depth(node: Node, values: Values) -> Written:
    rate = node.number("drop_path_rate")
    if rate >= 1:
        raise node.refuse("dropping every branch leaves nothing")
    module = Module("StochasticDepth", (Arg(literal(rate), "", "drop_path_rate"),))
    call = f"self.{node.name}({node.input.name})"
    return Written(call, values.channels_first(node.input), (module,), needs=("StochasticDepth",))


def activity_regularization(node: Node, values: Values) -> Written:
    if node.number("l1") or node.number("l2"):
        raise node.refuse("PyTorch's layers can't add to the loss")
    return passes(node, values)


def batch_norm(node: Node, values: Values) -> Written:
    _channels_only(node)
    rank = max(1, len(node.shape) - 1)
    if rank > 3:
        raise node.refuse(f"PyTorch has no batch normalisation over {rank} spatial axes")
    both = node.flag("center") and node.flag("scale")
    args = [
        Arg(literal(node.shape[-1])),
        Arg(literal(node.number("epsilon")), "eps", "epsilon"),
        Arg(literal(round(1 - node.number("momentum"), 6)), "momentum", "momentum"),
        *([] if both else [Arg("False", "affine", "center")]),
    ]
    text, modules = f"self.{node.name}({values.of(node.input, True)})", [Module(f"nn.BatchNorm{rank}d", tuple(args))]
    if not both and (node.flag("center") or node.flag("scale")):  # PyTorch's layer learns both or none
        sign, suffix, first = ("+", "_bias", "zeros") if node.flag("center") else ("*", "_scale", "ones")
        sizes = (node.shape[-1], *[1] * (len(node.shape) - 1))
        modules.append(Module("nn.Parameter", (Arg(f"torch.{first}({literal(sizes)})"),), suffix))
        text = f"{text} {sign} self.{node.name}{suffix}"
    return Written(text, True, tuple(modules))


def layer_norm(node: Node, values: Values) -> Written:
    _channels_only(node)
    args = [Arg(literal(node.shape[-1])), Arg(literal(node.number("epsilon")), "eps", "epsilon")]
    if node.type == "LayerNormalization":
        if node.flag("scale") and not node.flag("center"):
            args.append(Arg("False", "bias", "center"))
        else:
            args += _affine(node, "elementwise_affine")
    name = "nn.LayerNorm" if node.type == "LayerNormalization" else "nn.RMSNorm"
    return Written(f"self.{node.name}({values.of(node.input, False)})", False, (Module(name, tuple(args)),))


def group_norm(node: Node, values: Values) -> Written:
    _channels_only(node)
    args = [
        Arg(literal(node.whole("groups")), "", "groups"),
        Arg(literal(node.shape[-1])),
        Arg(literal(node.number("epsilon")), "eps", "epsilon"),
        *_affine(node, "affine"),
    ]
    return Written(f"self.{node.name}({values.of(node.input, True)})", True, (Module("nn.GroupNorm", tuple(args)),))


def unit_norm(node: Node, values: Values) -> Written:
    dim = values.dim(node.input, node.axis())
    return Written(f"F.normalize({node.input.name}, dim={dim})", values.channels_first(node.input))


def _channels_only(node: Node) -> None:
    if node.axis() != len(node.shape) - 1:
        raise node.refuse("it normalises along another axis than the channels, which PyTorch's layer can't")


def _affine(node: Node, keyword: str) -> list[Arg]:
    if node.flag("center") != node.flag("scale"):
        raise node.refuse("PyTorch learns shift and scale of this layer both or not at all")
    return [] if node.flag("center") else [Arg("False", keyword, "center")]


def flatten(node: Node, values: Values) -> Written:
    return Written(f"torch.flatten({node.input.name}, 1)", False)


def reshape(node: Node, values: Values) -> Written:
    x = values.of(node.input, False)
    return Written(f"{x}.reshape(-1, {', '.join(map(literal, node.shape))})", False)


def permute(node: Node, values: Values) -> Written:
    return Written(
        f"{values.of(node.input, False)}.permute(0, {', '.join(map(literal, node.whole_numbers('dims')))})", False
    )


def repeat_vector(node: Node, values: Values) -> Written:
    return Written(f"{node.input.name}.unsqueeze(1).repeat(1, {literal(node.whole('n'))}, 1)", False)


def merge(node: Node, values: Values) -> Written:
    """Value by value; a vector joins a map channel by channel, as in Keras."""
    ranks = {len(source.shape) for source in node.inputs}
    largest = max(node.inputs, key=lambda source: len(source.shape))
    first = values.channels_first(largest) and (len(ranks) == 1 or min(ranks) == 1)
    terms = [_stretched(source, len(largest.shape), values, first) for source in node.inputs]
    match node.type:
        case "Add":
            expression = " + ".join(terms)
        case "Subtract":
            expression = " - ".join(terms)
        case "Multiply":
            expression = " * ".join(terms)
        case "Average":
            expression = f"({' + '.join(terms)}) / {len(terms)}"
        case _:
            function = "torch.maximum" if node.type == "Maximum" else "torch.minimum"
            expression = terms[0]
            for term in terms[1:]:
                expression = f"{function}({expression}, {term})"
    return Written(expression, first)


def _stretched(source: Node, rank: int, values: Values, first: bool) -> str:
    missing = rank - len(source.shape)
    text = values.of(source, first)
    if not missing:
        return text
    nones = ", ".join(["None"] * missing)
    return f"{text}[:, :, {nones}]" if first else f"{text}[:, {nones}]"


def concatenate(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input)
    terms = ", ".join(values.of(source, first) for source in node.inputs)
    return Written(f"torch.cat([{terms}], dim={values.dim(node.input, node.axis())})", first)


def dot(node: Node, values: Values) -> Written:
    axes = node.whole_numbers("axes")
    pair = axes if len(axes) == 2 else axes * 2
    letters = iter("abcdefghijklm")
    terms, names, cuts = [], [], []
    for source, axis in zip(node.inputs, pair, strict=True):
        index = axis - 1 if axis > 0 else axis + len(source.shape)
        names.append([next(letters) for _ in source.shape])
        names[-1][index] = "z"
        cuts.append(index)
        text = values.of(source, False)
        terms.append(f"F.normalize({text}, dim={index + 1})" if node.flag("normalize") else text)
    rest = "".join(letter for name in names for letter in name if letter != "z")
    rule = f"n{''.join(names[0])},n{''.join(names[1])}->n{rest}"
    expression = f"torch.einsum({literal(rule)}, {', '.join(terms)})"
    return Written(f"{expression}.unsqueeze(1)" if not rest else expression, False)


def placeholder(node: Node, values: Values) -> Written:
    """Passes its input on; where the paper prints another size of its output, the mean of its input fills that."""
    if len(node.inputs) == 1 and node.input.shape == node.shape:
        return passes(node, values)
    first = len(node.shape) > 2
    given = ", ".join(values.of(source, first) for source in node.inputs)
    return Written(f"stand_in({literal(sizes_of(node, first))}, {given})", first, needs=("stand_in",))
