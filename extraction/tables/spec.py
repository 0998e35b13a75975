"""A cell to the layers it names: "1x1, 64 3x3, 64 1x1, 256 ×3" is three convolutions, three times."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.flow.model import Shape
from extraction.tables.text import shapes_of, space_of, tidy
from extraction.tables.words import spelled
from extraction.vocabulary import parse
from extraction.vocabulary.program import called

MAX_REPEAT = 200
#: Larger ones are numbers of filters.
MAX_KERNEL = 15


@dataclass(frozen=True, slots=True)
class Spec:
    """One layer of a table before it becomes one of a flow."""

    type: str
    label: str
    params: dict[str, Any] = field(default_factory=dict)
    output_shape: Shape | None = None
    confidence: float = 0.6
    #: Names of the rows that lead into it, where the table names them; and what other rows call it.
    sources: tuple[str, ...] = ()
    known_as: str = ""

    @property
    def specific(self) -> bool:
        return self.type not in ("Block", "Unknown", "Input", "Output")


@dataclass(frozen=True, slots=True)
class Group:
    """Layers that stand in one cell, and how often they follow each other."""

    specs: tuple[Spec, ...]
    repeat: int = 1


_REPEAT = re.compile(r"(?:^|(?<=[\s\])}]))[×x*] ?(\d{1,3})(?=$|[\s,;])|^(\d{1,3}) ?[×x] ?(?=[^\d\s])")
#: "(×3)" and "(2 layers)".
_IN_BRACKETS = re.compile(r"\(\s*(?:([×x*] ?\d{1,3})|(\d{1,2}) layers)\s*\)", re.IGNORECASE)
#: "×4 (k = 8)": what stands in brackets behind a repeat is a remark on all of it.
_REMARK = re.compile(r"(?<=\s)([×x] ?\d{1,3}) \([a-z] ?= ?\d+\)")
#: "Mg × Mg × 512": the number is a side of a shape whose others are letters.
_OF_SHAPE = re.compile(r"(?:[×x*→>]|->) ?[^\W\d]{1,2}\s*$")
#: "3x3, 64, ×5 concat": how often this layer alone is meant, and for all of the bracket "] ×2".
_INNER = re.compile(r", ?[×x] ?(\d{1,2})\s+(?=[a-z\d])", re.IGNORECASE)
#: "max pool, 2 × conv 3x3": how often what follows is meant.
_EACH = re.compile(r"(?<![^\s,;+])\d{1,2} ?[x×] ?(?=[A-Za-z]{3}|[(\[])")
_OUTER = re.compile(r"(?<=[\s\])}])[×x] ?(\d{1,3})()$")
#: "SK[M = 2, r = 16]": a module of the paper's own with its settings.
_OWN_MODULE = re.compile(r"\b([A-Z]{2,4})\[([^\[\]]*=[^\[\]]*)\]")
#: "(output: 48x341x128)": the size that comes out.
_GIVES = re.compile(r"\((?:input|output)(?: size)?:? ?(\d{1,5}(?:x\d{1,5}){1,3})\)", re.IGNORECASE)
#: "Upsample ×2": by how much.
_ENLARGING = re.compile(
    r"(?:up-?sampl\w*|bilinear|nearest|interpolat\w*|upscal\w*|shuffle|resize|unpool\w*|\bup)[\s,(]*$", re.IGNORECASE
)
#: "96 frames × 64 mel bins": one size, no repeat.
_FRAMES = re.compile(r"(\d{1,5}) frames? ?[x×] ?(\d{1,5}) [a-z]+(?: [a-z]+)?", re.IGNORECASE)
#: Brackets of one cell, each with how often it is meant and its stride.
_BRACKETS = re.compile(r"\[([^\[\]]+)\] ?[×x] ?(\d{1,3})(?:, ?[sS](?:tride ?)?(\d))?")
#: "3x3, 16×k": filters that depend on a width.
_SYMBOLIC = re.compile(r"(?<=\dx\d), ?\d{1,4} ?[×x*] ?[a-zA-Z](?!\w)")
#: "×N": how often is left open.
_SOMETIMES = re.compile(r"(?<=[\s\])])[×x] ?[A-Za-z]$")
#: What holds for all of a bracket: "[3x3, 64 3x3, 64] ×3, dila = 2".
_DILATED = re.compile(r"[,;]? ?\(?dil\w*\.? ?[=:]? ?(\d{1,2})\)? *$", re.IGNORECASE)
#: "[80/4, 256]": a window over a line and how many.
_BARE_BRACKET = re.compile(r"\[\d{1,3}(?:/\d{1,2})?, ?\d{1,5}\]")
#: Where a further layer of the same cell begins.
_STARTS = re.compile(
    r"(?<=[^\s,(])\s+(?=\d{1,2}x\d{1,2}(?:x\d{1,2})?,? ?(?:/|\d|(?:[a-z]-?)?conv|max|av|depth|pool|sep))"
    r"|\s+(?=[A-Z]{2,4} module \()"
    r"|,? (?:followed by|and then) (?=\w)"
    r"|[,;&+] ?(?=softmax|global |concat|\d{1,2}x\d{1,2} (?:conv|max|avg|average)|(?:leaky ?|l|p)?relu\b"
    r"|(?:0?\.\d+ )?drop-?out|(?:gaussian )?noise$|gaussian ?noise|(?:layer|instance|group) ?norm|[SLG]N(?=,|$)"
    r"|fc\b|bn\b"
    r"|[sg]?elu\b|silu\b|swish\b|norm$|batch ?norm|lrn\b|reshape\b|flatten\b|tanh\b"
    r"|sigmoid\b|softplus\b|(?:hard[- ]?)?swish\b|mish\b"
    r"|(?:(?:max|avg|average)[ -]?pool|max$)|x\d (?:max |avg )?pool|in\b(?! ?put))"
    r"|(?<=\w)\s+(?=(?:conv|fc)\d?-\d|LRN\b|BN\b(?=,|$)|drop-?out\b|soft-?max\b|x\d (?:max |avg )?pool)"
    r"|(?:(?<=[ ,]\d\d)|(?<=\d\d\d))\s+(?=conv,? \d{1,2}x\d)"
    r"|(?<=\d\d)\s+(?=(?:max|avg|average)[ -]?pool|(?:up|de)-?conv\w* \d+x\d|concat|up-?sampl)"
    r"|(?<=[\w)]) (?:-|→|->) (?=[a-z]{2})|(?<=[a-z)])[,;+] ?(?=conv\w* \d+x\d)"
    r"|(?<=\w) & (?=\w)|\s+(?=\d+-?d(?:im\w*)? (?:fc|full))|(?<=\w)[;\n] ?",
    re.IGNORECASE,
)
#: Pooling of an unsaid kind is mostly that of maxima.
_PLAIN_POOL = re.compile(r"^(?!.*(?:pyramid|spp|sum)).*pool", re.IGNORECASE)
_CARDINALITY = re.compile(r",? ?\b[CGg](?:roups?)? ?= ?(\d+)")


#: Channels that a path keeps beside: "1x1, 256 (+16)".
_BESIDE = re.compile(r"\(\+ ?\d+\)")
_OPERATION_WORD = re.compile(r"\d+x\d+,? ?(?:(?:[a-z]-?)?conv|max|av|depth|pool|sep)", re.IGNORECASE)
#: "64x11x11": so many filters of that size.
FILTERS_FIRST = re.compile(r"(?<![\w.])(\d{2,4})x(\d{1,2})x(\2)(?![\dx])(?=.*(?:conv|stride|pad))", re.IGNORECASE)
#: "3x9x9 conv": the same without other numbers but a stride's.
_SIDES_LAST = re.compile(
    r"^(?:(?:\w+ )?(?:de|up)?conv\w* )?(\d)x(\d{1,2})x(\2)(?: ?conv\w*\.?)?(?:,? ?stride \d)?$", re.IGNORECASE
)
#: "1x3x3, 64": a kernel over three axes and the filters.
_CUBIC = re.compile(r"(?<![\w.])(\d{1,2})x(\d{1,2})x(\d{1,2}), ?(\d{1,5})(?!\d)")
THREE_STRIDES = re.compile(r"strides? ?[=:]? ?\(?(\d)(?:x(?=\dx)|, ?(?=\d[,x]))(\d)(?:, ?|x)(\d)(?!\d)\)?")
#: "stride 2x1", "s (2, 1)", "/16x1".
TWO_STRIDES = re.compile(
    r"(?:strides? ?[=:]? ?|(?<![a-z])[sS] ?[=:]? ?)(?:\((\d{1,2})(?:, ?|x)(\d{1,2})\)|(\d{1,2})x(\d{1,2}))(?![\dx])"
    r"|(?<=\d)/ ?(\d{1,2})x(\d{1,2})(?![\dx])"
)
#: "32 filters 41x11".
_LARGE_KERNEL = re.compile(r"(?:filters|kernels)(?: of(?: size)?)? ?\(?(\d{1,2})x(\d{1,2})(?![\dx])", re.IGNORECASE)
#: "3-D" beside a layer's word.
_AXES = re.compile(r"(?<![\w-])([13])-?[dD](?![\w])")
_PLANE = ("Conv2D", "Conv2DTranspose", "MaxPooling2D", "AveragePooling2D", "UpSampling2D")
#: "conv2d_1 (Conv2D)" and "Conv2d-1", as programs print their layers.
_OF_PROGRAM = re.compile(
    r"\w+ \(([A-Z]\w+)\)|([A-Za-z]+\dd|Linear|(?:Leaky)?ReLU|Dropout|Flatten|Sigmoid|Tanh|Softmax)-\d+"
)


#: "UpSampling3D_1".
_AXES_OF = re.compile(r"([A-Za-z]+[123]D)(?:[_-]\d{1,3})?")


#: "Input: z ∈ R128", "RGB image x ∈ R32x32x3".
_IN_SPACE = re.compile(r"(?!out)([^∈]{0,40}?\w) ?∈ ?R", re.IGNORECASE)
#: "reshaped to (4, 96, 84) x 5 channels".
_RESHAPED = re.compile(r"\(\d{1,5}(?:, ?\d{1,5}){0,3}\)(?: ?[x×] ?\d{1,5} channels)?")
#: "dense → 4x4x512": so many units, already in the shape of a map.
#: "Input 32x32 RGB image": the words and the size are of one input.
_GIVEN = re.compile(r"inputs?(?: image)?\W*\d+(?: ?x ?\d+)*(?![^,;]*(?:conv|pool|fc))", re.IGNORECASE)
#: "Residual block: conv 3x3, BN, ReLU" says what is inside of a module.
_TITLED = re.compile(r"[^,:\d]{0,30}(?:block|module|unit)s? ?:", re.IGNORECASE)
#: "3x3 C.ReLU": a module that is called after an activation.
_AFTER_ACTIVATION = re.compile(r"\d+x\d+ [a-z]\.(?:relu|elu)\b", re.IGNORECASE)
#: "(no ReLU or BN)".
_WITHOUT = re.compile(
    r",? ?\((?:no|without|w/o) [^()]*\)|,? ?\b(?:no|without|w/o) (?:re-?lu|bn|batch norm\w*|bias)\b", re.IGNORECASE
)
_BARE_DENSE = re.compile(r"(?:^|\W)(?:reshape|resize|unflatten|fc|dense|linear|fully[ -]connected)\W*$", re.IGNORECASE)
_OF_NUMBERS = re.compile(r"(?:strides?|size|kernels?|window) ?[=:]?$", re.IGNORECASE)
#: "FC. 7x7x128": units that are a map afterwards.
_MAP = re.compile(r"(?<![\dx])(\d{1,3})x(\d{1,3})x(\d{1,4})(?![\dx])")
#: "max" alone, or behind a window, is a pooling.
_POOLED = re.compile(r"^((?:\d+x\d+(?:x\d+)? )?(?:max|avg|average))\b(?!.{0,3}pool)", re.IGNORECASE)
#: "max pooling, size 2" and "MaxPooling1D 4".
_WINDOW = re.compile(r"pool\w*,? size ?[=:]? ?(\d{1,3})(?![\dx])|pool\w*[123]D (\d{1,3})$", re.IGNORECASE)
_WINDOW_ALONE = re.compile(r"\d{1,3} ?x ?(?:\d{1,3}|[a-zA-Z])")
#: Names such as "iconv5" and "pr_conv2".
_CONV_NAME = re.compile(r"[a-z]{1,2}_?conv_?\d")
#: What a generator starts from.
_LATENT = re.compile(
    r"(?:\d{1,4} ?-?d(?:im\w*)? )?(?:latent|noise|random|input)? ?(?:latent|noise|vector|code|z)(?: vector| code| z)?"
    r"(?:, \d{1,4})?|(?:state|observation)s?(?: \(\d+\))?(?: (?:and|\+) actions?(?: \(\d+\))?)?|z ?[~∼].*",
    re.IGNORECASE,
)
#: "input (colour image of any size)".
_AN_INPUT = re.compile(r"inputs? (?:image|\()", re.IGNORECASE)
#: "stride 1/2": a step of half a pixel is a transposed convolution's.
HALF = re.compile(r"(?:strides?|(?<![a-z])s)\s*[:=]? ?(?:1 ?[/⁄] ?2|0?\.5)(?!\d)", re.IGNORECASE)
#: "dense → Mg × Mg × 512": how many units depends on the picture.
_TO_LETTERS = re.compile(r"(?:→|->) ?[^\W\d]{1,2} ?[×x]")
_DENSE_TO = re.compile(r"(?:→|->) ?(\d{1,5}(?:x\d{1,5}){1,3})$")


def groups_of(text: str) -> list[Group]:
    """The layers of a cell. Empty where the text names none."""
    if given := _GIVES.search(tidy(text)):
        text = tidy(text)
        if not (found := groups_of(f"{text[: given.start()]} {text[given.end() :]}".strip())):
            return []
        *before, last = found
        shape = tuple(int(side) for side in given[1].split("x"))
        return [*before, replace(last, specs=(*last.specs[:-1], replace(last.specs[-1], output_shape=shape)))]
    if (made := _of_call(text)) is not None:
        return [Group((made,))]
    text = _REMARK.sub(r"\1", tidy(text))
    text = _IN_BRACKETS.sub(lambda match: f" {match[1] or f'×{match[2]}'} ", text)
    text = _FRAMES.sub(r"\1x\2 frames", text)
    if len(brackets := list(_BRACKETS.finditer(text))) > 1:
        return [group for bracket in brackets for group in groups_of(_of_bracket(bracket))]
    if cuts := [match.start() for match in _EACH.finditer(text) if text[: match.start()].strip(" ([")]:
        return [
            group
            for start, end in pairwise((0, *cuts, len(text)))
            for group in groups_of(text[start:end].strip(" ,;+"))
        ]
    text = _SYMBOLIC.sub(", conv", _SOMETIMES.sub("", text))
    text = _OWN_MODULE.sub(r"\1 module (\2)", text)
    repeat = 1
    match = _OUTER.search(text) if _INNER.search(text) else _REPEAT.search(text)
    if match and re.match(r"up\b", text, re.IGNORECASE):
        match = None
    if match and not _OF_SHAPE.search(text[: match.start()]) and not _ENLARGING.search(text[: match.start()]):
        repeat = min(MAX_REPEAT, int(match[1] or match[2]))
        text = f"{text[: match.start()]} {text[match.end() :]}"
    if _BARE_BRACKET.fullmatch(text.strip()):
        spec = spec_of(text.strip())
        return [Group((spec,), repeat)] if spec is not None else []
    if further := _INNER.search(bare := re.sub(r"[\[\]{}|]+", " ", text)):
        inner = groups_of(f"{bare[: further.start()]} ×{further[1]}")
        after = groups_of(bare[further.end() :])
        each = [spec for group in (*inner, *after) for _ in range(group.repeat) for spec in group.specs]
        return [Group(tuple(each[:MAX_REPEAT]), repeat)] if each else []
    text = bare
    if repeat > 1 and (dilated := _DILATED.search(text)):
        inner = groups_of(text[: dilated.start()])
        sides = {"dilation_rate": [int(dilated[1])] * 2}
        within = tuple(
            replace(spec, params={**spec.params, **sides}) if spec.type == "Conv2D" else spec
            for group in inner
            for spec in group.specs
        )
        return [Group(within, repeat)] if within else []
    if _TITLED.match(text):
        return [Group((Spec("Block", text),), repeat)]
    if "∈" in text or _DENSE_TO.search(text) or _GIVEN.match(text):
        spec = spec_of(text)
        return [Group((spec,))] if spec is not None else []
    printed, worded = split(text), split(spelled(text))
    parts = printed if len(printed) == len(worded) else worded
    # Among layers, "up" is one.
    parts = ["upsampling" if len(parts) > 1 and part.strip().lower() == "up" else part for part in parts]
    specs = [spec for part in parts if part.strip() and (spec := spec_of(part.strip(" ,;&+"))) is not None]
    specs = _counted(specs)
    if not specs and repeat > 1 and re.fullmatch(r"[A-Za-z][\w -]{2,40}", text.strip()):
        specs = [Spec("Block", text.strip(), confidence=0.4)]  # what is repeated is something
    if repeat > 1 and len(specs) > 1 and "Pooling" in specs[0].type and "strides" in specs[0].params:
        # Rounds have no pooling at their beginning: it stands before the bracket.
        return [Group((specs[0],)), Group(tuple(specs[1:]), repeat)]
    rounds = _rounds(specs) if match and match[2] else len(specs)
    if repeat > 1 and 0 < rounds < len(specs):
        return [Group(tuple(specs[:rounds]), repeat), Group(tuple(specs[rounds:]))]
    return [Group(tuple(specs), max(1, repeat))] if specs else []


def _counted(specs: Sequence[Spec]) -> list[Spec]:
    """The layers; a count behind a normalisation ("deconv, BN, 512") is that of the layer before."""
    done: list[Spec] = []
    for spec in specs:
        count = re.search(r", ?(\d{1,5})$", spec.label) if spec.type.endswith("Normalization") else None
        last = done[-1] if done else spec
        key = "filters" if last.type.startswith("Conv") else "units" if last.type == "Dense" else ""
        if count and key and key not in last.params:
            done[-1] = replace(last, params={**last.params, key: int(count[1])})
        done.append(spec)
    return done


def _rounds(specs: Sequence[Spec]) -> int:
    """How many of the layers behind a count ("2 × conv, ReLU, max pool") are meant so often: those before a pooling."""
    ends = (index for index, spec in enumerate(specs) if index and "Pooling" in spec.type)
    return next(ends, len(specs))


def _of_bracket(match: re.Match[str]) -> str:
    """A bracket with its repeat and the stride behind it: "[3x3, 64]x1, S2"."""
    stride = f", stride {match[3]}" if match[3] else ""
    return f"[{match[1]}{stride}] ×{match[2]}"


def split(text: str) -> list[str]:
    """A cell's text cut where a further layer begins; the kernel that follows its word ("Conv 3x3, 64") is none."""
    parts: list[str] = []
    start = 0
    for match in _STARTS.finditer(text):
        part, rest = text[start : match.start()], text[match.end() :]
        kernel = match[0].isspace() and re.match(r"\d+x\d", rest) and not _OPERATION_WORD.match(rest)
        if match[0].isspace() and (_BARE_DENSE.search(part) or _OF_NUMBERS.search(part)):
            continue  # the shape into which its units are put, or a step of two sides
        if kernel and not re.search(r"\d+x\d", part) and re.search(r"conv|pool", part, re.IGNORECASE):
            continue
        if _WINDOW_ALONE.fullmatch(part) and re.match(r"(?:max|avg|average|mean)[ -]?pool", rest, re.IGNORECASE):
            continue  # "3x3, max pool" is one
        parts.append(part)
        start = match.end()
    return [*parts, text[start:]]


def _of_call(text: str, name: str = "") -> Spec | None:
    made = called(text)
    return Spec(made[0], name or text.strip(), made[1], confidence=0.9) if made else None


def spec_of(text: str, *, name: str = "") -> Spec | None:
    """One layer by its words and numbers; `name` is what the row calls it."""
    if (made := _of_call(text, name)) is not None:
        return made
    plain = FILTERS_FIRST.sub(r"\2x\3, \1", spelled(_BESIDE.sub("", tidy(text))))
    if (match := _OF_PROGRAM.fullmatch(plain)) and (known := canonical_type(match[1] or match[2])):
        return Spec(known, name or text.strip(), confidence=0.9)
    cardinality = _CARDINALITY.search(plain)
    plain = _WITHOUT.sub("", plain)
    if cardinality and re.search(r"\d+x\d+, ?\d+", plain):
        plain = _CARDINALITY.sub("", plain)
    else:
        cardinality = None
    if "∈" in plain and (space := _IN_SPACE.match(plain)):
        # The name of a variable and the space it lies in.
        return Spec("Input", name or space[1].strip(), output_shape=space_of(plain), confidence=0.8)
    if (match := _AXES_OF.fullmatch(plain)) and (known := canonical_type(match[1])):
        return Spec(known, name or text.strip(), confidence=0.9)
    if _LATENT.fullmatch(plain):
        sizes = re.findall(r"\((\d+)\)", plain)
        return Spec("Input", name or text.strip(), {}, (int(sizes[0]),) if len(sizes) == 1 else None, 0.7)
    if halved := HALF.search(plain):
        plain = f"{plain[: halved.start()]}stride 2{plain[halved.end() :]}"
    plain = _POOLED.sub(r"\1 pool", plain)
    if re.search(r"sum[ -]?pool", plain, re.IGNORECASE):
        return Spec("Block", name or text.strip(), confidence=0.6)  # neither of maxima nor of means
    if _AFTER_ACTIVATION.search(plain):
        return Spec("Block", name or text.strip(), confidence=0.6)
    phrase = parse(plain)
    if phrase.type in (None, "Block") and _AN_INPUT.match(plain):
        return Spec("Input", name or text.strip(), output_shape=next(iter(shapes_of(plain)), None), confidence=0.8)
    kind, params = phrase.type, {k: v for k, v in phrase.params.items() if k != "repeat"}
    if kind in (None, "Block") and _CONV_NAME.match(plain):
        return Spec("Conv2D", name or text.strip(), confidence=0.7)
    if kind is None or phrase.role in ("size", "other", "operator"):
        return None
    if kind == "MaxPooling2D" and (cubic := re.match(r"(\d+)x(\d+)x(\d+) ", plain)):
        kind, params = "MaxPooling3D", {**params, "pool_size": [int(n) for n in cubic.groups()]}
        if steps := THREE_STRIDES.search(plain):
            params["strides"] = [int(n) for n in steps.groups()]
    if kind == "Conv2D" and (cubic := _CUBIC.search(plain)) and max(int(n) for n in cubic.groups()[:3]) <= MAX_KERNEL:
        kind = "Conv3D"
        params |= {"kernel_size": [int(n) for n in cubic.groups()[:3]], "filters": int(cubic[4])}
        if steps := THREE_STRIDES.search(plain):
            params["strides"] = [int(n) for n in steps.groups()]
    if kind in _PLANE and (axes := _AXES.search(plain)):
        kind, params = _over_axes(kind, params, int(axes[1]))
    if kind == "Activation" and re.search(r"\d+x\d+", plain):
        # An activation has no kernel: this is a module that is called after one, or what comes out of it all.
        kind, params = "Output" if plain.lower().startswith("output") else "Block", {}
    if kind == "Conv2D" and re.search(r"(?<![a-z])(?:dw|depth-?wise)(?![a-z])", plain, re.IGNORECASE):
        kind = "DepthwiseConv2D"
        params.pop("filters", None)
    if kind == "Block" and _PLAIN_POOL.search(plain):
        kind = "MaxPooling2D"
    if (halved and kind == "Conv2D") or (kind == "UpSampling2D" and re.search("deconv|transposed", plain.lower())):
        kind = "Conv2DTranspose"
    if cardinality and kind.startswith("Conv"):
        params["groups"] = int(cardinality[1])
    if kind.startswith("Conv") and (match := re.search(r"(?<![a-z])pad(?:ding)? ?[=:]? ?(\d)(?!\d)", plain.lower())):
        params["padding"] = int(match[1])
    if "Pooling" in kind and "pool_size" not in params and (window := re.match(r"(\d{2,3})x(\d{2,3}) ", plain)):
        params["pool_size"] = [int(n) for n in window.groups()]
    if kind.startswith(("MaxPool", "AveragePool")) and "pool_size" not in params and (side := _WINDOW.search(plain)):
        params["pool_size"] = [int(side[1] or side[2])] * (CATALOGUE[kind].rank or 2)
    shape = phrase.output_shape or next(iter(shapes_of(plain)), None) if kind == "Input" else None
    if kind == "Reshape" and (sides := _RESHAPED.search(plain)):
        shape = tuple(int(n) for n in re.findall(r"\d+", sides[0]))
    lone = _SIDES_LAST.search(plain)
    if kind in ("Conv2D", "Conv2DTranspose") and lone and lone[1] != lone[2]:
        params |= {"filters": int(lone[1]), "kernel_size": [int(lone[2])] * 2}
    if kind == "Dense" and (sides := _MAP.search(plain)):
        params["units"] = math.prod(int(n) for n in sides.groups())
    elif kind == "Dense" and _TO_LETTERS.search(plain):
        params.pop("units", None)
    elif kind == "Dense" and (sides := _DENSE_TO.search(plain)):
        params["units"] = math.prod(int(n) for n in sides[1].split("x"))
    if kind == "Conv2D" and "kernel_size" not in params and (sides := _LARGE_KERNEL.search(plain)):
        params["kernel_size"] = [int(sides[1]), int(sides[2])]
    if "strides" in params and len(params["strides"]) == 2 and (steps := TWO_STRIDES.search(plain)):
        params["strides"] = [int(n) for n in steps.groups() if n]
    if "3D" in kind and len(params.get("strides") or ()) == 2:
        params["strides"] = params["strides"][:1] * 3
    return Spec(kind, name or text.strip(), params, shape, phrase.confidence)


def _over_axes(kind: str, params: dict[str, Any], axes: int) -> tuple[str, dict[str, Any]]:
    """The layer over as many axes, its windows alike along all of them."""
    sides = {k: v[:1] * axes if isinstance(v, list) and len(set(v)) == 1 else v for k, v in params.items()}
    return kind.replace("2D", f"{axes}D"), sides
