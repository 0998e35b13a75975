"""What the caption says of letters and short heads: "k is the kernel size, s the stride", "MP: max-pooling"."""

from __future__ import annotations

import re

from extraction.tables.text import Role, role_of, tidy
from extraction.vocabulary import parse

_VERB = r"(?:[:=]|is|are|denotes?|means?|stands? for|indicates?|represents?)"
_SAYS = rf"[”“\"’']?\)?\s*(?:{_VERB}\s+(?:the\s+|that\s+)?|the\s+)"
_PHRASE = r"((?:number of )?[A-Za-z][\w /-]{2,60})"
#: "t, c, n and s denote".
_LIST = re.compile(
    r"(?<!\w)((?:\w{1,4}, ?){0,9}\w{1,4},? and \w{1,4}) (?:are|denotes?|represents?|stand for|indicate|mean)\s"
)
#: A layer in letters, its count, and perhaps how often: "c7s1-64", "d128", "R256 × 9".
_CODE = re.compile(r"([A-Za-z]+-?(?:\d[A-Za-z]\d-)?)(\d{1,4})(?: ?[x×] ?(\d{1,2}))?")
#: Longer heads speak for themselves.
LONGEST = 6


def meaning(word: str, caption: str) -> str:
    """The phrase by which a caption explains a word; "" where it does not."""
    plain = re.sub(r"[‘’“”\"']", "", re.sub(r"(?<=\w)- (?=[a-z])", "", tidy(caption)))
    known = re.escape(word)
    if told := _respectively(word, plain):
        return told
    if re.search(rf"\brepeated (?:for )?{known} times", plain):
        return "repeats"
    for pattern in (rf"(?<![\w#]){known}{_SAYS}{_PHRASE}", rf"(?<![\w#]){known} (number of [\w /-]{{2,60}})",
                    rf"(?<![\w#]){known} and \w{{1,6}} (?:are|denote)\s+(?:the )?{_PHRASE}"):  # fmt: skip
        if match := re.search(pattern, plain):
            return re.split(rf" and [\w-]+ {_VERB} ", match[1])[0].strip()
    return ""


def _respectively(word: str, plain: str) -> str:
    """What "t, c and n denote the expansion, the number of channels and how often" says of one of them."""
    for match in _LIST.finditer(plain):
        words = re.split(r",? and |, ?", match[1])
        if word in words:
            phrases = re.split(r",? and |, ?", plain[match.end() :])[: len(words)]
            if len(phrases) == len(words):
                return re.sub(r"^(?:the|a) ", "", phrases[words.index(word)].strip())
    return ""


def told_role(title: str, caption: str) -> Role | None:
    """What a column with a short head tells, as the caption explains it; `None` where it does not."""
    title = tidy(title).strip(" .:")
    if not title or len(title) > LONGEST or not (phrase := meaning(title, caption)):
        return None
    phrase = re.split(
        r" (?:of (?!(?:output |out )?(?:channels|filters|kernels))|in|for|at|to|that|which|used)\b", f"{phrase} "
    )[0].strip()
    phrase = phrase.removesuffix(" parameter")
    if re.search(r"factor|dilation|expansion|multiplier|scal", phrase, re.IGNORECASE):
        return "other"
    if len(title) > 1 and role_of(title) is not None:
        return None  # the head itself says it
    return role_of(phrase.removeprefix("type of ")) or role_of(title) or "other"


def explained(text: str, caption: str) -> str:
    """A cell's letters as the caption explains them, else the cell's own text."""
    if phrase := _coded(text, caption):
        return phrase
    if (numbered := re.fullmatch(r"([A-Z]{1,4})\d{1,2}", text)) and (told := meaning(numbered[1], caption)):
        return f"{text} {told}"
    known = re.fullmatch(r"[A-Z]{1,4}", text) is None or parse(text).role == "layer"
    if known:
        return text
    return meaning(text, caption) or text


def _coded(text: str, caption: str) -> str:
    """What "d128" means where the caption says that "dk denotes a 3x3 convolution with k filters"; else ""."""
    if not (code := _CODE.fullmatch(text)):
        return ""
    plain = re.sub(r"[‘’“”\"']", "", tidy(caption))
    told = re.search(rf"(?<![\w-]){re.escape(code[1])}([kKnN])(?!\w),? (?:{_VERB} )?(?:an? |the )?([^.,;:]+)", plain)
    used = told and re.search(rf"(?<!\w){told[1]}(?!\w)", told[2])
    phrase = re.sub(rf"(?<!\w){told[1]}(?!\w)", code[2], told[2]) if told and used else ""
    phrase = re.split(rf" and [\w-]+ {_VERB} ", phrase)[0]
    again = f" × {code[3]}" if code[3] else ""
    return f"{phrase}{again}" if parse(phrase).role == "layer" else ""
