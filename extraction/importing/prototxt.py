"""Protobuf's text form, as Caffe's nets are written in: reading it into messages and writing it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 32
#: Fields and messages that are read; the largest published nets have some 30,000.
MAX_FIELDS = 1_000_000
_TOKEN = re.compile(
    r"""(?P<space>[\s,;]+|\#[^\n]*)
      | (?P<name>[A-Za-z_][\w.]*)
      | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?f?)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>[{}:<>\[\]])""",
    re.VERBOSE,
)


class PrototxtError(ValueError):
    """Text that is not protobuf's; the message gives the line and what is wrong there."""


class Word(str):
    """A bare word: `MAX`, `true`."""

    __slots__ = ()


@dataclass(slots=True)
class Message:
    """Fields in their order; a name may stand several times."""

    fields: list[tuple[str, Any]] = field(default_factory=list)
    #: The line it begins on, counted from 1; 0 for one that was not read from text.
    line: int = field(default=0, compare=False)

    def all(self, name: str) -> list[Any]:
        return [value for key, value in self.fields if key == name]

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for key, value in self.fields if key == name), default)

    def message(self, name: str) -> Message:
        value = self.get(name)
        return value if isinstance(value, Message) else Message()

    def flag(self, name: str, default: bool) -> bool:
        return bool(self.get(name, Word("true" if default else "false")) in ("true", "True", "1", 1))

    def text(self, indent: str = "") -> str:
        rows = []
        for name, value in self.fields:
            if isinstance(value, Message):
                rows.append(f"{indent}{name} {{\n{value.text(indent + '  ')}{indent}}}\n")
            elif isinstance(value, str) and not isinstance(value, Word):
                escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                rows.append(f'{indent}{name}: "{escaped}"\n')
            else:
                rows.append(f"{indent}{name}: {value}\n")
        return "".join(rows)


def parse(text: str) -> Message:
    """Read text.

    Raises:
        PrototxtError: with the line and what is wrong there.
    """
    return _message(_tokens(text), None, 0, 1)


_Token = tuple[str, str, int]


def _tokens(text: str) -> Iterator[_Token]:
    position, line, count = 0, 1, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise PrototxtError(f"line {line}: {text[position : position + 20]!r} is not understood")
        if found.lastgroup != "space":
            count += 1
            if count > 4 * MAX_FIELDS:
                raise PrototxtError(f"line {line}: the file goes on and on; at most {MAX_FIELDS:,} fields are read")
            yield str(found.lastgroup), found[0], line
        line += found[0].count("\n")
        position = found.end()
    yield "end", "", line


def _message(tokens: Iterator[_Token], closing: str | None, depth: int, line: int) -> Message:
    if depth > MAX_DEPTH:
        raise PrototxtError(f"line {line}: messages are nested more than {MAX_DEPTH} deep")
    message = Message(line=line)
    while True:
        kind, name, line = next(tokens)
        if (kind == "end" and closing is None) or (kind == "sign" and name == closing):
            return message
        if kind != "name":
            raise PrototxtError(f"line {line}: a field's name was expected, not {name or 'the end'!r}")
        kind, value, line = next(tokens)
        if (kind, value) == ("sign", ":"):
            kind, value, line = next(tokens)
        elif (kind, value) not in (("sign", "{"), ("sign", "<")):
            raise PrototxtError(f"line {line}: a colon or a bracket was expected after {name}")
        if (kind, value) == ("sign", "["):
            while (item := next(tokens))[1] != "]":
                message.fields.append((name, _value(tokens, *item, depth)))
        else:
            message.fields.append((name, _value(tokens, kind, value, line, depth)))


def _value(tokens: Iterator[_Token], kind: str, text: str, line: int, depth: int) -> Any:
    match kind:
        case "name":
            return Word(text)
        case "number":
            digits = text.rstrip("f")
            if len(digits) > 400:
                raise PrototxtError(f"line {line}: a number has {len(digits):,} digits")
            return int(digits) if re.fullmatch(r"[-+]?\d+", digits) else float(digits)
        case "text":
            return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text[1:-1])
        case "sign" if text in "{<":
            return _message(tokens, "}" if text == "{" else ">", depth + 1, line)
    raise PrototxtError(f"line {line}: a value was expected, not {text or 'the end'!r}")
