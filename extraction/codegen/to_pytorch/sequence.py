"""Embeddings, recurrent layers and attention in PyTorch. All of them take (N, steps, features)."""

from __future__ import annotations

from extraction.codegen.plan import Node
from extraction.codegen.text import Arg, literal, size
from extraction.codegen.to_pytorch.values import Module, Values, Written

CELLS = {"LSTM": "nn.LSTM", "GRU": "nn.GRU", "SimpleRNN": "nn.RNN"}


def embedding(node: Node, values: Values) -> Written:
    args = [Arg(literal(node.whole(name)), "", name) for name in ("input_dim", "output_dim")]
    if node.flag("mask_zero"):
        args.append(Arg("0", "padding_idx", "mask_zero"))
    whole = node.input.type == "Input" and node.input.word("dtype") == "int32"
    given = node.input.name if whole else f"{node.input.name}.long()"
    return Written(f"self.{node.name}({given})", False, (Module("nn.Embedding", tuple(args)),))


def recurrent(node: Node, values: Values) -> Written:
    module, x = _cell(node, node.type), values.of(node.input, False)
    if node.number("recurrent_dropout"):
        raise node.refuse("PyTorch has no dropout of a recurrent state")
    modules = [module]
    if node.number("dropout"):
        modules.append(Module("nn.Dropout", (Arg(literal(node.number("dropout")), "", "dropout"),), "_dropout"))
        x = f"self.{node.name}_dropout({x})"
    if node.flag("go_backwards"):
        x = f"{x}.flip(1)"
    last = "" if node.flag("return_sequences") else "[:, -1]"
    return Written(f"self.{node.name}({x})[0]{last}", False, tuple(modules))


def bidirectional(node: Node, values: Values) -> Written:
    """Both directions in one module; the second one's last step is the sequence's first."""
    units, mode = node.whole("units"), node.word("merge_mode")
    module = _cell(node, node.word("layer"), Arg("True", "bidirectional"))
    both = f"self.{node.name}({values.of(node.input, False)})[0]"
    sequences = node.flag("return_sequences")
    if sequences and mode == "concat":
        return Written(both, False, (module,))
    return Written(
        f"join_directions({both}, {literal(units)}, {literal(mode)}, {literal(sequences)})",
        False,
        (module,),
        needs=("join_directions",),
    )


def _cell(node: Node, cell: str, *more: Arg) -> Module:
    function = node.activation()
    args = [Arg(literal(node.channels)), Arg(literal(node.whole("units")), "", "units")]
    if cell == "SimpleRNN" and function == "relu":
        args.append(Arg('"relu"', "nonlinearity", "activation"))
    elif function != "tanh":
        raise node.refuse(f"PyTorch's {cell} can't have the activation `{function}`")
    if cell != "SimpleRNN" and node.activation("recurrent_activation") not in ("sigmoid", "linear"):
        raise node.refuse(f"PyTorch's {cell} has no other gates than sigmoids")
    if node.type == "GRU" and not node.flag("reset_after"):
        raise node.refuse("PyTorch's GRU applies the reset gate after the product only")
    args.append(Arg("True", "batch_first"))
    if not node.flag("use_bias"):
        args.append(Arg("False", "bias", "use_bias"))
    return Module(CELLS[cell], (*args, *more))


def multi_head(node: Node, values: Values) -> Written:
    heads, width = node.whole("num_heads"), node.whole("key_dim")
    depth = node.whole("value_dim") if node.get("value_dim") is not None else width
    return _heads(node, values, heads, heads, width, depth)


def group_query(node: Node, values: Values) -> Written:
    width = node.whole("head_dim")
    return _heads(node, values, node.whole("num_query_heads"), node.whole("num_key_value_heads"), width, width)


def _heads(node: Node, values: Values, heads: int, shared: int, width: int, depth: int) -> Written:
    query, value, key = _roles(node)
    group = node.type == "GroupQueryAttention"
    args = [
        Arg(literal((query.shape[-1], value.shape[-1], key.shape[-1]))),
        Arg(literal(heads), "heads", "num_query_heads" if group else "num_heads"),
        Arg(literal(width), "key_dim", "head_dim" if group else "key_dim"),
    ]
    if depth != width:
        args.append(Arg(literal(depth), "value_dim", "value_dim"))
    if shared != heads:
        args.append(Arg(literal(shared), "key_heads", "num_key_value_heads"))
    if node.number("dropout"):
        args.append(Arg(literal(node.number("dropout")), "dropout", "dropout"))
    if not node.flag("use_bias"):
        args.append(Arg("False", "bias", "use_bias"))
    if not group and node.flag("use_causal_mask"):
        args.append(Arg("True", "causal", "use_causal_mask"))
    return Written(
        f"self.{node.name}({_call(node, values)})",
        False,
        (Module("MultiHeadAttention", tuple(args)),),
        needs=("MultiHeadAttention",),
    )


def attention(node: Node, values: Values) -> Written:
    args = []
    if node.flag("use_scale"):
        scales = 1 if node.type == "Attention" else _roles(node)[2].shape[-1]
        args.append(Arg(literal(scales), "scales", "use_scale"))
    if node.number("dropout"):
        args.append(Arg(literal(node.number("dropout")), "dropout", "dropout"))
    name = "DotAttention" if node.type == "Attention" else "AdditiveAttention"
    return Written(f"self.{node.name}({_call(node, values)})", False, (Module(name, tuple(args)),), needs=(name,))


def _roles(node: Node) -> tuple[Node, Node, Node]:
    """Query, value and key; one input attends to itself."""
    query = node.input
    value = node.inputs[1] if len(node.inputs) > 1 else query
    return query, value, node.inputs[2] if len(node.inputs) > 2 else value


def _call(node: Node, values: Values) -> str:
    return ", ".join(values.of(source, False) for source in _roles(node))


def reversible(node: Node, values: Values) -> Written:
    if not node.flag("tie_weights"):
        raise node.refuse("PyTorch's Embedding keeps one matrix, and the way back would need a second one")
    if not node.flag("reverse"):
        return embedding(node, values)
    module = Module(
        "nn.Embedding", tuple(Arg(literal(node.whole(name)), "", name) for name in ("input_dim", "output_dim"))
    )
    scores = f"F.linear({values.of(node.input, False)}, self.{node.name}.weight)"
    if node.get("logit_soft_cap") is not None:
        cap = literal(node.number("logit_soft_cap"))
        scores = f"{cap} * torch.tanh({scores} / {cap})"
    return Written(scores, False, (module,))


def cell(node: Node, values: Values) -> Written:
    """One step; states that do not lead into it are zeros."""
    kind = node.type.removesuffix("Cell")
    if node.number("dropout") or node.number("recurrent_dropout"):
        raise node.refuse("PyTorch's cells have no dropout")
    if node.type == "LSTMCell" and len(node.inputs) == 2:
        raise node.refuse("an LSTM has two states, its output and its memory; only one leads into it")
    whole = _cell(node, kind)
    args = tuple(arg for arg in whole.args if arg.keyword != "batch_first")
    states = [source.name for source in node.inputs[1:]]
    given = [node.input.name, *([f"({', '.join(states)})"] if len(states) == 2 else states)]
    result = f"self.{node.name}({', '.join(given)})" + ("[0]" if kind == "LSTM" else "")
    return Written(result, False, (Module(f"{whole.call}Cell", args),))


def stacked_cells(node: Node, values: Values) -> Written:
    kind, units = CELLS[node.word("cell").removesuffix("Cell")], node.whole_numbers("units")
    inputs, text = node.channels, values.of(node.input, False)
    text = f"{text}.flip(1)" if node.flag("go_backwards") else text
    modules = []
    for number, outputs in enumerate(units, 1):
        suffix = f"_{number}" if len(units) > 1 else ""
        args = (Arg(literal(inputs)), Arg(literal(outputs), "", "units"), Arg("True", "batch_first"))
        modules.append(Module(kind, args, suffix))
        text, inputs = f"self.{node.name}{suffix}({text})[0]", outputs
    return Written(text if node.flag("return_sequences") else f"{text}[:, -1]", False, tuple(modules))


def conv_lstm(node: Node, values: Values) -> Written:
    if node.activation() != "tanh" or node.activation("recurrent_activation") != "sigmoid":
        raise node.refuse("only the usual gates (sigmoid) and outputs (tanh) are written for PyTorch")
    spatial, channels, filters = node.input.shape[1:-1], node.input.shape[-1], node.whole("filters")
    rank = len(spatial)
    kernel, strides = node.sizes("kernel_size", rank), node.sizes("strides", rank)
    dilation = node.sizes("dilation_rate", rank)
    if set(dilation) != {1}:
        raise node.refuse("a dilated LSTM of convolutions is not written for PyTorch")
    pads = [(0, 0)] * rank
    if node.get("padding") != "valid":
        pads = []
        for n, k, s in zip(spatial, kernel, strides, strict=True):
            if node.get("padding") != "same":
                raise node.refuse("its padding must be `valid` or `same`")
            total = max((-(-n // s) - 1) * s + k - n, 0)
            pads.append((total // 2, total - total // 2))
    border = tuple(side for pad in reversed(pads) for side in pad)
    args = [
        Arg(literal(channels)),
        Arg(literal(filters), "", "filters"),
        Arg(size(kernel), "", "kernel_size"),
        Arg(literal(border), "", "padding"),
    ]
    if set(strides) != {1}:
        args.append(Arg(size(strides), "stride", "strides"))
    if not node.flag("use_bias"):
        args.append(Arg("False", "bias", "use_bias"))
    if node.flag("go_backwards"):
        args.append(Arg("True", "backwards", "go_backwards"))
    given = f"{values.of(node.input, False)}.movedim(-1, 2)"
    needs = ("ConvLSTM",)
    if node.flag("return_sequences"):
        text = f"self.{node.name}({given}).movedim(2, -1)"
        return Written(text, False, (Module("ConvLSTM", tuple(args)),), needs)
    return Written(f"self.{node.name}({given})[:, -1]", True, (Module("ConvLSTM", tuple(args)),), needs)
