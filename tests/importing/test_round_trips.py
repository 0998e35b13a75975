"""Flow -> file -> flow: the same network again, or the loss has a name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import sandbox
from extraction.codegen import Refusal, generate, generate_completed
from extraction.flow.complete import complete
from extraction.flow.model import Flow
from extraction.importing.caffe import read
from extraction.importing.keras import read_config
from tests.codegen.samples import Sample, chain, of_types, samples
from tests.importing.essence import described, essence, fingerprint

#: What Caffe says in other words, which come back as other layers that do the same.
OTHER_WORDS_IN_CAFFE = {
    "SeparableConv2D": "two convolutions",
    "GlobalMaxPooling2D": "a pooling that keeps its axes, and a Flatten",
    "GlobalAveragePooling2D": "a pooling that keeps its axes, and a Flatten",
    "Resizing": "a transposed convolution with fixed weights",
    "RepeatVector": "the same blob again and again",
    "Minimum": "the opposite of the largest of the opposites",
    "Reshape": "values in another order of axes",
    "TimeDistributed": "an InnerProduct along the last axis",
    "LayerScale": "a Scale without normalisation",
    "Normalization": "a Power",
    "AdaptiveMaxPooling2D": "a pooling of even windows",
    "AdaptiveAveragePooling2D": "a pooling of even windows",
    "Block": "nothing: its input passes",
    "Unknown": "nothing: its input passes",
}
#: The same of settings of single layers: hard activations are sums of clips; borders that Caffe can't put on one side
#: are cut off; a group of each channel alone is a depthwise convolution; a product with a vector is a Scale.
HARD = ("hard_sigmoid", "hard_swish", "hard_silu", "log_softmax", "log_sigmoid")


PASSES = ("Input", "Output", "Identity", "Block", "Unknown")


def _other_words(sample: Sample, source: str) -> str | None:
    kind, params, shapes = sample
    if kind in OTHER_WORDS_IN_CAFFE:
        return OTHER_WORDS_IN_CAFFE[kind]
    if params.get("activation") in HARD:
        return "sums of clips"
    if kind == "Dense" and len(shapes[0]) > 1:
        return "a convolution of size 1"
    if (
        kind.startswith("Cropping")
        or ("Slice" in source and kind != "Slice")
        or "SHIFTED" in source
        or "pixel ahead" in source
    ):
        return "parts that are cut off"
    if "Pooling2D" in kind and params.get("padding", "valid") != "valid":
        return "a border on both sides"
    if kind == "Conv2D" and params.get("groups") == shapes[0][-1]:
        return "a depthwise convolution"
    if len(set(shapes)) > 1 and kind == "Multiply":
        return "a Scale"
    return None


def _in_pixels(sample: Sample) -> bool:
    """A padding in pixels with steps: layers of zeros, which Keras's own padding is not."""
    return isinstance(sample[1].get("padding"), int) and "strides" in sample[1]


def _one_step(sample: Sample) -> bool:
    """A cell without states: in Keras a sequence of one step."""
    return sample[0].endswith("Cell") and len(sample[2]) == 1


def _name(sample: Sample) -> str:
    return f"{sample[0]} {sample[1]} {sample[2]}"


def test_every_layer_that_caffe_has_comes_back() -> None:
    """Each type of the catalogue in the settings that matter; those that come back otherwise are told apart above."""
    same, wrong = 0, []
    for sample in samples():
        completion = of_types([sample])
        if _in_pixels(sample):
            continue
        try:
            code = generate_completed(completion.flow, completion, "caffe")
        except Refusal:
            continue
        if sample[0] in PASSES or sample[1].get("activation") == "linear":
            continue  # no layer is written
        back = read(code.source).flow
        if fingerprint(back) == fingerprint(completion.flow):
            same += 1
        elif _other_words(sample, code.source) is None:
            wrong.append((_name(sample), described(essence(completion.flow)), described(essence(back))))
    assert not wrong
    assert same > 30


TO_JSON = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
from extraction.sandbox.source import load_source
result = []
for index, (source, builders) in enumerate(given):
    module = load_source(source, f"net{index}")
    result.append([getattr(module, build)().to_json() for build in builders])
"""
#: Settings that Keras's config says in other words, or not at all.
OTHER_WORDS_IN_KERAS = {
    "Block": "its input passes",
    "Unknown": "its input passes",
    "EinsumDense": "sizes that follow from the input are written out",
    **dict.fromkeys(
        ("LRN", "AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold", "MVN", "Slice", "Bias", "ArgMax"),
        "a layer that the file defines, which comes back as Unknown",
    ),
    "UnitNormalization": "its axis is counted anew",
    "LayerScale": "a layer that the file defines, which comes back as Unknown",
    "StochasticDepth": "a layer that the file defines, which comes back as Unknown",
}


def test_every_layer_comes_back_from_keras() -> None:
    """Code is written and built, the model's own config is read: each layer as it was."""
    chosen = [
        sample
        for sample in samples()
        if sample[0] not in OTHER_WORDS_IN_KERAS and not _in_pixels(sample) and not _one_step(sample)
    ]
    kept, payload = [], []
    for sample in chosen:
        completion = of_types([sample])
        try:
            code = generate_completed(completion.flow, completion, "keras")
        except Refusal:
            continue
        kept.append((sample, completion.flow))
        payload.append([code.source, [model.entry for model in code.models]])
    answer = sandbox.run(
        "extraction.sandbox.source:evaluate", {"source": TO_JSON, "given": payload}, limits=sandbox.Limits(seconds=300)
    )
    wrong = []
    for (sample, flow), configs in zip(kept, answer, strict=True):
        back = read_config(configs[0]).flow
        if len(configs) == 1 and fingerprint(back) != fingerprint(flow):
            wrong.append((_name(sample), described(essence(flow)), described(essence(back))))
    assert not wrong
    assert len(kept) > 100


SIZES = st.sampled_from([1, 3, 5])
LAYERS = st.one_of(
    st.builds(
        lambda f, k, p, d, b: (
            "Conv2D", {"filters": f, "kernel_size": k, "padding": p, "dilation_rate": d, "use_bias": b}
        ),
        st.sampled_from([2, 4]), SIZES, st.sampled_from(["same", "valid"]), st.sampled_from([1, 2]), st.booleans(),
    ),
    st.builds(lambda k: ("DepthwiseConv2D", {"kernel_size": k, "padding": "same"}), SIZES),
    st.builds(lambda k: ("MaxPooling2D", {"pool_size": k, "strides": 1, "padding": "same"}), SIZES),
    st.builds(lambda k: ("AveragePooling2D", {"pool_size": k, "strides": k}), st.sampled_from([1, 2])),
    st.builds(lambda e: ("BatchNormalization", {"epsilon": e, "scale": True}), st.sampled_from([1e-3, 1e-5])),
    st.builds(lambda p: ("ZeroPadding2D", {"padding": p}), st.integers(1, 3)),
    st.builds(lambda r: ("Dropout", {"rate": r}), st.sampled_from([0.25, 0.5])),
    st.builds(lambda a: ("ELU", {"alpha": a}), st.sampled_from([0.5, 1.0])),
    st.builds(lambda s, o: ("Rescaling", {"scale": s, "offset": o}), st.sampled_from([0.5, 2]), st.integers(0, 1)),
    st.builds(lambda a: ("Activation", {"activation": a}), st.sampled_from(["relu", "sigmoid", "tanh", "silu"])),
    st.just(("UpSampling2D", {"size": 2})),
    st.just(("PReLU", {"shared_axes": [1, 2]})),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(LAYERS, min_size=1, max_size=6), st.booleans())
def test_chains_come_back_from_caffe(rows: list[tuple[str, dict[str, Any]]], head: bool) -> None:
    ends: list[tuple[str, dict[str, Any]]] = [("Flatten", {}), ("Dense", {"units": 3, "activation": "softmax"})]
    layers = [("Input", {"shape": [12, 10, 4]}), *rows, *(ends if head else [])]
    flow = chain(*({"id": f"n{i}", "type": kind, "params": params} for i, (kind, params) in enumerate(layers)))
    if not complete(flow).ok:
        return
    try:
        source = generate(flow, "caffe").source
    except Refusal:
        return
    back = read(source).flow
    assert described(essence(back))[-1].split()[1] == described(essence(flow))[-1].split()[1]
    assert fingerprint(back) == fingerprint(flow)
    assert Flow.loads(back.dumps()) == back


@pytest.mark.parametrize("kind", ["Add", "Multiply", "Maximum", "Average", "Subtract", "Concatenate"])
def test_merges_come_back_from_caffe(kind: str) -> None:
    completion = of_types([(kind, {}, [(6, 5, 4), (6, 5, 4)])])
    code = generate_completed(completion.flow, completion, "caffe")
    assert fingerprint(read(code.source).flow) == fingerprint(completion.flow)
