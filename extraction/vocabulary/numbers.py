"""The numbers beside a layer's word: kernels, strides, filters, sizes.

Each rule takes what it understands out of the text, the surest first, so that none reads a number twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: Kernels larger than this are sizes of pictures.
LARGEST_KERNEL = 15

_N = r"(\d{1,6})"
_MAPS_AT = re.compile(rf"{_N} ?@ ?{_N}(?:x{_N})?(?:x{_N})?")
_VGG_NAME = re.compile(r"(conv|deconv)([1-9])-(\d{2,4})(?!\d)")
_KERNEL_FILTERS_STRIDE = re.compile(r"(?<![a-z\d])k(\d{1,2})n(\d{1,4})(?:s(\d))?(?![a-z\d])")
#: 3x3+2(S): kernel, stride and whether the sides are padded.
_KERNEL_STRIDE_PADDING = re.compile(r"(\d{1,2})x(\d{1,2}) ?\+ ?(\d) ?\(([sv])\)")
_STRIDES = re.compile(
    r"(?:/ ?(\d)(?!\d)(?:x\d)?)|(?:(?<![\dx])(\d)x\d strides?(?! ?[=:]? ?\(?\d))"
    r"|(?:(?<![a-z])(?:strides?|str\.?|s)\s*(?:of )?[=:]?\s*(?:(\d)(?:(?:x|,)\d)?(?!\d|\.\d)|\((\d)(?:(?:x|, ?)\d)?\)))"
)
_GROUPS = re.compile(rf"(?<![a-z])(?:groups?|g) ?[=:] ?{_N}")
_DILATION = re.compile(r"(?<![a-z])(?:dilat(?:ion|ed)|rate|dil\.?|atrous rate) ?(?:rate )?[=:]? ?(\d{1,2})(?![\d.])")
_PADDING = re.compile(r"(?<![a-z])(?:padding|pad|p) ?[=:]? ?(\d|same|valid)(?!\d|\.\d)")
_SIZE = re.compile(r"(?<![\d.])(\d{1,5})((?:x\d{1,5}){1,3})(?![\d.])")
_KERNEL_WORD = re.compile(
    r"(?<![a-z])(?:kernel(?: size)? ?[=:]?|k ?[=:]) ?(\d{1,2})(?!\d)"
    r"|(?<![\dx])(\d{1,2})x(\d{1,2}) (?:kernel|window)s?(?![a-z])"
)
_FILTERS_WORD = re.compile(
    r"(?<![a-z\d.])(?:(\d{1,5}) ?-?(?:filters?|kernels?|channels?|maps|feature maps|f\. ?maps|ch\b)"
    r"|(?:filters?|channels?|depth|n|c) ?[=:] ?(\d{1,5}))"
)
#: 2d tells how many dimensions a layer works in, 256-d how many it makes.
_UNITS_WORD = re.compile(
    r"(?<![\da-z.])(?![123] ?-?d(?![a-z]))(\d{1,6}) ?-?"
    r"(?:units?|neurons?|nodes?|cells?|hidden(?: (?:unit|neuron|node)s?)?|dims?|d|-?way)(?![a-z])"
)
_REPEAT = re.compile(
    r"(?:(?<![a-z\d])x ?(\d{1,2})(?![\dx.]))|(?:(?<![\d.])(\d{1,2}) ?x(?![\da-z])|(?<![\d.x])(\d)x(?=conv))"
)
_RATE = re.compile(r"(?<!\d)(0?\.\d+|\d{1,2} ?%)")
#: Not the number of axes ("1-d"), nor one in a formula ("2(c+1)").
_PLAIN = re.compile(r"(?<![a-z_\d.+])(?![123]-d(?![a-z]))(\d{1,6})(?![\d.a-z_@]|\([a-z])")


@dataclass
class Numbers:
    """What the numbers of a label say; `rest` is the label without them."""

    rest: str
    kernel: tuple[int, ...] = ()
    stride: int | None = None
    filters: int | None = None
    units: int | None = None
    groups: int | None = None
    dilation: int | None = None
    padding: str | None = None
    repeat: int | None = None
    rate: float | None = None
    #: A size of a picture or of feature maps, channels last.
    size: tuple[int, ...] = ()
    #: Numbers that no sign explains, in order.
    plain: list[int] = field(default_factory=list)


def read_numbers(text: str) -> Numbers:
    """Read a normalised label's numbers."""
    found = Numbers(rest=text)
    for rule in (_maps_at, _vgg_name, _shorthand, _kernel_stride_padding, _strides, _named, _sizes, _repeats, _plain):
        rule(found)
    if 0 in found.size:
        found.size = ()  # a letter misread: nothing has a side of 0
    return found


def _take(found: Numbers, pattern: re.Pattern[str]) -> re.Match[str] | None:
    match = pattern.search(found.rest)
    if match:
        found.rest = f"{found.rest[: match.start()]} | {found.rest[match.end() :]}"
    return match


def _maps_at(found: Numbers) -> None:
    """6@28x28 and 6@28: feature maps and their size."""
    if match := _take(found, _MAPS_AT):
        maps, *sides = (int(v) for v in match.groups() if v)
        found.size = (*(sides if len(sides) > 1 else sides * 2), maps)


def _vgg_name(found: Numbers) -> None:
    """conv3-256: kernel and filters in the name."""
    if match := _VGG_NAME.search(found.rest):
        found.kernel = (int(match[2]), int(match[2]))
        found.filters = int(match[3])
        found.rest = found.rest.replace(match[0], f"{match[1]} ", 1)


def _shorthand(found: Numbers) -> None:
    """k3n64s1: kernel, filters and strides."""
    if match := _take(found, _KERNEL_FILTERS_STRIDE):
        found.kernel = (int(match[1]), int(match[1]))
        found.filters = int(match[2])
        found.stride = int(match[3]) if match[3] else None


def _kernel_stride_padding(found: Numbers) -> None:
    if match := _take(found, _KERNEL_STRIDE_PADDING):
        found.kernel = (int(match[1]), int(match[2]))
        found.stride = int(match[3]) or None
        found.padding = {"s": "same", "v": "valid"}[match[4]]


def _strides(found: Numbers) -> None:
    if match := _take(found, _STRIDES):
        found.stride = int(next(filter(None, match.groups()))) or None


def _named(found: Numbers) -> None:
    if match := _take(found, _GROUPS):
        found.groups = int(match[1])
    if match := _take(found, _DILATION):
        found.dilation = int(match[1])
    if match := _take(found, _PADDING):
        found.padding = match[1] if match[1] in ("same", "valid") else {"0": "valid"}.get(match[1])
    if match := _take(found, _KERNEL_WORD):
        found.kernel = (int(match[1] or match[2]), int(match[1] or match[3]))
    if match := _take(found, _FILTERS_WORD):
        found.filters = found.filters or int(match[1] or match[2])
        # "16 f. maps" says that these are filters and still names the layer.
        found.rest += " f. maps" if "map" in match[0] else ""
    if match := _take(found, _UNITS_WORD):
        found.units = int(match[1])
        # "100 hidden units" are a layer's.
        found.rest += " hidden layer" if "hidden " in match[0] else ""


def _sizes(found: Numbers) -> None:
    """3x3 is a kernel, 28x28 a picture, 1x1x512 a kernel with its filters, 224x224x3 a picture with its channels."""
    while match := _take(found, _SIZE):
        sides = (int(match[1]), *(int(v) for v in match[2].split("x")[1:]))
        small = max(sides[:2]) <= LARGEST_KERNEL
        if small and not found.kernel and not (len(sides) == 2 and found.size and sides == found.size[:2]):
            found.kernel = sides[:2]
            if len(sides) == 3:
                # A cube is a kernel of three dimensions; otherwise the last side counts filters.
                if sides[2] <= LARGEST_KERNEL and sides[2] == sides[0] > 1:
                    found.kernel = sides
                else:
                    found.filters = found.filters or sides[2]
        elif not found.size:
            found.size = channels_last(sides)


def channels_last(sides: tuple[int, ...]) -> tuple[int, ...]:
    """3x256x256 as 256x256x3: the odd one out among three sides counts channels."""
    if len(sides) == 3 and sides[1] == sides[2] != sides[0]:
        return (*sides[1:], sides[0])
    return sides


def _repeats(found: Numbers) -> None:
    if match := _take(found, _REPEAT):
        found.repeat = int(match[1] or match[2] or match[3])
    if match := _take(found, _RATE):
        value = match[1]
        found.rate = float(value.rstrip("% ")) / 100 if value.endswith("%") else float(value)


def _plain(found: Numbers) -> None:
    found.plain = [int(match[1]) for match in _PLAIN.finditer(found.rest)]
    found.rest = _PLAIN.sub(" | ", found.rest)
