"""Embeddings, recurrent layers and attention in PyTorch. All of them take (N, steps, features)."""

from __future__ import annotations

from extraction.codegen.plan import Node
from extraction.codegen.text import Arg, literal
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
