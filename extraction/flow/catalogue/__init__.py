"""The layer catalogue: one row a layer type, used by checks, shapes, readers, generators and the editor.

Adding a layer is adding a row here and its shape rule in `extraction.flow.rules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from extraction.flow.catalogue.channels import channel_types
from extraction.flow.catalogue.elementwise import elementwise_types
from extraction.flow.catalogue.merging import merging_types
from extraction.flow.catalogue.parameters import ACTIVATIONS
from extraction.flow.catalogue.plain import plain_types
from extraction.flow.catalogue.pointwise import pointwise_types
from extraction.flow.catalogue.schema import Family, LayerType, Parameter, ParameterKind
from extraction.flow.catalogue.sequence import sequence_types
from extraction.flow.catalogue.spatial import spatial_types
from extraction.flow.catalogue.wrappers import WRAPPERS, wrapper_types

__all__ = [
    "ACTIVATIONS",
    "CATALOGUE",
    "FAMILIES",
    "WRAPPERS",
    "Family",
    "LayerType",
    "Parameter",
    "ParameterKind",
    "canonical_type",
    "catalogue_json",
]

#: The families in the order in which a palette shows them.
FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "io": "Inputs and outputs",
        "conv": "Convolutions",
        "pool": "Pooling and resizing",
        "dense": "Dense and reshaping",
        "norm": "Normalisation and dropout",
        "act": "Activations",
        "rec": "Recurrent",
        "attn": "Attention",
        "merge": "Merges",
        "block": "Not told",
    }
)

_ROWS = {
    row.name: row
    for rows in (
        plain_types(),
        pointwise_types(),
        elementwise_types(),
        channel_types(),
        merging_types(),
        spatial_types(),
        sequence_types(),
    )
    for row in rows
}
CATALOGUE: Mapping[str, LayerType] = MappingProxyType(_ROWS | {row.name: row for row in wrapper_types(_ROWS)})


def _key(name: str) -> str:
    """Lower case without spaces and joining signs; a name that is nothing but signs stays as it is."""
    folded = name.casefold().strip()
    return re.sub(r"[\W_]+", "", folded) or folded


_BY_KEY: dict[str, str] = {}
for _row in CATALOGUE.values():
    for _word in (_row.name, *_row.aliases):
        _BY_KEY.setdefault(_key(_word), _row.name)
# A type's own name outranks another type's alias; but "LSTM cell" in a figure means the whole layer.
_BY_KEY.update({_key(name): name for name in CATALOGUE if not name.endswith("Cell")})


def canonical_type(name: str) -> str | None:
    """The catalogue's name of a layer type written otherwise ("MaxPool2D", "batch norm"), or `None`."""
    return name if name in CATALOGUE else _BY_KEY.get(_key(name))


def catalogue_json() -> dict[str, Any]:
    """The catalogue for the editor's palette and forms, in a stable order."""
    return {
        "families": [{"name": name, "label": label} for name, label in FAMILIES.items()],
        "types": [row.to_dict() for family in FAMILIES for row in CATALOGUE.values() if row.family == family],
    }
