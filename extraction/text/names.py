"""Hyper-parameters whose value is a name: optimizers, losses, initialisers, data sets; and sizes of inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extraction.text.measures import Found
from extraction.text.numbers import NUMBER, said, value


def _words(rows: dict[str, str], flags: int = 0) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])", flags)) for name, pattern in rows.items())


OPTIMIZERS = _words(
    {
        "adamw": r"AdamW",
        "adam": r"Adam|ADAM",
        "adamax": r"Ada[Mm]ax",
        "nadam": r"N[Aa]dam",
        "rmsprop": r"RMS-?[Pp]rop(?:Optimizer)?|rmsprop",
        "adagrad": r"Ada[Gg]rad|ADAGRAD",
        "adadelta": r"Ada[Dd]elta|ADADELTA",
        "lbfgs": r"L-?BFGS",
        "lamb": r"LAMB",
        "sgd": r"SGD|[Ss]tochastic [Gg]radient(?: [Dd]escent)?|mini-?batch gradient descent",
    }
)
LOSSES = _words(
    {
        "binary_crossentropy": r"binary cross[ -]?entropy|(?:sigmoid|logistic) cross[ -]?entropy|BCE",
        "categorical_crossentropy": r"(?:softmax )?cross[ -]?entropy|softmax loss"
        r"|multinomial logistic (?:loss|regression)"
        r"|negative log[ -]?likelihood|log[ -]?likelihood|log probability|log loss",
        "mean_squared_error": r"mean[ -]squared?[ -]errors?|squared error|MSE|euclidean loss|L2 loss|l2 loss",
        "mean_absolute_error": r"mean[ -]absolute[ -]errors?|MAE|L1 loss",
        "huber": r"smooth L1(?: loss)?|huber loss",
        "hinge": r"hinge loss",
        "triplet": r"triplet loss",
        "contrastive": r"contrastive loss",
        "ctc": r"CTC(?: loss)?|connectionist temporal classification",
        "dice": r"dice loss",
        "focal": r"focal loss",
    },
    re.IGNORECASE,
)
#: Data sets whose name papers print without the word "data set".
DATASETS = _words(
    {
        "MNIST": r"MNIST",
        "Fashion-MNIST": r"Fashion-?MNIST",
        "CIFAR-10": r"CIFAR-?10",
        "CIFAR-100": r"CIFAR-?100",
        "SVHN": r"SVHN",
        "ImageNet": r"ImageNet|ILSVRC(?:[- ]?20\d\d)?",
        "COCO": r"(?:MS[- ]?)?COCO",
        "PASCAL VOC": r"(?:PASCAL )?VOC(?: ?20\d\d)?",
        "Cityscapes": r"Cityscapes",
        "CamVid": r"CamVid",
        "KITTI": r"KITTI",
        "SUN RGB-D": r"SUN RGB-?D",
        "ADE20K": r"ADE20K",
        "Places": r"Places(?:205|365|2)",
        "Penn Treebank": r"Penn Tree ?[Bb]ank|PTB",
        "WikiText-103": r"WikiText-?103",
        "Text8": r"[Tt]ext8",
        "bAbI": r"bAbI",
        "SQuAD": r"SQuAD(?: ?[12]\.[01])?",
        "IMDB": r"IMDB",
        "CNN/Daily Mail": r"CNN ?/ ?Daily ?Mail",
        "GLUE": r"GLUE",
        "BooksCorpus": r"Books?Corpus",
        "TIMIT": r"TIMIT",
        "LibriSpeech": r"LibriSpeech",
        "Switchboard": r"Switchboard",
        "CASIA-WebFace": r"CASIA[- ]?Web-?[Ff]ace",
        "MS-Celeb-1M": r"MS-Celeb-1M",
        "LFW": r"LFW|Labeled Faces in the Wild",
        "CelebA": r"CelebA",
        "Synth90k": r"Synth ?90k",
        "MovieLens": r"MovieLens",
        "UCF-101": r"UCF-?101",
        "Kinetics": r"Kinetics",
        "NYUv2": r"NYU(?:D| ?Depth)? ?v?2",
        "MPII": r"MPII",
        "LSUN": r"LSUN",
        "Omniglot": r"Omniglot",
    }
)
_WMT = re.compile(
    r"WMT ?'?(?:20)?(?P<year>\d\d) (?P<a>English|German|French)(?: to |[- ]?-?)(?P<b>German|French|English)"
)
_OWN_USE = re.compile(
    r"\b(?:train|optimi[sz]|minimi[sz]|maximi[sz]|we (?:use|adopt|employ|apply)|us(?:ed|ing)|perform|achieved|earlier)",
    re.IGNORECASE,
)
_OBJECTIVE = re.compile(r"\b(?:loss|objective|minimi[sz]|maximi[sz]|criterion|cost)", re.IGNORECASE)
_LEARNING = re.compile(r"\b(?:train|learn|minimi[sz]|maximi[sz]|optimi[sz]|define|objective|use)", re.IGNORECASE)
_INITIAL = re.compile(r"\binitiali[sz]|\bis drawn|\bare drawn|\bsampled from|\bstd of\b", re.IGNORECASE)
_DEVIATION = re.compile(
    rf"(?:std\.?(?: ?dev\.?)?|standard deviation|σ|stddev)(?: of| is|:)? ?=? ?({NUMBER})"
    rf"|({NUMBER}) (?:standard deviation|std)|\band ({NUMBER}) for",
    re.IGNORECASE,
)
_NORMAL = re.compile(rf"\bN ?\( ?({NUMBER}), ?({NUMBER}) ?\)")
_UNIFORM = re.compile(
    rf"uniform\w*(?: \w+){{0,6}}? (?:between|in|from|over|of|range)"
    rf"(?: the)?(?: range)?(?: of)? ?[\[(]?(-? ?{NUMBER})(?:,"
    rf"| and| to) ?(\+?{NUMBER})",
    re.IGNORECASE,
)
_GAUSSIAN = re.compile(r"gaussian|normal distribution|\bstd\b|standard deviation", re.IGNORECASE)
_PRETRAINED = re.compile(
    r"initiali[sz]\w+ [^.]{0,80}?(?:copying (?:the )?parameters of an? |pre-?trained (?:on (?:the )?)?)([A-Z][\w-]+)"
)
_SMOOTHING = re.compile(rf"label[ -]smoothing\b[^.;\d]{{0,50}}?({NUMBER})", re.IGNORECASE)
_PENALTY = re.compile(rf"\b[Ll]([12])[- ](?:regulari[sz]\w*|penalty)\b[^.;\d]{{0,40}}?({NUMBER})")
_NO_REGULARIZER = re.compile(r"\b(?:not use any(?: form of)?|no) regulari[sz]", re.IGNORECASE)
_SIZE = re.compile(r"(?<![\d.])(\d{2,4}) ?x ?(\d{2,4})(?: ?x ?([1-4])(?!\d))?(?![\d.%])")
_INPUT = re.compile(r"\binputs?\b|\bcrop|resiz|\bimages? (?:of|are|is|with)|\bdownsampl|\bpixels?\b", re.IGNORECASE)
_USED = re.compile(
    r"train|evaluat|experiment|\buse|test|consist|perform|benchmark|data ?set|corpus|contain", re.IGNORECASE
)


def find(text: str) -> Iterator[Found]:
    """All named hyper-parameters of a plain sentence (see `numbers.plain`)."""
    if _OWN_USE.search(text):
        for name, pattern in OPTIMIZERS:
            if pattern.search(text):
                yield "optimizer", name
    if _OBJECTIVE.search(text) and _LEARNING.search(text):
        for name, pattern in LOSSES:
            if pattern.search(text):
                yield "loss", name
                break
    if _INITIAL.search(text):
        yield from (("initializer", name) for name in _initializers(text))
    yield from _regularizers(text)
    if _INPUT.search(text):
        yield from _input_sizes(text)
    if _USED.search(text):
        yield from (("dataset", name) for name in _datasets(text))


def _initializers(text: str) -> Iterator[str]:
    found = False
    if re.search(r"\bXavier\b|\bGlorot\b(?! (?:and|&|et))", text, re.IGNORECASE):
        yield "glorot"
    if re.search(r"\bKaiming\b|\bMSRA\b|\bHe (?:initiali|normal|et al)", text):
        yield "he_normal"
    if re.search(r"\borthogonal", text, re.IGNORECASE):
        yield "orthogonal"
    if match := _NORMAL.search(text):
        found = True
        yield f"random_normal({said(value(match[1]))}, {said(value(match[2]))})"
    elif _GAUSSIAN.search(text):
        for match in _DEVIATION.finditer(text):
            found = True
            yield f"random_normal(stddev={said(value(match[1] or match[2] or match[3]))})"
        if not found and re.search(r"gaussian|normal distribution", text, re.IGNORECASE):
            yield "random_normal"
    if match := _UNIFORM.search(text):
        low = match[1].replace(" ", "")
        lowest = -value(low[1:]) if low.startswith("-") else value(low)
        yield f"random_uniform({said(lowest)}, {said(value(match[2].lstrip('+')))})"
    if match := _PRETRAINED.search(text):
        yield f"pretrained {match[1]}"


def _regularizers(text: str) -> Iterator[Found]:
    if match := _SMOOTHING.search(text):
        yield "regularizer", f"label_smoothing {said(value(match[1]))}"
    for match in _PENALTY.finditer(text):
        yield "regularizer", f"l{match[1]}({said(value(match[2]))})"
    if _NO_REGULARIZER.search(text):
        yield "regularizer", "none"


def _input_sizes(text: str) -> Iterator[Found]:
    """Height x width, with channels where they or the colours are printed."""
    for match in _SIZE.finditer(text):
        height, width = int(match[1]), int(match[2])
        if min(height, width) < 24 or max(height, width) > 1500:
            continue
        near = text[max(0, match.start() - 70) : match.end() + 70]
        if not _INPUT.search(near):
            continue
        before = text[max(0, match.start() - 25) : match.start()]
        if re.search(
            r"(?:from|original\w*|aligned to|resolution for \w+ \w+ is|grid|kernel|filter|feature maps?) ?(?:of )?$",
            before,
            re.IGNORECASE,
        ):
            continue
        channels = match[3]
        if channels is None and re.search(r"\bRGB\b|\bcolou?r", text):
            channels = "3"
        elif channels is None and re.search(r"\bgr[ae]y", text, re.IGNORECASE):
            channels = "1"
        yield "input_size", f"{height}x{width}" + (f"x{channels}" if channels else "")


def _datasets(text: str) -> Iterator[str]:
    for pair in _WMT.finditer(text):
        yield f"WMT 20{pair['year']} {pair['a']}-{pair['b']}"
    for name, pattern in DATASETS:
        if pattern.search(text):
            year = (
                re.search(r"(?:ImageNet|ILSVRC)[ -]?(20\d\d)|(20\d\d) ImageNet", text) if name == "ImageNet" else None
            )
            yield f"ImageNet {year[1] or year[2]}" if year else name
