"""The words for layers as papers print them.

The layer catalogue knows what a whole label may say (`canonical_type`). Here stand the words that mean a layer also in
the midst of others ("3x3 conv, 64"), strongest first, and those that must not be taken for one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LayerWord:
    pattern: re.Pattern[str]
    type: str
    params: dict[str, Any] = field(default_factory=dict)


def _words(*rows: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> tuple[LayerWord, ...]:
    return tuple(
        # A digit or an underscore may follow at once ("conv1_2", "fc6"), a letter may not ("convergence").
        LayerWord(re.compile(rf"(?<![a-z])(?:{row[0]})(?![a-z])"), row[1], row[2] if len(row) == 3 else {})
        for row in rows
    )


_CONV = r"conv(?:\.|s|olutions?|olutional(?: layers?)?| layers?)?"
_TRANSPOSED = r"tr(?:ans(?:posed?)?)?"
_CELLS = r"(?: layers?| cells?| units?)?"

#: What computes: where several stand in one box, the first of these is what the box is.
MAIN = _words(
    (rf"{_CONV}[ -]?lstm(?: ?2d)?", "ConvLSTM2D"),
    (r"masked (?:multi-?head )?(?:self-)?attention", "MultiHeadAttention"),
    (r"multi-?head (?:self-)?attention|mha|msa|self-attention|self attention", "MultiHeadAttention"),
    # Of what it attends to; that of space or channels is a module of its own.
    (
        r"(?:visual|textual|temporal|word|sentence|soft|hard|local|global|hierarchical|content-based) attention"
        r"(?! (?:maps?|weights?|scores?|masks?|vectors?))",
        "Attention",
    ),
    (rf"(?:depth-?wise|dw|dwise)[ -]?separable[ -]?{_CONV}|sep(?:arable)?[ -]?{_CONV}", "SeparableConv2D"),
    # Of sums, products and networks it says no more than where they work.
    (rf"(?:depth-?wise|dw|dwise)[ -]?{_CONV}|(?:depth-?wise|dwise)(?! ?[a-z])", "DepthwiseConv2D"),
    *(
        (
            rf"(?:de|up|trans(?:posed?)?)[ -]?{_CONV} ?{axes}d|{axes}-?d (?:de|up|trans(?:posed?)?)[ -]?{_CONV}"
            rf"|{_CONV}[ -]?{_TRANSPOSED}[ -]?{axes}d"
            rf"|{_CONV} ?{axes}d[ -]?{_TRANSPOSED}",
            f"Conv{axes}DTranspose",
        )
        for axes in (1, 3)
    ),
    (
        rf"(?:de|up|trans|transposed?|fractionally[ -]strided|backwards?)[ -]?{_CONV}(?: ?2d)?"
        rf"|{_CONV}(?: ?2d)?[ -]?{_TRANSPOSED}(?: ?2d)?",
        "Conv2DTranspose",
    ),
    (rf"3-?d[ -]?{_CONV}|{_CONV} ?3d", "Conv3D"),
    (rf"1-?d[ -]?{_CONV}|(?:temp(?:oral|\.)?|(?:dilated )?causal)[ -]?{_CONV}|{_CONV} ?1d", "Conv1D"),
    (rf"(?:g|pw|group(?:ed)?|dilated|atrous|astrous|masked|strided|local|lc)?[ -]?{_CONV}(?: ?2d)?", "Conv2D"),
    (
        rf"(?:bi|b)-?(?:directional )?[ -]?(?:lstm|gru|rnn)s?|bidirectional[ -](?:lstm|gru|rnn)s?{_CELLS}"
        r"|bi-?directional recurrent layers?",
        "Bidirectional",
    ),
    (rf"(?:stacked )?lstms?{_CELLS}", "LSTM"),
    (rf"grus?{_CELLS}", "GRU"),
    (rf"rnns?{_CELLS}|recurrent layers?", "SimpleRNN"),
    (r"(?:\w+ )?embed(?:ding)?s?(?: layers?)?|look-?ups?(?: tables?| layers?)?", "Embedding"),
    (
        r"fc(?!n)[a-z]?(?:-?layers?)?|(?:fully[ -]?)?connected(?: layers?)?|full[ -]connections?|dense(?: layers?)?"
        r"|linear(?! svm|[ -]scale)(?: layers?)?|inner[ -]?product|hidden (?:layers?|cells?|units?)"
        r"|gaussian connections?",
        "Dense",
    ),
)

#: What a convolution gives, so it says that one is meant where no other operation is named beside it.
MAPS = _words((r"(?:f\.|feat\.|feature) ?maps?", "Conv2D"))

_EACH = r"(?:(?:(?:elem(?:ent)?\.?|point)[ -]?wise|eltwise)[ -]?)"
_POOL = r"pool(?:ing)?(?: layers?)?"
_AXES = {1: "(?:1-?d|temp(?:oral|\\.)?)", 3: "3-?d"}
_POOLINGS = {"Max": "max", "Average": "(?:avg|average|mean|ave)"}

#: What may stand beside a main operation in its box; alone it is a layer of its own.
SIDE = _words(
    *(
        (
            rf"{_AXES[axes]} {before}{word}[ .-]*{_POOL}|{before}{word}[ .-]*{_POOL} ?{axes}-?d",
            f"{kind}{name}Pooling{axes}D",
        )
        for axes in (1, 3)
        for name, word in _POOLINGS.items()
        for before, kind in (("global[ -]?", "Global"), ("", ""))
    ),
    (
        r"global[ -](?:avg|average|mean)[ .-]*pool(?:ing)?|global averaging|gap"
        r"|(?:avg|average)[ -]?pool(?:ing)? global",
        "GlobalAveragePooling2D",
    ),
    (r"global[ -]max[ -]?pool(?:ing)?|gmp", "GlobalMaxPooling2D"),
    (
        r"max(?:[ -]pool(?:ing)?)?[ -]over[ -](?:time|sequence)(?:[ -]pool(?:ing)?)?",
        "GlobalMaxPooling1D",
    ),
    # The k largest of a row are no window's.
    (r"(?<!k-)(?<!k )max[ .-]*pool(?:ing)?(?: ?2d)?|maxp|max[ -]?sampling", "MaxPooling2D"),
    (r"(?:avg|average|mean|ave)[ .-]*pool(?:ing)?(?: ?2d)?|avgp", "AveragePooling2D"),
    (r"un[ -]?pool(?:ing)?|up[ _-]?sampl(?:e|ed|ing)(?: ?2d)?|bilinear interpolat(?:e|ion)", "UpSampling2D"),
    (r"(?:filter |depth ?)?concate?(?:nat(?:e|ed|ion))?", "Concatenate"),
    (rf"{_EACH}(?:product|prod|mul(?:t|tiply|tiplication)?)|multiply|hadamard product", "Multiply"),
    # Not what a layer is summed or pooled by.
    (
        rf"{_EACH}?(?:addition|add|sum(?! over))|eltwise"
        r"|(?:weighted |temporal )?sum(?:mation)?(?! ?-?(?:of|over|pool))",
        "Add",
    ),
    (r"batch[ -]?norm(?:ali[sz]ation)?|bn", "BatchNormalization"),
    (r"layer[ -]?norm(?:ali[sz]ation)?|ln", "LayerNormalization"),
    (r"group[ -]?norm(?:ali[sz]ation)?|gn", "GroupNormalization"),
    (r"lrn|r-?norm|(?:local )?response norm(?:ali[sz]ation)?|local(?: contrast)? norm(?:ali[sz]ation)?", "LRN"),
    (r"spatial[ -]drop-?out", "SpatialDropout2D"),
    (r"drop-?out(?: layers?)?", "Dropout"),
    (r"flatten(?:ing)?", "Flatten"),
    (r"reshaped?", "Reshape"),
    (r"zero[ -]?pad(?:ding)?", "ZeroPadding2D"),
    (r"crop(?:ping)?", "Cropping2D"),
)

ACTIVATIONS = _words(
    (r"(?:log[ -])?soft-?max(?: layers?| classifier)?", "Activation", {"activation": "softmax"}),
    (r"leaky(?:[ -]?relu)?|l-?relu", "LeakyReLU"),
    (r"p(?:arametric)?[ -]?relu", "PReLU"),
    (r"relu-?6", "Activation", {"activation": "relu6"}),
    (r"re-?lus?|rectified linear(?: units?)?", "Activation", {"activation": "relu"}),
    (r"h(?:ard)?[ -]?(?:swish|silu)", "Activation", {"activation": "hard_silu"}),
    (r"h(?:ard)?[ -]sigmoid", "Activation", {"activation": "hard_sigmoid"}),
    (r"sigmoid", "Activation", {"activation": "sigmoid"}),
    (r"tanh|tan-?h", "Activation", {"activation": "tanh"}),
    (r"elu", "Activation", {"activation": "elu"}),
    (r"selu", "Activation", {"activation": "selu"}),
    (r"gelu", "Activation", {"activation": "gelu"}),
    (r"silu|swish", "Activation", {"activation": "silu"}),
    (r"soft-?plus", "Activation", {"activation": "softplus"}),
)

#: A named part whose inside is not shown: whatever stands beside the noun, the whole is a `Block`.
_PARTS = (
    r"blocks?|modules?|stages?|models?|branch(?:es)?|backbone|encoders?|decoders?|stacks?|towers?|generators?"
    r"|discriminators?"
    # All names of networks end so, but those of some sets of data do, too.
    r"|(?!(?:image|word|shape|model|inter)-?net)[a-z]*-?net(?:work)?s?(?:-?v?\d+)?|[a-z]*-?cnns?"
    # Its neighbours are those of a graph.
    r"|graph[ -]conv(?:olution(?:al)?)?s?(?: layers?)?|gcns?"
    # Whatever calls a network of its own after the kind of another ("CRF-RNN").
    r"|(?!(?:bi|lstm|gru)-)[a-z]{2,}-rnns?|(?:fused-)?mb-?conv|res(?=[ -])"
)
BLOCK = re.compile(
    rf"(?<![a-z])(?:{_PARTS}|units?|heads?|necks?|stem|columns?|bottlenecks?|transition|reduction"
    r"|gates?|gating|critic|controller|highway|squeeze|excitation|glu"
    r"|classifiers?|detectors?|extractors?|(?:pre-?|post-?)process(?:or|ing)?|sampl(?:er|ing)"
    r"|res-?ne(?:x?t)(?:-?\d+)?|vgg(?:-?net)?(?:-?\d+)?|inception(?:-?v\d)?|xception|fire|fcn|rpn|fpn|dnns?"
    r"|d?cgan|gans?|s?vaes?|mlps?|perceptrons?|ffnn?|feed[ -]?forward|attention|pool(?:ing)?"
    r"|sub-?sampling|down-?sampl(?:e|ing)|a?spp"
    r"|roi[ -]?(?:pool(?:ing)?|align)|normali[sz](?:e|ation)|norm|maxout|shuffle|split|scale|shift|transformers?|bert"
    r"|gpt|vit|yolo(?:-?v?\d)?|ssd|auto-?encoder|svms?|crf|ctc|stn|cbam|k-?nn|k-?means|viterbi|nms"
    r"|non-?max\w* suppression|beam search)(?![a-z])"
)
#: Something that is called a layer, after no operation.
LAYER = re.compile(r"(?<![a-z])layers?(?![a-z])")
#: Nouns of `BLOCK` that make a block also of a phrase with a layer's word ("conv stage 1", "LSTM decoder").
COMPOSITE = re.compile(rf"(?<![a-z])(?:{_PARTS})(?![a-z])")
#: Words that do so but of full connections: a "hidden unit" is of a layer, and so are LSTM units.
SYSTEM = re.compile(
    r"(?<![a-z])(?:(?<!lstm )(?<!gru )(?<!rnn )units?|deep"
    # What a step of a whole system does, whatever does it.
    r"|learning|extract(?:or|ion)|fusion|estimation|recognition|(?:pre|post)-?process(?:or|ing))(?![a-z])"
)
#: What comes out of a part: a phrase that ends so names no part ("encoder states").
DATA = re.compile(r"(?<![a-z])(?:features?|vectors?|maps?|masks?|weights?|scores?|states?|codes?|representations?)$")
INPUT = re.compile(
    r"(?<![a-z])(?:inputs?|(?:input |raw )?images?|pictures?|photos?|data|previous layer|prev(?:ious)?\.? layer"
    r"|training samples?|source (?:text|sentence)|sequence of words|frames?|video|waveform|spectrogram)(?![a-z])|输入"
    # As a word among others it says where something is.
    r"|^\W*in\W*$"
)
OUTPUT = re.compile(
    r"(?<![a-z])(?:outputs?|predictions?|predicted|(?:\w+ )?loss|results?|probabilit(?:y|ies)|scores?|score map|labels?"
    r"|class(?:es)?|out|next layer|target)(?![a-z])|输出"
)
#: An objective is where a drawn network ends, whatever it is made of ("softmax loss").
LOSS = re.compile(r"(?<![a-z])(?:loss(?:es)?|cross[ -]entropy|mse)(?![a-z])")
#: LeNet's way of numbering: C1 is a convolution, F6 a full connection; S2 subsamples in a way that isn't said.
TAGS = {"c": "Conv2D", "f": "Dense", "s": "Block", "p": "Block"}

OPERATORS = {
    "+": "Add", "⊕": "Add", "sum": "Add", "∑": "Add", "x": "Multiply", "*": "Multiply", "⊗": "Multiply",
    "⊙": "Multiply", "⊖": "Subtract", "-": "Subtract", "||": "Concatenate", "c": "Concatenate", "©": "Concatenate",
}  # fmt: skip
