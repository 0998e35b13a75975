"""What a printed label means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from extraction.flow.catalogue import CATALOGUE, canonical_type
from extraction.vocabulary.adaptive import adaptive_pooling
from extraction.vocabulary.coded import read_coded
from extraction.vocabulary.normalise import MAX_LENGTH, normalise
from extraction.vocabulary.numbers import Numbers, read_numbers
from extraction.vocabulary.program import called
from extraction.vocabulary.spelling import respelled
from extraction.vocabulary.torchview import read_torchview
from extraction.vocabulary.words import (
    ACTIVATIONS,
    BLOCK,
    COMPOSITE,
    DATA,
    INPUT,
    LAYER,
    LOSS,
    MAIN,
    MAPS,
    OPERATORS,
    OUTPUT,
    SIDE,
    SYSTEM,
    TAGS,
    LayerWord,
)

Role = Literal["layer", "operator", "size", "activation", "input", "output", "other"]

#: How sure a meaning is, of what it would be, where a word had to be put right.
MISSPELT = 0.8
#: Aliases that mean a layer only where they are the whole label, and not even there for sure.
_WEAK = {
    "image", "data", "result", "mean", "max", "min", "scale", "norm", "view", "repeat", "join", "mask", "skip",
    "normalize", "normalization", "noise", "global pool", "global pooling", "subsampling", "difference", "product",
    "bias", "threshold",
}  # fmt: skip
#: Where a name of several words written as one goes on: "AnchorGenerator", "ConvBNReLU".
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])(?!Net)|(?<=[A-Z]{2})(?=[A-Z][a-z])")
#: A kernel whose sides are called by a letter: "nx1".
_KERNEL_OF_LETTERS = re.compile(r"1 ?x ?([nk])|([nk]) ?x ?(?:1|\2)")
#: Adjectives that name an operation where a kernel stands beside them: "sep 3x3", "max 3x3".
_WITH_KERNEL = {
    "sep": "SeparableConv2D", "separable": "SeparableConv2D", "dil": "Conv2D", "dilated": "Conv2D",
    "dw": "DepthwiseConv2D", "max": "MaxPooling2D", "avg": "AveragePooling2D", "average": "AveragePooling2D",
}  # fmt: skip
#: What Keras prints beside the layer's name: "view input: (1, 8, 8) output: (1, 64)".
_FIELDS = re.compile(r"(?<![a-z])(?:in|out)puts?:")
_SHAPE = re.compile(r"(?:\d x ?)?\([\d, none]*\)")
#: What a network reads or writes, whatever stands in it.
_SENTENCE = re.compile(r"(?:[a-z'-]+,? ){4,}[a-z]+[.?!]$")
#: Feature maps that are given or result are no layer's.
_END = re.compile(r"\s*(in|out)puts?\b")
_BRACKETS = re.compile(r"\([^()]*\)")
#: A small letter with a large one for its index is a name, not the "FC" of full connections.
_SYMBOL = re.compile(r"\s*[a-z][A-Z]\s*")
#: A word whose letters stand apart: "L S T M", "L STM".
_SPACED = re.compile(r"\s*[A-Z]{1,3}(?:\s[A-Z]{1,3}){1,5}\s*")
_EITHER = re.compile(r"\sor\s", re.IGNORECASE)
_TAG = re.compile(r"([cfsp])\d{1,2}")
#: An operator with the size of what it makes: "+ (16x16)".
_OPERATOR_AND_SIZE = re.compile(r"([+⊕⊗⊙⊖]) ?\(?([\dx ]+)\)?")


@dataclass(frozen=True, slots=True)
class Phrase:
    """The meaning of a label; `type` is `None` where the words name no layer."""

    type: str | None
    role: Role
    params: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    #: Printed size of the output, channels last; a lone picture size has no channels.
    output_shape: tuple[int, ...] | None = None
    #: How sure it is that the words mean this, 0 to 1.
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class _Found:
    word: LayerWord
    start: int
    end: int


def parse(text: str) -> Phrase:
    """Read a printed label of a box, a table's cell or an arrow. Never raises; the same text gives the same phrase."""
    if _SYMBOL.fullmatch(text):
        return Phrase(None, "other")
    if _names_either(text[:MAX_LENGTH]):
        return Phrase(None, "other")
    if (call := called(text)) and call[1]:
        # How many zeros are added, a number, is no `padding` of the catalogue.
        params = {name: value for name, value in call[1].items() if name != "padding" or isinstance(value, str)}
        return Phrase(call[0], "layer", params, confidence=0.95)
    if pooling := adaptive_pooling(text[:MAX_LENGTH]):
        return Phrase(pooling[0], "layer", pooling[1], confidence=0.95)
    if card := read_torchview(text[:MAX_LENGTH]):
        room = ", ".join(map(str, (card.output_shape or ())[:-1]))
        pooling = adaptive_pooling(f"{card.name}({room})")
        meant = Phrase(pooling[0], "layer", confidence=0.95) if pooling else parse_name(card.name)
        return replace(meant, output_shape=card.output_shape) if meant.type else meant
    phrase = _parse(text)
    if phrase.type in (None, "Block") and (coded := read_coded(text[:MAX_LENGTH])):
        kind, params, shape = coded
        return Phrase(kind, "layer", params, output_shape=shape, confidence=0.95)
    if phrase.type is None and phrase.role == "other":
        text = text[:MAX_LENGTH]
        if _SPACED.fullmatch(text):
            phrase = _parse(re.sub(r"\s", "", text))
        elif (apart := _apart(text)) != text:
            phrase = _parse(apart)
    open_ = phrase.type == "Block" or (phrase.type is None and phrase.role == "other")
    if open_ and (spelt := respelled(text[:MAX_LENGTH])) != text[:MAX_LENGTH]:
        meant = _parse(spelt)
        if meant.type and (phrase.type is None or meant.type != "Block"):
            return replace(meant, confidence=MISSPELT * meant.confidence)
    return phrase


def _names_either(text: str) -> bool:
    """Whether a text leaves open which of two layers it means ("Decoder or LSTM")."""
    sides = _EITHER.split(text)
    return len(sides) == 2 and len({parse(side).type for side in sides}) == 2


def names_part(text: str) -> bool:
    """Whether a text is the name of a part of a network, whatever the part is made of ("Res blocks", "ResLSTM")."""
    return any(COMPOSITE.search(normalise(spelt)) for spelt in (text, _apart(text[:MAX_LENGTH])))


def parse_name(text: str) -> Phrase:
    """As `parse`, of a text that is known to name a layer: words that else mean many things mean one here ("join")."""
    phrase = parse(text)
    if phrase.type is None and (kind := canonical_type(_bare(normalise(text)))):
        return Phrase(kind, "layer", confidence=0.7)
    return phrase


def _apart(text: str) -> str:
    """The words of a name that is written as one."""
    return _CAMEL.sub(" ", text.replace("ReLU", "Relu"))


def _parse(text: str) -> Phrase:
    plain = normalise(text)
    if not plain:
        return Phrase(None, "other")
    if plain == "σ":  # small it is the sigmoid, large the sum
        sigmoid = Phrase("Activation", "activation", {"activation": "sigmoid"}, confidence=0.9)
        return sigmoid if "σ" in text else Phrase("Add", "operator", confidence=0.95)
    if operator := OPERATORS.get(plain.strip("() ")):
        return Phrase(operator, "operator", confidence=0.7 if plain in ("c", "x", "-") else 0.95)
    if match := _OPERATOR_AND_SIZE.fullmatch(plain):
        sides = [int(side) for side in re.findall(r"\d{1,6}", match[2])][:3]
        shape = tuple(sides) if all(sides) else None
        return Phrase(OPERATORS[match[1]], "operator", output_shape=shape, confidence=0.9)
    if tag := _TAG.fullmatch(plain):
        return Phrase(TAGS[tag[1]], "layer", confidence=0.6)
    if _SENTENCE.search(plain):
        return Phrase(None, "other")
    numbers = read_numbers(plain)
    words = numbers.rest
    main, side = _find(words, MAIN), _find(words, SIDE)
    acts = _find(words, ACTIVATIONS)
    side = [row for row in side if not any(_inside(row, other) for other in main)]
    if LOSS.search(words):
        return Phrase("Output", "output", confidence=0.75)
    whole = not any(row.word.type == "Dense" for row in main) and SYSTEM.search(words)
    if whole or (COMPOSITE.search(words) and (main or not DATA.search(_bare(words)))):
        return Phrase("Block", "layer", output_shape=numbers.size or None, confidence=0.6)
    if not main and not side and (maps := _find(words, MAPS)):
        if "subsampling" in words:  # maximum, mean or a sum with weights: LeNet's figure does not say
            return Phrase("Block", "layer", output_shape=numbers.size or None, confidence=0.6)
        if end := _END.match(words):
            kind, role = ("Input", "input") if end[1] == "in" else ("Output", "output")
            return Phrase(kind, cast(Role, role), output_shape=numbers.size or None, confidence=0.85)
        main = maps
    if main:
        return _layer(main[0].word, numbers, words, _others(main[0], [*main[1:], *side], acts), acts, 0.95)
    if side:
        return _layer(side[0].word, numbers, words, _others(side[0], side[1:], acts), acts, 0.93)
    if acts and numbers.kernel and not _bare(words[: acts[0].start] + words[acts[0].end :]):
        # No activation has a kernel: it is the one of a convolution that is called by its kernel alone.
        return Phrase("Conv2D", "layer", _params("Conv2D", numbers) | acts[0].word.params, confidence=0.75)
    if acts:
        word = acts[0].word
        return Phrase(word.type, "activation", dict(word.params), confidence=0.92)
    return _without_word(plain, numbers, words)


def _find(text: str, vocabulary: Iterable[LayerWord]) -> list[_Found]:
    """The words that occur, in order of the text; where two overlap the stronger one stays."""
    found: list[_Found] = []
    for word in vocabulary:
        for match in word.pattern.finditer(text):
            row = _Found(word, match.start(), match.end())
            if not any(row.start < other.end and other.start < row.end for other in found):
                found.append(row)
    return sorted(found, key=lambda row: row.start)


def _inside(row: _Found, other: _Found) -> bool:
    return other.start <= row.start and row.end <= other.end


def _others(main: _Found, rest: list[_Found], acts: list[_Found]) -> tuple[str, ...]:
    """The further operations of the box, in order. An activation right beside the main operation is a parameter."""
    also: list[tuple[int, str]] = [(row.start, row.word.type) for row in rest if row.word.type != main.word.type]
    if also and "activation" in _parameters(main.word.type):
        for act in acts:
            between = any(main.end <= start < act.start or act.end <= start < main.start for start, _ in also)
            if between:
                kind = act.word.params.get("activation", "")
                also.append((act.start, {"relu": "ReLU", "softmax": "Softmax"}.get(kind, act.word.type)))
    return tuple(kind for _, kind in sorted(also))


def _parameters(kind: str) -> set[str]:
    return {parameter.name for parameter in CATALOGUE[kind].parameters} if kind in CATALOGUE else set()


def _layer(
    word: LayerWord, numbers: Numbers, words: str, also: tuple[str, ...], acts: list[_Found], confidence: float
) -> Phrase:
    kind = word.type
    params = dict(word.params) | _params(kind, numbers)
    inline = [act.word.params.get("activation") for act in acts]
    expanded = any(name in ("ReLU", "Softmax", "Activation", "LeakyReLU", "PReLU") for name in also)
    if inline and inline[0] and not expanded and ("activation" in _parameters(kind) or kind == "Add"):
        params["activation"] = inline[0]
    elif acts and not inline[0] and not expanded:
        also = (*also, acts[0].word.type)
    if kind == "Add" and re.search(r"(?<![a-z])norm(?![a-z])", words):
        also = (*also, "LayerNormalization")
    if kind == "Bidirectional" and (cell := re.search(r"lstm|gru|rnn", words)):
        params["layer"] = {"lstm": "LSTM", "gru": "GRU", "rnn": "SimpleRNN"}[cell[0]]
    shape = numbers.size or None
    if shape and kind == "Dense":
        shape = None
    if shape and len(shape) == 2 and not also and kind in ("Conv2D", "Conv2DTranspose") and "filters" in params:
        shape = (*shape, params["filters"])
    return Phrase(kind, "layer", params, also, shape, confidence)


def _params(kind: str, numbers: Numbers) -> dict[str, Any]:
    """The numbers as the parameters of a type, in the catalogue's names."""
    known = _parameters(kind)
    rank = CATALOGUE[kind].rank if kind in CATALOGUE else None
    params: dict[str, Any] = {}

    def sides(size: tuple[int, ...]) -> list[int]:
        return list(size if len(size) == rank else (size[0],) * (rank or len(size)) if len(set(size)) == 1 else size)

    kernel = "kernel_size" if "kernel_size" in known else "pool_size" if "pool_size" in known else ""
    if numbers.kernel and kernel:
        params[kernel] = sides(numbers.kernel)
    if "size" in known and kind.startswith("UpSampling"):
        factor = numbers.kernel or ((numbers.repeat or numbers.stride or 0,) * 2)
        if factor[0]:
            params["size"] = sides(factor)
    elif numbers.repeat and numbers.repeat > 1:
        params["repeat"] = numbers.repeat
    if numbers.stride and "strides" in known:
        params["strides"] = [numbers.stride] * (rank or 2)
    if numbers.dilation and "dilation_rate" in known:
        params["dilation_rate"] = [numbers.dilation] * (rank or 2)
    if numbers.groups and "groups" in known:
        params["groups"] = numbers.groups
    if numbers.padding and "padding" in known and kind not in ("ZeroPadding2D",):
        params["padding"] = numbers.padding
    if kind == "Dropout" and numbers.rate and numbers.rate < 1:
        params["rate"] = numbers.rate
    count = numbers.filters or numbers.units or _count(kind, numbers)
    if count:
        for name in ("filters", "units", "output_dim"):
            if name in known:
                params[name] = count
    return params


def _count(kind: str, numbers: Numbers) -> int | None:
    """Filters or units where no word says so: the last lone number."""
    if numbers.plain:
        return numbers.plain[-1] or None
    if not any(name in _parameters(kind) for name in ("units",)):
        return None
    # fc1000, dense512: too large for a counter, so it is the size.
    attached = re.search(r"(?:fc|dense|linear|lstm|gru|rnn)[ _-]?(\d{2,6})(?![\d_x.])", numbers.rest)
    return int(attached[1]) if attached and int(attached[1]) >= 10 else None


def _is_part(words: str) -> bool:
    """Whether the last noun, which says what it is, names a part of a network: an "input gate" is a gate."""
    plain = _bare(_BRACKETS.sub(" ", words))
    return any(match.end() == len(plain) for match in BLOCK.finditer(plain))


def _bare(words: str) -> str:
    """The words alone, without signs between them."""
    return re.sub(r"[^\w]+", " ", words.replace("|", " ")).strip()


def _without_word(plain: str, numbers: Numbers, words: str) -> Phrase:
    """Labels that name no layer by a word: sizes, inputs, outputs, blocks, bare kernels."""
    bare = _bare(words)
    size = numbers.size or None
    if (named := _FIELDS.sub(" ", plain)) != plain and (known := canonical_type(_SHAPE.sub(" ", named))):
        return Phrase(known, "layer", confidence=0.9)
    if numbers.kernel and (kind := _WITH_KERNEL.get(bare)):
        return Phrase(kind, "layer", _params(kind, numbers), confidence=0.8)
    part = _is_part(words)
    if INPUT.search(words) and not part:
        lone = numbers.units or (numbers.plain[0] if len(numbers.plain) == 1 else 0)
        shape = size or ((lone,) if lone else None)
        return Phrase("Input", "input", output_shape=shape, confidence=0.9 if "input" in words else 0.7)
    if not bare:
        if numbers.kernel and (numbers.plain or numbers.stride or numbers.groups or numbers.filters or len(plain) <= 6):
            return Phrase("Conv2D", "layer", _params("Conv2D", numbers), confidence=0.75)
        if size or numbers.plain or numbers.units:
            return Phrase(None, "size", output_shape=size, confidence=0.8)
        return Phrase(None, "other")
    if _KERNEL_OF_LETTERS.fullmatch(plain):
        return Phrase("Conv2D", "layer", confidence=0.6)
    if numbers.kernel and set(bare.split()) <= {"stride", "group", "groups", "filters", "f", "maps", "s", "pad"}:
        return Phrase("Conv2D", "layer", _params("Conv2D", numbers), confidence=0.75)
    exact = canonical_type(bare)
    if exact and bare not in _WEAK and exact not in ("Input", "Output", "Block"):
        return Phrase(exact, "layer", _params(exact, numbers), output_shape=size, confidence=0.85)
    if OUTPUT.search(words) and not part:
        return Phrase("Output", "output", output_shape=size, confidence=0.7)
    if BLOCK.search(words) and not DATA.search(bare):
        params = {"pool_size": list(numbers.kernel)} if numbers.kernel and "pool" in words else {}
        if numbers.stride:
            params["strides"] = [numbers.stride] * 2
        return Phrase("Block", "layer", params, output_shape=size, confidence=0.6)
    if LAYER.search(words) and not DATA.search(bare):
        return Phrase("Block", "layer", output_shape=size, confidence=0.5)
    return Phrase(None, "other", output_shape=size, confidence=0.3)
