"""Short forms that tables use where figures have room for words."""

from __future__ import annotations

import re

#: In the order in which they are spelled out.
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"(?i)\bm-?pool(?:ing)?(?![a-z])", "max pool"),
        (r"(?i)\ba-?pool(?:ing)?(?![a-z])", "average pool"),
        (r"^MP(?=$|[ -]?[\d(])", "max pool "),
        (r"^AP(?=$|[ -]?[\d(])", "average pool "),
        (r"(?i)\bsoft-?mx\b", "softmax"),
        (r"(?i)^full(?=$|[ _-]?\d)", "fc"),
        (r"(?i)^ip(?=[ _-]?\d|$)", "fc"),
        (r"(?i)^norm(?:[ _-]?\d)?$", "lrn"),
        (r"(?i)(pool(?:ing)?) *\((\d)\)$", r"\1 \2x\2"),
        (r"(?i)^conn\.?(?: layer)?$", "fully connected"),
        (r"^IN$", "instance norm"),
        (r"^SN$", "SN block"),
        (r"(?i)^mlp (?=\d+ (?:units?|neurons?|nodes?))", "dense "),
        (r"(?i)\bst-?cnn(?![a-z])", "3d conv"),
        (r"(?i)\b(0?\.\d+) (drop-?out)\b", r"\2 \1"),
        (r"(?i)^(\d+)-class(?= soft-?max|$)", r"\1-way"),
        # "Conv-(F=64, K=7, S=1, P=3)": among letters, P is the padding.
        (r"\b([KS]) ?= ?(\d+), ?P ?= ?(\d)\b", r"\1=\2, pad \3"),
        # "Dense (ReLU)": what stands in brackets is no class of a program's, for the word before is one's, too.
        (
            r"(?i)^((?:[a-z]+ )?(?:conv|dense|linear|fc|fully[ -]connected|lstm|gru)\w*)"
            r" ?\((relu|sigmoid|tanh|softmax|elu|l(?:eaky )?relu)\)$",
            r"\1, \2",
        ),
        (r"(?i)\bds-?conv", "separable conv"),
        (r"(?i)\bconv(?:\dd)?[ _-]?transposed?\b|\bconv(?:2d)?[ _-]?t\b", "deconv"),
        (r"(?i)\bconv(?:2d)?_transpose(?=_\d)", "deconv"),
        (r"(?i)\bgaussian noise\b.*", "GaussianNoise"),
        (r"(?i)\badditive (?=gaussiannoise)", ""),
        (r"(?i)\bfully?[ -]conn(?:ect(?:ion)?)?\b\.?", "fully connected"),
        (r"(?i)^global[ -]?pool(?:ing)?$", "global average pool"),
        (r"(?i)\bst\. ?(?=\d)", "stride "),
        (r"(?i)['\"‘’“”](same|valid)['\"‘’“”]", r"\1"),
        (r"(?i)\bb-?norm\b", "batch norm"),
        (r"(?i)\bres-?bl(?:oc)?ks?\b", "residual block"),
        (r"(?i)\bgd-?conv", "depthwise conv"),
        # A convolution without an activation, and one that makes its map larger.
        (r"(?i)\blinear (?=(?:depthwise )?\w*conv)", ""),
        (r"(?i)(?<![a-z])conv\w*\.? ?↑", "deconv"),
        (r"(?i)\bconv, (?=\d{1,2}x\d)", "conv "),
        # Beside a step, f is the side of the filter.
        (r"(?i)\bf ?= ?(\d{1,2})(?=,? ?s ?=)", r"k: \1"),
        (r"(?i)\bk(\d{1,2})n(\d{1,4})s(\d)\b", r"k:\1, c:\2, s:\3"),
        (r"\bm ?= ?(\d{1,5})\b", r"\1 filters"),
        # "3x3 @ 64": the kernel and how many there are.
        (r"(?<![\dx.])(\d{1,2}x\d{1,2}) ?@ ?(\d{1,4})(?![\dx])", r"conv \1, \2"),
        (r"(?i)\bconv (\d)-(\d{2,4})\b", r"conv\1-\2"),
        (r"(?i)\b((?:max|avg|average|mean)[ -]?pool(?:ing)?) (\d)$", r"\2x\2 \1"),
        (r"(?i)(pool(?:ing)?) *\((\d{1,2}), ?(\d{1,2})\)", r"\1 \2x\3"),
        (r"^NIN(?=,|$)", "NIN block"),
        (r"^(?:DCONV|FCONV)(?=-\()", "deconv"),
        (r"(?i)\bconv(\d)-(\d{1,4})-(\d)\b", r"conv \1x\1, \2"),
        (r"(?i)\bfull[ -]conv(?:olution)?\b", "deconv"),
        (r"(?i)^shortcut(?: -?\d+)?$", "add"),
        (r"(?i)^route \d+[ ,]+\d+$", "concat"),
        (r"(?i)^route (\d+)$", r"module of \1"),
        # "(7x7x3, 2)": the kernel as deep as what goes in, and its step.
        (r"\((\d{1,2}x\d{1,2})x\d{1,4}, ?([1-4])\)", r"\1, stride \2"),
        (r"(?i)^up ?\(?(?:[x×] ?(\d)|(\d) ?[x×])\)?$", "upsampling"),
        (r"(?i)^cat$", "concat"),
        (r"^(\d{1,4}) ?@ ?(\d{1,2}x\d{1,2}) ?(?=/ ?\d|,? ?s)", r"conv \2, \1 "),
        # "Conv 32@5x5".
        (r"(?i)\b(conv\w*) (\d{1,4}) ?@ ?(\d{1,2}x\d{1,2})\b", r"\1 \3, \2"),
        # "Conv(3, 64, 4, 2, 1)", as PyTorch's classes have it: in, out, kernel, step, padding.
        (
            r"(?i)\b(\w*conv\w*) ?\(\d{1,4}, ?(\d{1,4}), ?(\d{1,2}), ?(\d), ?(\d)\)",
            r"\1 \2 filters, kernel \3, stride \4, pad \5",
        ),
        # "Conv(64, 5, 5)" and "Conv(64, 5x5, 2)": how many, the kernel, its step.
        (r"(?i)\b(\w*conv\w*) ?\((\d{1,4}), ?(\d{1,2}), ?(\d{1,2})\)", r"\1 \3x\4, \2 filters"),
        (r"(?i)\b(\w*conv\w*) ?\((\d{1,4}), ?(\d{1,2}x\d{1,2}), ?(\d)\)", r"\1 \3, \2 filters, stride \4"),
        # "2x3, (1, 2), 16": the kernel, its steps, how many there are.
        (r"^(\d{1,2}x\d{1,2}), ?\((\d), ?(\d)\)", r"\1, stride (\2, \3)"),
        # "d7x7, 96": a depthwise kernel.
        (r"(?<![A-Za-z\d])d(\d{1,2}x\d{1,2})(?![\dx])", r"depthwise conv \1"),
        (r"^[x×] ?(\d) (?=(?:max |avg )?pool)", r"\1x\1 "),
        # "[80/4, 256]": a window over a line, its stride, how many; so is "[3, 256]".
        (r"^\[(\d{1,3})/(\d{1,2}), ?(\d{1,5})\]$", r"1d conv kernel \1, stride \2, \3 filters"),
        (r"^\[(\d{1,3}), ?(\d{1,5})\]$", r"1d conv kernel \1, \2 filters"),
    )
)
#: "CONV-(N64, K7x7, S1, P3)".
_LETTERED = re.compile(r"[-_ ]*\((?:[NKSP]\d+(?:x\d+)?(?:, ?|(?=\))))+\)")
_LETTERS = {"N": "{} filters", "K": "kernel {}", "S": "stride {}", "P": "pad {}"}


def spelled(text: str) -> str:
    """The text of a cell with its short forms in words."""
    for pattern, told in _FORMS:
        text = pattern.sub(told, text)
    return _LETTERED.sub(_worded, text).strip()


def _worded(match: re.Match[str]) -> str:
    values = re.findall(r"([NKSP])(\d+(?:x\d+)?)", match[0])
    return " " + ", ".join(value if "x" in value else _LETTERS[letter].format(value) for letter, value in values)
