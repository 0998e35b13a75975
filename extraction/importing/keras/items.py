"""One layer as a config has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.importing.result import ModelError


@dataclass(slots=True)
class Item:
    """One layer of a config."""

    kind: str
    name: str
    config: Mapping[str, Any]
    inbound: Sequence[Any] = ()
    line: int = 0
    module: str = ""

    @classmethod
    def of(cls, data: Any) -> Item:
        line = int(getattr(data, "line", 0))
        if not isinstance(data, dict) or not isinstance(data.get("class_name"), str):
            raise ModelError("a layer must be an object with `class_name` and `config`", line=line)
        config = data.get("config", {})
        if isinstance(config, list):  # Sequential in the first versions
            config = {"layers": config}
        if not isinstance(config, dict):
            raise ModelError("`config` must be an object", layer=str(data.get("name", "")), line=line)
        name = data.get("name") or config.get("name") or data["class_name"].lower()
        inbound = data.get("inbound_nodes", [])
        if not isinstance(inbound, list) or not isinstance(name, str):
            raise ModelError("`name` must be text and `inbound_nodes` a list", layer=str(name), line=line)
        return cls(data["class_name"], name, config, inbound, line, str(data.get("module") or ""))
