"""What acts along the channels alone."""

from __future__ import annotations

from extraction.codegen.plan import Node
from extraction.codegen.text import Arg, literal
from extraction.codegen.to_pytorch.values import Module, Values, Written


def slice_(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input)
    start, stop = node.whole("start"), node.whole("stop")
    span = f"{start or ''}:{stop if stop < node.input.shape[-1] else ''}"
    return Written(f"{node.input.name}[{':, ' if first or len(node.shape) == 1 else '..., '}{span}]", first)


def bias(node: Node, values: Values) -> Written:
    first = values.channels_first(node.input) and len(node.shape) > 1
    sizes = (node.shape[-1], *[1] * (len(node.shape) - 1)) if first else (node.shape[-1],)
    module = Module("nn.Parameter", (Arg(f"torch.zeros({literal(sizes)})"),))
    return Written(f"{node.input.name} + self.{node.name}", first, (module,))


def arg_max(node: Node, values: Values) -> Written:
    first, x = values.channels_first(node.input), node.input.name
    axis = 1 if first or len(node.shape) == 1 else -1
    return Written(f"{x}.argmax({axis}, keepdim=True).to({x}.dtype)", first)
