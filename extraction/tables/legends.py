"""What the caption says of letters and short heads: "k is the kernel size, s the stride", "MP: max-pooling"."""

from __future__ import annotations

import re

from extraction.tables.text import Role, role_of, tidy
from extraction.vocabulary import parse

_VERB = r"(?:[:=]|is|are|denotes?|means?|stands? for|indicates?|represents?)"
_SAYS = rf"[”“\"’']?\)?\s*(?:{_VERB}\s+(?:the\s+|that\s+)?|the\s+)"
_PHRASE = r"((?:number of )?[a-z][\w /-]{2,60})"
#: Longer heads speak for themselves.
LONGEST = 6


def meaning(word: str, caption: str) -> str:
    """The phrase by which a caption explains a word; "" where it does not."""
    plain = re.sub(r"(?<=\w)- (?=[a-z])", "", tidy(caption))
    known = re.escape(word)
    for pattern in (rf"(?<![\w#]){known}{_SAYS}{_PHRASE}", rf"(?<![\w#]){known} (number of [\w /-]{{2,60}})",
                    rf"(?<![\w#]){known} and \w{{1,6}} (?:are|denote)\s+(?:the )?{_PHRASE}"):  # fmt: skip
        if match := re.search(pattern, plain):
            return match[1].strip()
    return ""


def told_role(title: str, caption: str) -> Role | None:
    """What a column with a short head tells, as the caption explains it; `None` where it does not."""
    title = tidy(title).strip(" .:")
    if not title or len(title) > LONGEST or not (phrase := meaning(title, caption)):
        return None
    phrase = re.split(r" (?:of (?!channels|filters|kernels)|in|for|at|to|that|which|used)\b", f"{phrase} ")[0].strip()
    if re.search(r"factor|dilation|expansion|multiplier|scal", phrase, re.IGNORECASE):
        return "other"
    if len(title) > 1 and role_of(title) is not None:
        return None  # the head itself says it
    return role_of(phrase.removeprefix("type of ")) or role_of(title) or "other"


def explained(text: str, caption: str) -> str:
    """A cell's letters as the caption explains them, else the cell's own text."""
    known = re.fullmatch(r"[A-Z]{1,4}", text) is None or parse(text).role == "layer"
    if known:
        return text
    return meaning(text, caption) or text
