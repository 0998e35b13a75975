"""How the learning rate changes, put into few words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extraction.text.measures import Found
from extraction.text.numbers import NUMBER, said, value

_RATE = re.compile(r"learning[ -]rate|\blr(?:ate)?\b|anneal|warm-?up|step size", re.IGNORECASE)
_CHANGE = (
    r"(?:divid\w+|decreas\w+|reduc\w+|lower\w+|dropp?\w*|decay\w*|multipl\w+|scal\w+(?: down)?"
    r"|anneal\w*|shr[iau]nk\w*|cut)"
)
_FACTOR = re.compile(
    rf"\b{_CHANGE}\b[^.;\d]{{0,50}}?(?:by|with|of|using)(?: a| an)?(?: factor| rate"
    rf"| multiplier| exponential rate)?(?: of)?(?: about)? ?(?P<n>{NUMBER}|two|half"
    rf"|η ?/ ?(?P<h>\d+))(?P<times> times| ?x)?",
    re.IGNORECASE,
)
_HALVED = re.compile(r"\bhalv\w+", re.IGNORECASE)
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|half(?: an?)?)"
_EVERY = re.compile(
    rf"\b(?:every|each|per)(?: (?P<n>{NUMBER}|{_WORD}))? ?(?P<unit>epochs?|iterations?|steps?)", re.IGNORECASE
)
_AT = re.compile(
    rf"\b(?:at|after|on)(?: the)?(?: (?P<u1>epochs?|iterations?|steps?))? (?P<n>{NUMBER}(?:(?:,? and "
    rf"|, | or ){NUMBER})*)(?:-?th)?"
    rf"(?: (?P<u2>epochs?|iterations?|steps?|of the (?:total )?(?:number of )?(?:training )?(?:epochs?"
    rf"|iterations?|steps?)))?",
    re.IGNORECASE,
)
_PLATEAU = re.compile(
    r"\b(?:when|once|if|as)\b ((?:the )?(?:\w+ )?(?:validation|training|test|dev(?:elopment)?)?(?: \w+)? ?(?:error"
    r"|loss|accuracy|cost|perplexity|performance|score)s?(?: \w+)? ?(?:plateau\w*|stop\w*"
    r"|satura\w*|has not|does not|did not|no longer)[^,.;]{0,50})",
    re.IGNORECASE,
)
_TO_AFTER = re.compile(
    rf"\b(?:changed|reduced|decreased|lowered|dropped|set|decayed|switched)\b(?: it)?(?: to"
    rf"|: ) ?(?P<v>{NUMBER}) after (?P<n>{NUMBER}) (?P<unit>epochs?|iterations?|steps?)",
    re.IGNORECASE,
)
_GRADUAL = re.compile(
    rf"gradual\w* (?:\w+ )?(?:from (?P<a>{NUMBER}) )?to (?P<b>{NUMBER})"
    rf"|\b{_CHANGE} (?:from (?P<c>{NUMBER}) )?to (?P<d>{NUMBER}) gradual",
    re.IGNORECASE,
)
_LIST = re.compile(rf"learning[ -]rates?\b[^.;\d]{{0,30}}?({NUMBER}(?:, {NUMBER})+,?(?: and {NUMBER})?)", re.IGNORECASE)
_WARM = re.compile(
    rf"warm-?up(?:[_ ]steps)? ?(?:=|of|for|over|is) ?(?:the first )?({NUMBER})(?: (?P<unit>epochs?"
    rf"|iterations?|steps?))?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?P<n>cosine|linear|polynomial|poly|exponential|step)(?:ly)?[ -](?:learning[ -]rate )?(?:decay\w*"
    r"|anneal\w*|schedul\w*|polic\w*)",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Found]:
    """The schedule that a plain sentence states, if it does."""
    if not _RATE.search(text):
        return
    if match := _WARM.search(text):
        unit = (match["unit"] or "steps").rstrip("s")
        yield "learning_rate_schedule", f"warmup_{unit}s {said(value(match[1]))}"
    if schedule := _schedule(text):
        yield "learning_rate_schedule", schedule


def _schedule(text: str) -> str | None:
    if match := _TO_AFTER.search(text):
        return f"{said(value(match['v']))} after {said(value(match['n']))} {_plural(match['unit'])}"
    if match := _GRADUAL.search(text):
        first, last = match["a"] or match["c"], match["b"] or match["d"]
        return (
            f"{said(value(first))} gradually to {said(value(last))}"
            if first
            else f"gradually reduced to {said(value(last))}"
        )
    factor = _factor(text)
    when = _when(text)
    if factor and when:
        return f"{factor} {when}"
    if match := _LIST.search(text):
        numbers = ", ".join(said(value(number)) for number in re.findall(NUMBER, match[1]))
        return f"{numbers}; switched {_plateau(text)}" if _plateau(text) else numbers
    if match := _NAMED.search(text):
        name = match["n"].lower()
        return "polynomial" if name == "poly" else name
    return None


def _factor(text: str) -> str | None:
    if _HALVED.search(text):
        return "halved"
    match = _FACTOR.search(text)
    if not match:
        return None
    if match["n"].lower() in ("two", "half") or match["h"] == "2":
        return "halved"
    if match["h"]:
        return f"divided by {match['h']}"
    if "%" in match["n"]:
        return f"reduced by {match['n'].replace(' ', '')}"
    number = value(match["n"])
    if re.search(r"exponential", text, re.IGNORECASE) and number < 1:
        return f"exponential decay {said(number)}"
    if number > 1:
        return f"divided by {said(number)}"
    if re.search(r"decay rate", text, re.IGNORECASE):
        return f"decay rate {said(number)}"
    return f"multiplied by {said(number)}" if number > 0 else None


def _when(text: str) -> str | None:
    parts = []
    if match := _EVERY.search(text):
        count = (match["n"] or "").lower()
        if count.startswith("half"):
            parts.append("every half epoch")
        elif count in ("", "1", "one"):
            parts.append(f"every {match['unit'].rstrip('s')}")
        else:
            parts.append(f"every {said(value(count))} {_plural(match['unit'])}")
    for match in _AT.finditer(text):
        numbers = " and ".join(
            said(value(n)) if "%" not in n else n.replace(" ", "") for n in re.findall(NUMBER, match["n"])
        )
        unit = match["u1"] or match["u2"]
        if "%" in match["n"]:
            parts.append(f"at {numbers} of the {_plural((unit or 'epochs').split()[-1])}")
        elif unit:
            word = "after" if match[0].lower().startswith("after") else "at"
            parts.append(f"{word} {numbers} {_plural(unit)}" if word == "after" else f"at {_plural(unit)} {numbers}")
        if parts:
            break
    if not parts and (plateau := _plateau(text)):
        parts.append(plateau)
    return " ".join(parts) or None


def _plateau(text: str) -> str | None:
    match = _PLATEAU.search(text)
    return f"when {match[1].strip()}" if match else None


def _plural(unit: str) -> str:
    return f"{unit.lower().rstrip('s')}s"
