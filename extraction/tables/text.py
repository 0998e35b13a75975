"""Cells' texts: one spelling for signs, sizes, and the head of a column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from extraction.flow.model import Shape

#: What a column tells of a layer. `cost` is of no interest to the network itself.
Role = Literal[
    "type",
    "name",
    "kernel",
    "stride",
    "padding",
    "filters",
    "repeat",
    "output",
    "input",
    "activation",
    "cost",
    "other",
]

#: "drop- out": a word over two lines.
_BROKEN = re.compile(r"(?<=[a-z]{2})- (?=[a-z]{2})")
_CITATION = re.compile(r"(?<=\S)\s*\[\d+(?:, ?\d+)*\]")
#: In the order of trial.
_PATTERNS: tuple[tuple[Role, str], ...] = (
    (
        "filters",
        r"^feature maps?$|^(?:#|no\.?|num(?:ber)?\.?)(?: of)? ?(?:conv\w* )?(?:kernels?|filt(?:er)?s?\.?|units?|cells)$"
        r"|^(?:kernels?|filters?) (?:number|num|no|count|depth)$|^kernels$|^hidden (?:size|dim\w*)$"
        r"|^(?:kernels|filters|channels|maps) ?(?:/|or) ?(?:neurons|units|nodes|hidden units)$",
    ),
    (
        "output",
        r"^(?:output |feature |activation )?maps? (?:size|shape|resolution|dim\w*)$|^output (?:feature )?maps?$"
        r"|^output tensor(?: (?:size|shape|dim\w*))?$"
        r"|^in(?:put)?s?(?: \w+)? ?(?:→|->) ?out(?:put)?s?(?: (?:size|shape|dim\w*)s?)?$",
    ),
    (
        "cost",
        r"flops?|flps|\bops\b|madds?|\bmac\b|#? ?param|weights$|memory|sparsity|\bbits\b|coefficient|time\b|latency"
        r"|error|accuracy|complexity|\btotal\b|speed|top-?\d|receptive|^rf$|\b(?-i:mAP)\b|depth \(",
    ),
    # Where a layer's input comes from, and what goes in, say nothing of the layer's own size.
    (
        "other",
        r"\(in(?:put)?\)$|^(?:from|inputs|inputs? from|connected to|sources?|bottoms?|skips?)$"
        r"|^input layers?(?: ?(?:#|no|numbers?|ids?))?$"
        r"|^# ?in$|^c_?in$|^groups$|^g$",
    ),
    (
        "other",
        r"^(?:#|no\.?|num(?:ber)?\.?)?(?: of)? ?in(?:put)?[- ]?(?:ch(?:annels?|an)?|features?|maps|filters|planes)\.?$",
    ),
    (
        "filters",
        r"^(?:#? ?ch(?:annels?|\.)?|maps|filters|features)? ?\(?(?:i/o|in ?/ ?out|in(?:put)?[-/→> ]+out(?:put)?)\)?$"
        r"|^(?:#|no\.?|num(?:ber)?\.?)?(?: of)? ?out(?:put)?[- ]?(?:f|feat\w*|ch\w*|maps|planes|depth)\.?$"
        r"|^#? ?ch(?:an(?:nels?)?|n)?s?\.?(?: map)?$|^c_?out$|^oc$",
    ),
    ("other", r"filt(?:er)? dim|drop-?out|^drop(?: rate)?$|^depth$|^dilat"),
    (
        "kernel",
        r"kernel|^support$|k ?size|patch|window|filters? ?(?:sizes?|width|length|shapes?)|size ?/ ?stride|^k_?w?$"
        r"|^(?:filters?|conv\w*) ?/ ?strides?$|^weights? (?:size|shape|dim\w*)s?$",
    ),
    ("padding", r"^(?:zero[- ])?pad(?:ding)?(?: size)?$|^p$"),
    (
        "stride",
        r"^(?:conv\.? )?strides?(?: ?[/,&] ?pad(?:ding)?| ?/ ?up[- ]?\w*(?: factor)?| size)?$|^s$|^str\.?$|^dw$"
        r"|^step(?: size)?$",
    ),
    (
        "repeat",
        r"repe[at]|^(?:# ?)?reps?$|# ?layers|^n$|^times$|^[#×]$|^# ?blocks$|^num(?:ber of|\.)? (?:blocks|repeats)$",
    ),
    ("other", r"sub[- ]?blocks"),
    (
        "input",
        r"^inp?\.?[- ]?res\w*\.?$|^(?:spatial )?input(?: (?:sizes?|shape|resolution|volume|dim\w*))?$"
        r"|^(?:size[ -]?in|in[ -]?size)$|^(?!out).*resolution",
    ),
    (
        "output",
        r"^(?:spatial )?out(?:put)?s?\.? ?(?:image |volume |feature )?(?:sizes?|shapes?|resolution|volume|dim\w*)?"
        r"(?: .x.2?)?$"
        r"|^dims?\.?$|^dimensions?$|^out(?:put)?\.?[- ]?res\w*\.?$|^size[ -]?out$|^size$|^shape$|feature map size"
        r"|^(?:activation|feature|data|tensor|spatial|volume) (?:size|shape|volume|dim\w*)s?$|^volume$",
    ),
    (
        "filters",
        r"filters?$|filter number|num filts|channels|^channel$|# ?out|^n_?out$|^c$|^chns$|maps|units$|^width|width$"
        r"|neurons|nodes|# ?filters|^#channels",
    ),
    ("activation", r"^norm\w*\.? ?[/+&,] ?act\w*\.?$|activation|non-?linear|^nl$|^act\.?(?: (?:fn|func)\w*\.?)?$"),
    ("type", r"type|operator|operation|function|^layers?$|configuration|^op\.?$"),
    ("name", r"name|stage|module|block|layer|group"),
)
_ROLES = tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in _PATTERNS)
COST_ROW = re.compile(
    r"^(?:#|flops|total|params?|parameters|memory|madds|mult|depth \(|complexity|accuracy|error|top-\d|speed|time"
    r"|weights|optimi[sz]er|learning rate|batch size|epochs?|iterations|momentum|weight (?:decay|init\w*)|initiali[sz]"
    r"|(?:leaky ?relu|activation) slope|loss\b)",
    re.IGNORECASE,
)
#: Heads of what was measured.
RESULT = re.compile(
    r"\b(?:accuracy|acc\.?|error|precision|recall|f1(?:[- ]score)?|auc|m?iou|bleu|wer|cer|psnr|ssim|fid)\b"
    r"|\b(?-i:mAP|AP)\b|^top-?[15]",
    re.IGNORECASE,
)
_SHAPE = re.compile(r"(?<![\d.#\w-])(\d{1,5})((?:x\d{1,5}){1,3})(?![\w-]|\.\d)")


_SPACE = re.compile(r"∈ ?R ?\^? ?\{? ?(\d{1,5}(?:x\d{1,5}){0,3})(?![\dx×])")
_TUPLE = re.compile(r"[(\[] ?((?:None|\?|-1|[nNB]|batch(?:[ _]size)?) ?, ?)?(\d{1,5}(?: ?, ?\d{1,5}){0,3}) ?,? ?[)\]]")


#: "112^2" and "112²" are sides of a map.
_SQUARED = re.compile(r"(?<![\d.^])(\d{1,4})(?:\^ ?\{?(?=[23])|(?=[²³]))([23²³])\}?(?!\d)")


def tidy(text: str) -> str:
    """One sign for "times" between numbers, squares written out, plain dashes, no citations, single spaces."""
    text = _SQUARED.sub(lambda match: "x".join([match[1]] * (2 if match[2] in "2²" else 3)), text)
    text = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(map(ord, "‐‑‒–—−"), "-"))
    text = re.sub(r"\s+", " ", _CITATION.sub("", text)).strip()
    text = _BROKEN.sub("", text)
    text = re.sub(r"(?<=\d)·(?=\d+·\d)|(?<=\d·\d)·(?=\d)|(?<=\d)·(?=\d{2,}(?!\d*[·.]))", "x", text)
    for _ in range(2):
        text = re.sub(r"(?<=\d) [×xX*] (?=\d)", "x", text)
        text = re.sub(r"(?<=\d)[×xX](?=\d)", "x", text)
    return text


def role_of(header: str) -> Role | None:
    """What a column with this head tells, `None` where the head says nothing of the kind."""
    header = re.sub(r"^size of (?:the |each )?(.+)$", r"\1 size", tidy(header).strip(" .:"), flags=re.IGNORECASE)
    header = re.sub(r"(?<=[a-z]) values?$", "", header, flags=re.IGNORECASE)
    # Counts inside of a module ("#3x3 reduce") are the module's own affair.
    if re.match(r"#? ?\w?\d+x\d+", header) and "size" not in header.lower():
        return "cost" if "sparsity" in header else "other"
    bare = re.sub(r"(?<=\w) ?\([^()]*\)$", "", header)
    tried = (header, bare) if bare != header and not re.search(r"\d", bare) else (header,)
    return next((role for text in tried for role, pattern in _ROLES if pattern.search(text)), None)


def shapes_of(text: str) -> list[Shape]:
    """All sizes in a text: "28x28x256" and "28x28"."""
    return [(int(m[1]), *(int(n) for n in m[2].split("x")[1:])) for m in _SHAPE.finditer(tidy(text))]


def _doubles(shapes: Sequence[Shape]) -> bool:
    """Whether the first side grows where the others shrink: it counts the channels."""
    pairs = [(a, b) for a, b in pairwise(shapes) if a != b and None not in (*a, *b)]
    grows = [b[0] > a[0] and b[1] < a[1] and b[2] < a[2] for a, b in pairs]  # type: ignore[operator]
    against = any(b[2] > a[2] and b[0] < a[0] for a, b in pairs)  # type: ignore[operator]
    return sum(grows) > 1 and not against


def _steps_first(volumes: Sequence[Shape]) -> bool:
    """Whether sizes are as many steps of channels, height and width: the second side grows, the last shrinks."""
    counts, widths = ([shape[side] or 0 for shape in volumes if shape[0] == volumes[0][0]] for side in (1, 3))
    grows = sum(after > before for before, after in pairwise(counts))
    shrinks = sum(after < before for before, after in pairwise(widths))
    return grows > 1 < shrinks and counts == sorted(counts) and widths == sorted(widths, reverse=True)


def channels_last(shapes: list[Shape], *, first: bool = False) -> list[Shape]:
    """Where most of a column's sizes have their two equal numbers at the end, or its head says so (`first`), the
    channels stand first."""
    if _steps_first([shape for shape in shapes if len(shape) == 4]):
        return [(*shape[:1], *shape[2:], shape[1]) if len(shape) == 4 else shape for shape in shapes]
    full = [shape for shape in shapes if len(shape) == 3]
    count = sum(shape[1] == shape[2] != shape[0] for shape in full)
    if first or _doubles(full) or (count > len(full) / 2 and count > sum(shape[0] == shape[1] for shape in full)):
        return [(shape[1], shape[2], shape[0]) if len(shape) == 3 else shape for shape in shapes]
    return shapes


def space_of(text: str) -> Shape | None:
    """The size of what lies in a space of numbers: "z ∈ R128", "y ∈ R96x84"; `None` where a letter is among them."""
    match = _SPACE.search(tidy(text))
    return tuple(int(n) for n in match[1].split("x")) if match else None


def tuple_shapes(text: str) -> list[Shape]:
    """Sizes in brackets, the batch left out: "(None, 26, 26, 32)", "[-1, 64, 112, 112]", "(16, 16, 8)"."""
    found: list[Shape] = []
    for match in _TUPLE.finditer(tidy(text)):
        sides = [int(n) for n in re.findall(r"\d+", match[2])]
        if sides and 0 not in sides:
            found.append(tuple(sides))
    return found


def unsquared(shapes: list[Shape]) -> list[Shape]:
    """ "224²x3" whose small 2 fell onto the line reads 2242x3; where a whole column looks so, that is what it is."""
    pairs = [shape for shape in shapes if len(shape) == 2]
    squared = [str(shape[0]).endswith("2") and (shape[0] or 0) > 9 for shape in pairs]
    if pairs and all(squared) and 2 * len(pairs) > sum(bool(shape) for shape in shapes):
        return [(int(str(s[0])[:-1]), int(str(s[0])[:-1]), s[1]) if len(s) == 2 else s for s in shapes]
    return shapes


def coloured(shape: Shape, words: str) -> Shape:
    """The size of a picture with the channels that its words tell: 3 of colours, 1 of greys."""
    if len(shape) == 2 and re.search(r"\b(?:RGB|colou?r)\b", words, re.IGNORECASE):
        return (*shape, 3)
    grey = len(shape) == 2 and re.search(r"\b(?:gr[ae]y(?:-?scale)?|monochrome)\b", words, re.IGNORECASE)
    return (*shape, 1) if grey else shape
