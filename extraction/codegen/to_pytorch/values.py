"""Tensors of the forward pass: their variables, and on which side their channels stand.

Convolutions want channels first, (N, C, H, W); dense, recurrent and attention layers want them last, (N, T, C).
Each tensor stays as its layer made it, and is turned where the next layer wants it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from extraction.codegen.plan import Node
from extraction.codegen.text import Arg


@dataclass(frozen=True, slots=True)
class Module:
    """One submodule: `self.<layer><suffix> = call(args)`."""

    call: str
    args: tuple[Arg, ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A layer in PyTorch: its submodules, and the expression that computes it."""

    expression: str
    channels_first: bool
    modules: tuple[Module, ...] = ()
    #: Helper classes and functions that must stand in the file.
    needs: tuple[str, ...] = ()


@dataclass(slots=True)
class Values:
    """What has been computed so far, as the emitters see it."""

    first: dict[str, bool] = field(default_factory=dict)

    def has_sides(self, node: Node) -> bool:
        """There are spatial axes, so that the channels stand on one side of them."""
        return len(node.shape) > 1

    def channels_first(self, node: Node) -> bool:
        return self.first[node.id]

    def of(self, node: Node, first: bool) -> str:
        """The node's value with its channels on the wanted side."""
        if not self.has_sides(node) or self.first[node.id] == first:
            return node.name
        return f"{node.name}.movedim({'-1, 1' if first else '1, -1'})"

    def dim(self, node: Node, axis: int) -> int:
        """PyTorch's dimension of an axis (from 0, without the batch, channels last) of a node's value."""
        channel = axis == len(node.shape) - 1
        if not self.first[node.id] or not self.has_sides(node):
            return -1 if channel else axis + 1
        return 1 if channel else axis + 2


def sizes_of(node: Node, first: bool) -> tuple[int, ...]:
    """Sizes without the batch, as PyTorch has them."""
    return (node.shape[-1], *node.shape[:-1]) if first and len(node.shape) > 1 else node.shape
