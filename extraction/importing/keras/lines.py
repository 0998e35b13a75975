"""JSON whose objects know the line on which they begin."""

from __future__ import annotations

import json
from bisect import bisect_right
from json import decoder, scanner
from typing import Any

from extraction.importing.result import ModelError


class Object(dict[str, Any]):
    """A JSON object; `line` counts from 1, and is 0 for one that was not read from text."""

    line = 0


class _Decoder(json.JSONDecoder):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._breaks = [i for i, sign in enumerate(text) if sign == "\n"]
        self._plain = decoder.JSONObject  # type: ignore[attr-defined]  # not in the stubs
        self.parse_object = self._object
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # not in the stubs

    def _object(self, start: tuple[str, int], *args: Any) -> tuple[Object, int]:
        pairs, end = self._plain(start, *args)
        found = Object(pairs)
        # A file in one line has no lines worth naming.
        found.line = bisect_right(self._breaks, start[1]) + 1 if len(self._breaks) > 1 else 0
        return found, end


def loads(text: str) -> Any:
    """Read JSON text.

    Raises:
        ModelError: with the line and what is wrong there; also for text that is nested too deeply.
    """
    try:
        return _Decoder(text).decode(text)
    except decoder.JSONDecodeError as error:
        raise ModelError(f"is no JSON: {error.msg}", line=error.lineno) from error
    except RecursionError as error:
        raise ModelError("the JSON is nested too deeply") from error
    except ValueError as error:  # a number with thousands of digits
        raise ModelError(f"is no JSON: {error}") from error
