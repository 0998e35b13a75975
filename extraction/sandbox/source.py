"""Running Python source text. Only ever called inside the sandbox."""

from __future__ import annotations

import sys
import types
from typing import Any

from extraction.sandbox import progress


def load_source(source: str, name: str) -> types.ModuleType:
    """The module that the source text makes, registered as `name` so that classes in it know their home.

    Raises:
        RuntimeError: when called outside of the sandbox.
        Exception: whatever the source raises.
    """
    if progress.channel is None:
        raise RuntimeError("source text is run in the sandbox only")
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)  # noqa: S102 - this is what the sandbox is for
    return module


def evaluate(payload: dict[str, Any]) -> Any:
    """Run `payload["source"]` and return what it calls `result`; `payload["given"]` is there under that name."""
    module = load_source(f"given = {payload.get('given')!r}\n{payload['source']}", "given_source")
    return getattr(module, "result", None)
