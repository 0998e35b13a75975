"""Hyper-parameters whose value is a number, each by the ways in which papers put it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.text.numbers import NUMBER, value

#: A hyper-parameter's name and value.
Found = tuple[str, float | int | str]

#: What may stand between a name and its number: nothing that could be another name.
_LINK = (
    r"(?:[ ,:=()~≈]|\b(?:is|are|was|were|be|of|to|at|as|set|fixed|initially|initial"
    r"|kept|keep|about|around|approximately|used?|using|"
    r"value|values|rate|ratio|probability|a|an|the|with|starting|start|starts|from|chosen|equal|size|constant|"
    r"all|our|both|which|that|coefficient|parameter|term|decay|for|experiments|models?"
    r"|training|default|we|λ|η|α|μ|ρ|p|p_?drop|"
    r"decay of)\b){0,9}?"
)
_MORE = rf"(?:(?:, | and | or |, and )({NUMBER}))?"
_COUNTED = r"(?:training |full |total |gradient |weight |mini-?batch |SGD |optimization |parameter )?"


@dataclass(frozen=True, slots=True)
class _Measure:
    name: str
    pattern: re.Pattern[str]
    low: float
    high: float
    #: Must occur in the sentence, too.
    context: re.Pattern[str] | None = None


def _measure(name: str, pattern: str, low: float, high: float, context: str = "") -> _Measure:
    return _Measure(
        name, re.compile(pattern, re.IGNORECASE), low, high, re.compile(context, re.IGNORECASE) if context else None
    )


_TRAINED = r"train|optimi[sz]|epoch|batch|learn"
_CLIPPED = r"(?:clip|rescal|scaled? down|divided).*gradient|gradient.*(?:clip|rescal|scaled? down|divided|norm)"
_N = f"({NUMBER})"

MEASURES = (
    _measure(
        "learning_rate",
        rf"\b(?:learning[ -]rates?|step[ -]size|l\.?r\.?)\b{_LINK}{_N}(?! ?(?:times|epochs|iterations|steps))",
        1e-9,
        9.99,
        _TRAINED,
    ),
    _measure(
        "learning_rate",
        rf"{_N} (?:as (?:the |an? )?)?(?:initial |base |fixed |constant )?learning[ -]rate\b",
        1e-9,
        9.99,
    ),
    _measure("learning_rate", rf"\bη ?= ?{_N}", 1e-9, 9.99, r"learning|rate|train"),
    _measure("momentum", rf"\bmomentum\b{_LINK}{_N}", 0, 0.99999),
    _measure("momentum", rf"{_N} (?:nesterov )?momentum\b", 0, 0.99999),
    _measure("weight_decay", rf"\bweight[ -]?decay\b{_LINK}{_N}", 0, 0.5),
    _measure("weight_decay", rf"{_N} (?:L2 )?weight[ -]?decay\b", 0, 0.5),
    _measure("batch_size", rf"\b(?:mini-? ?)?batch(?:es)?[ -]?sizes?\b{_LINK}{_N}", 1, 1e7),
    _measure(
        "batch_size",
        rf"\b(?:mini-? ?)?batch(?:es)?(?: of| with| contain\w*)(?: a| size| set| of|:)*{_LINK}{_N}",
        1,
        1e7,
        _TRAINED,
    ),
    _measure("batch_size", rf"\bbatch\w* contain\w* [^.\d]{{0,60}}?{_N}", 2, 1e7, _TRAINED),
    _measure("batch_size", rf"{_N}[ -](?:mini-? ?)?batch[ -]?size", 1, 1e7),
    _measure("batch_size", rf"{_N} (?:\w+ )?(?:per|in each|in every|in a) (?:mini-? ?)?batch\b", 1, 1e7),
    _measure("dropout", rf"\bdropout\b{_LINK}{_N}", 0.001, 0.99),
    _measure(
        "dropout",
        rf"(?:\brate|\bratio|\bprobability|\bp_?drop|\bp)\b{_LINK}{_N}{_MORE}",
        0.001,
        0.99,
        r"\bdrop(?:-| )?(?:out|ping)?\b",
    ),
    _measure("dropout", rf"\bp ?= ?{_N}", 0.001, 0.99, r"\bdrop-?out\b"),
    _measure("dropout", rf"{_N} drop-?out\b", 0.001, 0.99),
    _measure("dropout", rf"instead of {_N}", 0.001, 0.99, r"\bdrop-?out\b"),
    _measure(
        "gradient_clipping",
        rf"(?:norm|threshold|magnitude|value|clipp\w+|range)(?: \w+){{0,2}}? (?:of|to|at"
        rf"|is|by|with|exceeds?|exceeded|>|than)(?: a| the| \w+ norm of)?{_LINK}{_N}",
        1e-6,
        1e6,
        _CLIPPED,
    ),
    _measure("gradient_clipping", rf"(?:larger|greater|more|bigger) than (?:\w+ = ?)?{_N}", 1e-6, 1e6, _CLIPPED),
    _measure("gradient_clipping", rf"[\[(] ?-{_N}, ?\+?\d+(?:\.\d+)? ?[\])]", 1e-6, 1e6, r"clip"),
    _measure("beta_1", rf"(?:β|\bbeta)_? ?1 ?=? ?(?:is |of )?{_N}", 0, 1),
    _measure("beta_2", rf"(?:β|\bbeta)_? ?2 ?=? ?(?:is |of )?{_N}", 0, 1),
    _measure("beta_1", rf"\(β ?1, ?β ?2\) ?= ?\({_N}, ?{NUMBER}\)", 0, 1),
    _measure("beta_2", rf"\(β ?1, ?β ?2\) ?= ?\({NUMBER}, ?{_N}\)", 0, 1),
    _measure(
        "epsilon", rf"(?:ε|\bepsilon\b) ?(?:=|of|to) ?{_N}", 1e-12, 2, r"adam|rmsprop|adadelta|adagrad|optimi[sz]er"
    ),
)

_EPOCHS = re.compile(rf"({NUMBER})(?: (?:and|or|to) ({NUMBER}))?[ -]?{_COUNTED}epochs?\b", re.IGNORECASE)
_EPOCHS_ARE = re.compile(rf"\bnumber of {_COUNTED}epochs\b{_LINK}({NUMBER})", re.IGNORECASE)
_STEPS = re.compile(
    rf"({NUMBER})(?: (?:and|or) ({NUMBER}))? (?:further |more )?{_COUNTED}(?:iterations?|steps|updates)\b",
    re.IGNORECASE,
)
_RUN = re.compile(
    r"train|optimi[sz]|terminat|stop|learn|converge|total|stage|epochs were used|schedule|run\b|need|requir",
    re.IGNORECASE,
)
_SCHEDULE_BEFORE = re.compile(
    r"(?:\b(?:every|each|after|first|last|at|until|per|from|within|next|previous|decay\w*"
    r"|anneal\w*|error\w*|decreas\w+ for|improv\w+ (?:for|in)|warm-?up\w*)"
    r"(?: (?:the|about|another|of|for|over|in|half|a|an|roughly|to|validation|first))* ?)$",
    re.IGNORECASE,
)
#: "every 15 epochs (5 epochs)": the same again for another case.
_IN_BRACKETS = re.compile(r"\b(?:every|after|at|each) [^()]{1,25}\($", re.IGNORECASE)
_SHORTLY_AFTER = re.compile(r"\b(?:stop\w*|terminat\w*|finish\w*|end\w*|until|converge\w*)\b[^;]{0,90}$", re.IGNORECASE)


def find(text: str) -> Iterator[Found]:
    """All numeric hyper-parameters of a plain sentence (see `numbers.plain`)."""
    for measure in MEASURES:
        if measure.context is not None and not measure.context.search(text):
            continue
        for match in measure.pattern.finditer(text):
            for group in match.groups():
                if group is None:
                    continue
                number = value(group)
                if measure.low <= number <= measure.high:
                    yield measure.name, number
    yield from _absent(text)
    yield from _counts(text)


_ABSENT = re.compile(
    r"\b(?:no|without(?: any)?|do not use|not use)\s+((?:momentum|weight decay)(?:(?: or "
    r"| and |, )(?:momentum|weight decay))?)",
    re.IGNORECASE,
)


def _absent(text: str) -> Iterator[Found]:
    """ "No momentum or weight decay was used": both are 0."""
    for match in _ABSENT.finditer(text):
        for name in ("momentum", "weight decay"):
            if name in match[1].lower():
                yield name.replace(" ", "_"), 0


def _counts(text: str) -> Iterator[Found]:
    if not _RUN.search(text):
        return
    for match in _EPOCHS_ARE.finditer(text):
        yield "epochs", value(match[1])
    for name, pattern, low in (("epochs", _EPOCHS, 1), ("iterations", _STEPS, 500)):
        for match in pattern.finditer(text):
            before = text[: match.start()]
            if _IN_BRACKETS.search(before) or (_SCHEDULE_BEFORE.search(before) and not _SHORTLY_AFTER.search(before)):
                continue
            for group in match.groups():
                if group is not None and "%" not in group and value(group) >= low:
                    yield name, value(group)
