"""What completion knows of layer types beyond the catalogue: how shapes pass through them."""

from __future__ import annotations

from extraction.flow.catalogue import CATALOGUE, WRAPPERS
from extraction.flow.completion.draft import Node

MERGES = frozenset(name for name, row in CATALOGUE.items() if row.family == "merge")
ELEMENTWISE = MERGES - {"Concatenate", "Dot"}
PLACEHOLDERS = frozenset({"Block", "Unknown"})

_RANKS = (1, 2, 3)
CONV = frozenset(f"{kind}{rank}D" for rank in _RANKS for kind in ("Conv", "SeparableConv")) & CATALOGUE.keys()
DEPTHWISE = frozenset({"DepthwiseConv1D", "DepthwiseConv2D"})
TRANSPOSED = frozenset(f"Conv{rank}DTranspose" for rank in _RANKS)
POOL = frozenset(f"{kind}Pooling{rank}D" for rank in _RANKS for kind in ("Max", "Average"))
ADAPTIVE_POOL = frozenset(f"Adaptive{name}" for name in POOL)
GLOBAL_POOL = frozenset(f"Global{name}" for name in POOL)
UP_SAMPLING = frozenset(f"UpSampling{rank}D" for rank in _RANKS)
#: Types that slide a kernel or window over maps.
WINDOWS = CONV | DEPTHWISE | POOL

RECURRENT = frozenset({"SimpleRNN", "LSTM", "GRU", "Bidirectional"})
CONV_RECURRENT = frozenset(f"ConvLSTM{rank}D" for rank in _RANKS)
ATTENTION = frozenset(name for name, row in CATALOGUE.items() if row.family == "attn")

#: One input, and the output has its shape.
KEEPS_SHAPE = (
    frozenset(name for name, row in CATALOGUE.items() if row.family in ("norm", "act") and name not in WRAPPERS)
    | PLACEHOLDERS
    | {"Output", "Masking"}
)
#: One input, and the output has its channels.
KEEPS_CHANNELS = (
    KEEPS_SHAPE
    | POOL
    | GLOBAL_POOL
    | ADAPTIVE_POOL
    | UP_SAMPLING
    | frozenset(f"{kind}{rank}D" for rank in _RANKS for kind in ("ZeroPadding", "Cropping"))
    | {"Resizing", "MultiHeadAttention", "GroupQueryAttention"}
)
#: The parameter that says how many channels come out.
CHANNELS_IN = (
    dict.fromkeys(CONV | TRANSPOSED | CONV_RECURRENT, "filters")
    | dict.fromkeys(("Dense", "TimeDistributed", *RECURRENT), "units")
    | {"Embedding": "output_dim"}
)


def channels_per_unit(kind: str, merge_mode: object) -> int:
    """Channels that come out for each unit of `CHANNELS_IN`."""
    return 2 if kind == "Bidirectional" and merge_mode in (None, "concat") else 1


def stands_whole(node: Node) -> bool:
    """A layer of an unknown type that came whole out of a file: any inputs will do, and nothing is put in front."""
    return node.type == "Unknown" and node.layer.output_shape is not None and "imported_from" in node.layer.params


def axes_made(kind: str) -> int | None:
    """Axes of the output that follow from the type alone."""
    rank = CATALOGUE[kind].rank
    if kind in GLOBAL_POOL or kind == "Flatten":
        return 1
    if kind == "Embedding" or kind == "RepeatVector":
        return 2
    if kind in RECURRENT | CONV_RECURRENT | {"StackedRNNCells"} or rank is None:
        return None
    return rank + 1


def said_channels(node: Node, axes: int | None = None) -> int | None:
    """Channels that come out of a layer, as it says itself; `axes` of its output, for a type that may have any."""
    if (name := CHANNELS_IN.get(node.type)) and isinstance(value := node.get(name), int):
        return value * channels_per_unit(node.type, node.get("merge_mode"))
    shape = node.printed
    if not shape or node.type in ("Flatten", "Reshape", "Permute", "Dot"):
        return None
    axes = axes if node.type == "Input" else axes_made(node.type)
    if axes is not None and len(shape) < axes and not (node.type in POOL and len(shape) == 1):
        return None  # height and width alone
    return shape[-1]
