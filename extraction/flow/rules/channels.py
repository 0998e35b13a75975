"""Rules of layers that act along the channels alone."""

from __future__ import annotations

from extraction.flow.problems import sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError


def _channels(call: Call) -> int | None:
    if not call.input:
        raise RuleError(f"{call.title} works along the channels, but gets a single number")
    return call.input[-1]


def _slice(call: Call) -> Result:
    start, stop, channels = call["start"], call["stop"], _channels(call)
    if start >= stop:
        raise RuleError(f"{call.title} takes nothing: it goes from channel {start} to before {stop}")
    if channels is not None and stop > channels:
        raise RuleError(f"{call.title} goes to before channel {stop}, but {sizes(call.input)} has {channels}")
    return (*call.input[:-1], stop - start), 0


def _bias(call: Call) -> Result:
    return call.input, _channels(call)


def _arg_max(call: Call) -> Result:
    _channels(call)
    return (*call.input[:-1], 1), 0


RULES: dict[str, Rule] = {"Slice": _slice, "Bias": _bias, "ArgMax": _arg_max}
