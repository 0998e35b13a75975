"""A table as a grid: its head, its body, what each column tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from extraction.flow.catalogue import CATALOGUE
from extraction.tables.legends import explained, told_role
from extraction.tables.prepare import Rows
from extraction.tables.spec import MAX_KERNEL, groups_of, spec_of
from extraction.tables.text import RESULT, Role, role_of, shapes_of, tidy, tuple_shapes
from extraction.vocabulary import parse

_KERNEL = re.compile(r"\d{1,2}x\d{1,2}(?:x\d{1,2})?$")
_TUPLE = re.compile(r"\(\d{1,2}(?:, ?\d{1,2}){1,2}\)")
_BARE_SIZE = re.compile(
    r"[\dx /()-]+|(?:[knsp]\d+){2,}|N/?A|\d+ maps? of [\dx]+.*|\d+ (?:neurons|units|nodes)", re.IGNORECASE
)
_COUNT = re.compile(r"\d{1,5}$")
_ACTIVATED = re.compile(r"relu|sigmoid|tanh|soft-?max|\b[es]lu\b", re.IGNORECASE)
_SETTING = re.compile(
    r"\d+ (?:filters|kernels|channels|maps|units?|neurons|nodes)\b|\dx\d|\bk\d+n\d+"
    r"|(?:kernel|stride|units|filters|channels|rate|maps|hidden|pad\w*|size|p)\b\W*\d",
    re.IGNORECASE,
)
#: What a size alone does not say.
_COUNTED = re.compile(r"\d (?:filters|kernels|neurons|units|nodes)\b")
#: "filters: 32": a value, and no head.
_TOLD = re.compile(r"[a-z]: \d")
#: "3" or "3-7": numbers of rows.
_SPAN = re.compile(r"(\d{1,3})(?: ?- ?(\d{1,3}))?")
_VOLUME = re.compile(r"\d{1,5}x\d{1,5}x\d{1,5}")
#: "3x3x64".
_DEPTH = re.compile(r"^(\d{1,2}x\d{1,2})x\d{1,4}$")
_NUMBER = re.compile(r"[\d.,]+ ?[KMG%]?")
#: Columns of these roles hold numbers.
_NUMBERED: frozenset[Role] = frozenset(("cost", "filters", "stride", "padding", "repeat"))
_OF_SIZES = re.compile(r"(?:input|output|feature maps?|filters?|kernel) (?:sizes?|shapes?)", re.IGNORECASE)
#: What single operations cost, and not what a network is made of.
_TIMED = re.compile(r"latency|energy|run-?time|\btime\b|power|\bspeed|\((?:ms|s|mJ)\)", re.IGNORECASE)
#: Share of the rows that must hold settings where there are results, too.
SETTING_SHARE = 0.5
#: Maps of a layer; a module has fewer layers.
MIN_DEPTH = 8
_OF_MODELS = re.compile(r"(?:models?|methods?|approach(?:es)?|algorithms?|systems?)(?: name)?", re.IGNORECASE)
#: A letter for what a column holds, as it stands under heads: "Ĉi", "Hi x Wi".
_SYMBOL = re.compile(r"[^\W\d]{1,2}(?: ?[x×] ?[^\W\d]{1,2})?")
#: A caption that tells columns without heads.
_FROM_LEFT = re.compile(r"from left to right\)?,? ?(?:are|is|:)? ?:? ?(.+?)(?:\. |\.?$)", re.IGNORECASE)

#: "#3x3", "#out": numbers of them stand below.
_COUNTED = re.compile(r"# ?\w")


@dataclass(frozen=True, slots=True)
class Grid:
    #: Rows of the head, from the top; texts as printed.
    head: list[list[str]]
    body: list[list[str]]
    #: By column; `None` where the head says nothing of the kind.
    roles: list[Role | None]

    @property
    def width(self) -> int:
        return len(self.roles)

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.body]

    def title(self, index: int) -> str:
        """The column's head in one line."""
        return " ".join(dict.fromkeys(row[index] for row in self.head if row[index]))

    def group(self, index: int) -> str:
        """The head that the column shares with its neighbours, or its own."""
        return next((row[index] for row in self.head if row[index]), "")

    def with_role(self, *roles: Role) -> list[int]:
        return [index for index, role in enumerate(self.roles) if role in roles]


def grid_of(rows: Rows, caption: str = "") -> Grid | None:
    """`None` for a table without cells to speak of."""
    if len(rows) < 3 or len(rows[0]) < 2:
        return None
    first = next((index for index, row in enumerate(rows) if _is_data(row) or _follows_head(rows[:index], row)), 0)
    head = rows[:first]
    if head and first < len(rows) - 1 and _parts_head(rows[first], head[-1]):
        head, first = rows[: first + 1], first + 1
    while head and first < len(rows) - 1 and _is_symbols(rows[first]):
        first += 1
    telling = [row for row in head if len(set(row)) > 1] if len(head) > 1 else head
    roles: list[Role | None] = []
    for column in range(len(rows[0])):
        texts = list(dict.fromkeys(row[column] for row in telling if row[column]))
        own = list(dict.fromkeys(row[column] for row in telling if row[column] and not _shared(row, column)))
        tried = (" ".join(own), " ".join(texts), *texts)
        role = told_role(own[-1] if own else "", caption) or told_role(texts[0] if texts else "", caption)
        role = role or next((role for text in tried if text and (role := role_of(text))), None)
        if role in _NUMBERED and _names_layers([row[column] for row in rows[first:]]):
            # "Parameters" over "(3x3, 64)" are the layer's own, and a model may be called "C".
            kernel: Role | None = (
                "kernel" if re.match(r"(?:kernel|filter)s?$", " ".join(texts), re.IGNORECASE) else None
            )
            role = "type" if role == "cost" else kernel
        if (
            role == "cost"
            and re.match("[^#]*param", "".join(texts), re.IGNORECASE)
            and _tell_values([row[column] for row in rows[first:]])
        ):
            role = "type" if any(_ACTIVATED.search(row[column]) for row in rows[first:]) else "kernel"
        if role in ("type", "repeat", None) and _counts_rows([row[column] for row in rows[first:]]):
            role = "name"
        if role == "output" and _are_kernels(" ".join(texts), column, rows[first:]):
            role = "kernel"
        roles.append(role)
    columns = [[row[column] for row in rows[first:]] for column in range(len(roles))]
    titles = [
        " ".join(dict.fromkeys(row[column] for row in head if row[column])).lower() for column in range(len(roles))
    ]
    roles = [_of_cells(role, title, texts, roles) for role, title, texts in zip(roles, titles, columns, strict=True)]
    if roles.count("output") > 1:
        # Beside a column for the output, "size" is that of the kernel.
        roles = ["kernel" if any(row[i].lower() == "size" for row in head) else role for i, role in enumerate(roles)]
    if not head:
        roles = _told(caption, len(rows[0])) or [
            _guessed([row[column] for row in rows]) for column in range(len(rows[0]))
        ]
    maps = [text for role, texts in zip(roles, columns, strict=True) if role in ("output", "input") for text in texts]
    flat = not any(len(shape) > 3 for text in maps for shape in shapes_of(text))
    deep = [flat and _reach_inwards(role, roles, texts) for role, texts in zip(roles, columns, strict=True)]
    worded = [role in ("type", "name", None) for role in roles]
    body = [
        [
            explained(text, caption) if word else _DEPTH.sub(r"\1", text) if inwards else text
            for text, word, inwards in zip(row, worded, deep, strict=True)
        ]
        for row in rows[first:]
    ]
    return Grid(head, body, roles)


def _reach_inwards(role: Role | None, roles: Sequence[Role | None], texts: list[str]) -> bool:
    """Whether a kernel's third side is how deep it reaches into what comes in, for another column has the filters."""
    sides = [shape for text in texts if (match := _DEPTH.fullmatch(text)) for shape in shapes_of(match[0])]
    return role == "kernel" and "filters" in roles and any((shape[2] or 0) > MAX_KERNEL for shape in sides)


def _of_cells(role: Role | None, title: str, texts: list[str], roles: Sequence[Role | None]) -> Role | None:
    """The role of a column whose head could mean several, as its cells have it."""
    filled = [text for text in texts if text not in ("", "-")]
    counts = [int(text) for text in filled if re.fullmatch(r"\d{1,5}", text)]
    numbers = len(filled) > 1 and len(counts) == len(filled)
    if (
        role in ("output", "input")
        and len(roles) > 2
        and numbers
        and re.fullmatch(r"(?:in|out)(?:put)?s?(?: dim\w*\.?)?", title)
    ):
        return "other" if role == "input" else role if "filters" in roles else "filters"
    if (
        role == "output"
        and re.fullmatch("outputs?", title)
        and roles.count("output") > 1
        and not any(re.search(r"\dx|xW|x ?W", t) for t in filled)
    ):
        # "Output" over what the rows call their outputs.
        return "name" if len({*filled}) == len(filled) > 2 and not numbers else role
    if role == "output" and 3 * sum(bool(_COUNTED.search(text)) for text in filled) >= len(filled) > 1:
        return "kernel"
    if role == "type" and "type" in title and len(filled) > 1:
        kinds = [spec.type for text in filled if (spec := spec_of(text)) is not None]
        beside = sum(kind in CATALOGUE and CATALOGUE[kind].family == "act" for kind in kinds)
        return "activation" if beside == len(filled) else role
    if (
        title == "depth"
        and numbers
        and "filters" not in roles
        and 2 * sum(n >= MIN_DEPTH for n in counts) > len(counts)
    ):
        return "filters"
    if role == "repeat" and title == "n" and 2 * sum(n >= 2 * MIN_DEPTH for n in counts) > len(filled):
        return "filters"
    if role == "name" and re.fullmatch(r"(?:blocks|units)", title) and numbers:
        return "repeat"
    if role == "filters" and "output" not in roles and filled and all(_VOLUME.fullmatch(text) for text in filled):
        return "output"
    if (
        role == "filters"
        and "neurons" in title
        and "output" not in roles
        and 2 * sum(_is_large(text) for text in filled) > len(filled)
    ):
        return "output"  # so many steps of so many maps: "258x5"
    windows = [shape for text in filled for shape in shapes_of(text)]
    if role == "cost" and "receptive" in title and "kernel" not in roles and len(windows) == len(filled) > 1:
        # Of each layer by itself it is the kernel's size; of all before it, it would grow.
        return "kernel" if max(side or 0 for shape in windows for side in shape) <= MAX_KERNEL else role
    if role is None and _heads_convolutions(title) and filled and all(_KERNEL.match(text) for text in filled):
        return "type"
    return role


def _is_large(text: str) -> bool:
    """Whether a cell is a size of two sides, of which one is larger than a kernel's."""
    return re.fullmatch(r"\d{1,5}x\d{1,4}", text) is not None and max(map(int, text.split("x"))) > MAX_KERNEL


def _heads_convolutions(title: str) -> bool:
    """Whether a head names the layers of its column, of which the cells then print the kernels alone."""
    spec = spec_of(title)
    return spec is not None and spec.type.startswith("Conv") and not spec.params


def _are_kernels(title: str, column: int, rows: Rows) -> bool:
    """Whether a column called "size" holds those of kernels: all are small, or those of convolutions and poolings."""
    if title.lower().strip() != "size":
        return False
    counts = [int(row[column]) for row in rows if row[column].isdecimal()]
    if (
        len(counts) > 2
        and max(counts) <= MAX_KERNEL
        and all(n.isdecimal() or n in ("", "-") for n in (r[column] for r in rows))
    ):
        return True
    shapes = [(row, shape) for row in rows for shape in shapes_of(row[column]) or tuple_shapes(row[column])]
    sides = [side or 0 for _, shape in shapes for side in shape]
    windows = [shape[:2] for row, shape in shapes if re.search("conv|pool", " ".join(row).lower())]
    small = [max(w, default=0) <= MAX_KERNEL or min(w) == 1 for window in windows if (w := [s or 0 for s in window])]
    return (len(sides) > 3 and max(sides) <= MAX_KERNEL) or (len(small) > 2 and all(small))


def _counts_rows(texts: list[str]) -> bool:
    """Whether a column only numbers the rows: it tells nothing of the layers."""
    numbered = [text for text in texts if text.lower() not in ("input", "output", "")]
    spans = [_SPAN.fullmatch(text) for text in numbered]
    ends = [(int(span[1]), int(span[2] or span[1])) for span in spans if span]
    # "0-1", "1-2": a row leads from one map to the next.
    step = 0 if all(end == start + 1 for start, end in ends) else 1
    return len(ends) == len(numbered) > 2 and all(after[0] == before[1] + step for before, after in pairwise(ends))


def _shared(row: list[str], column: int) -> bool:
    """Whether a head stands over the column and its neighbour as well."""
    return row[column] in (*row[max(0, column - 1) : column], *row[column + 1 : column + 2])


def lists_models(rows: Rows) -> bool:
    """Whether a column is one of models or methods, or of results: its rows are no network's layers."""
    heads = [text for row in rows[:3] if len({*row} - {""}) > 1 for text in row]
    measured = len({*rows[0]} - {""}) > 1 and any(RESULT.search(text) for text in rows[0])
    # Results may stand below or beside a network: then its layers' settings are printed, too.
    told = sum(any(_SETTING.search(text) for text in row) for row in rows)
    each = any(
        RESULT.search(title) and all(_NUMBER.fullmatch(text) for text in texts)
        for title, *texts in zip(*rows, strict=True)
    )
    measured = measured and (each or told < SETTING_SHARE * len(rows))
    measured = measured or all(_TIMED.search(text) for text in rows[0][1:])
    return measured or any(_OF_MODELS.fullmatch(text) for text in heads)


def _parts_head(row: list[str], above: list[str]) -> bool:
    """Whether a row stands under shared heads alone, and tells the columns of each apart: "5x5 | 10x5" under "S"."""
    filled = [column for column, text in enumerate(row) if text]
    under = all(above[column] and _shared(above, column) for column in filled)
    return len(filled) > 1 and len({row[column] for column in filled}) == len(filled) < len(row) and under


def _is_symbols(row: list[str]) -> bool:
    """Whether a row under the heads only gives each column a letter."""
    texts = [text for text in row if text]
    return len(texts) > 1 and all(_SYMBOL.fullmatch(text) for text in texts)


def _names_layers(texts: list[str]) -> bool:
    filled = [text for text in texts if text and not _BARE_SIZE.fullmatch(text)]
    read = [spec for text in filled if (spec := spec_of(text)) is not None and spec.specific and spec.params]
    return bool(filled) and len(read) >= 0.6 * len(filled)


def _tell_values(texts: list[str]) -> bool:
    """Whether "parameters" are settings in words ("kernel: 7x7, stride: 2"), not a count of weights."""
    filled = [text for text in texts if text not in ("", "-")]
    return len(filled) > 1 and 2 * sum(bool(_SETTING.search(text)) for text in filled) > len(filled)


def _told(caption: str, width: int) -> list[Role | None]:
    """What the columns behind the first tell, as the caption says it "from left to right"; empty where it does not."""
    match = _FROM_LEFT.search(re.sub(r"(?<=\w)- (?=[a-z])", "", tidy(caption)))
    if not match:
        return []
    names = [re.sub(r"^(?:and|the|number of (?!f))\s*", "", name.strip()) for name in match[1].split(",")]
    told = [role_of(name) for name in names][: width - 1]
    return [None, *told, *[None] * (width - 1 - len(told))] if sum(role is not None for role in told) >= 2 else []


def _follows_head(head: list[list[str]], row: list[str]) -> bool:
    """Whether the head is complete: it says what each column is, and the row has a name of its own."""
    named = row[0].lower() == "input" or role_of(row[0]) is None
    if len(head) == 1 and row[0] == "1" and role_of(head[0][0]) in ("type", "name", "repeat"):
        return True  # the rows are numbered
    if len(head) != 1 or not row[0] or not named or len({*row} - {""}) < 2:
        return False
    told = {text for text in head[0] if text and role_of(text) is not None}
    return len(told) >= 2 and head[0][0] in told


def _guessed(texts: list[str]) -> Role | None:
    """What a column without a head tells, by the look of most of its cells."""
    filled = [text for text in texts if text]
    looks: tuple[tuple[Role, re.Pattern[str]], ...] = (
        ("output", _VOLUME),
        ("kernel", _KERNEL),
        ("stride", _TUPLE),
        ("filters", _COUNT),
    )
    return next((role for role, look in looks if 2 * sum(bool(look.match(t)) for t in filled) > len(filled)), None)


def _is_data(row: list[str]) -> bool:
    """Whether a row tells of a layer rather than of columns."""
    texts = [text for text in row if text]
    if sum(bool(_COUNTED.match(text)) for text in texts) > len(texts) / 2:
        return False
    if len(texts) > 1 and len(set(texts)) == 1:
        # A cell over the whole width heads the table, or it is an input or a layer of all its networks.
        if re.match(r"inputs? (?:image\b|\()", texts[0], re.IGNORECASE):
            return True
        kind = "Input" if (told := spec_of(texts[0])) and told.type == "Input" else parse(texts[0]).type
        if kind is None or (kind != "Block" and shapes_of(texts[0])):
            return kind is not None
    if any(_VOLUME.fullmatch(text) for text in texts):
        return True
    if sum(role_of(text) not in (None, "other") for text in texts if not _TOLD.search(text)) > max(1, len(texts) // 2):
        return False
    numbers = sum(bool(_NUMBER.fullmatch(text)) for text in texts)
    sizes = any(shapes_of(text) for text in texts)
    layers = [
        spec
        for text in texts
        if not _OF_SIZES.fullmatch(text)
        for group in groups_of(text)
        for spec in group.specs
        if spec.specific or spec.type == "Input"
    ]
    return sizes or (bool(layers) and (numbers > 0 or len(layers) >= len(texts) / 2))


def caption_name(caption: str) -> str:
    """The name of a network that the caption mentions first, if one does."""
    text = re.sub(r"^\W*(?:table|tab\.)\s*\w+\W+", "", tidy(caption), flags=re.IGNORECASE)
    match = re.search(
        r"\b(?:[A-Z][A-Za-z]*-?\d+(?!\d* ?[x×])|\w*[A-Za-z]Nets?(?:[- ]?[vV]?\d+|\+\+)?|[A-Z]{3,}\w*NET)\b(?:\+\+)?",
        text,
    )
    return match[0] if match and not re.match(r"(?:Fig|Sec|Table|Eq)", match[0]) else ""
