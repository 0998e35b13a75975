"""ONNX models from flows: what they compute is what Keras computes, and they come back as the same flow."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from extraction.codegen import Code, Refusal, generate, generate_completed, onnx_model
from extraction.importing.onnx import read
from extraction.proof import TOLERANCE, agree
from tests.codegen.samples import Sample, chain, lenet, of_types, samples
from tests.importing.essence import described, essence, fingerprint

#: What ONNX says in other words, which come back as other layers that do the same.
OTHER_WORDS = {
    **{f"SeparableConv{rank}D": "two convolutions" for rank in (1, 2)},
    **{f"Adaptive{kind}Pooling{rank}D": "even windows" for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"SpatialDropout{rank}D": "nothing: it only works while training" for rank in (1, 2, 3)},
    **dict.fromkeys(
        ("AlphaDropout", "GaussianDropout", "GaussianNoise", "StochasticDepth", "ActivityRegularization"),
        "nothing: it only works while training",
    ),
    **dict.fromkeys(("Block", "Unknown"), "nothing: its input passes"),
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "Bidirectional"), "operations that count steps first"),
    "MultiHeadAttention": "products, of which there is no operation before opset 23",
    "GroupNormalization": "the normalisation of cut up maps",
    "RMSNormalization": "arithmetic",
    "Normalization": "a difference and a quotient",
    "LayerScale": "a product with numbers",
    "Bias": "a sum with numbers",
    "RepeatVector": "a Tile",
    "Reshape": "values in another order of axes",
    "Permute": "another order of axes, which costs nothing",
    "TimeDistributed": "a product along the last axis",
    "BatchNormalization": "scale and shift both",
    **dict.fromkeys(("PowerLaw", "Logarithm", "Exponential", "Threshold", "MVN"), "arithmetic in several operations"),
}


def _other_words(sample: Sample) -> str | None:
    kind, params, shapes = sample
    if kind in OTHER_WORDS:
        return OTHER_WORDS[kind]
    if "Pooling" in kind and isinstance(params.get("padding"), int):
        return "a layer of zeros in front"
    if params.get("padding") == "causal":
        return "a layer of zeros in front"
    if params.get("activation") == "log_sigmoid":
        return "the opposite of a softplus"
    if kind == "Multiply" and len(set(shapes)) > 1:
        return "an Unsqueeze"
    return None


def written(sample: Sample) -> tuple[Code, Code] | None:
    """Keras's code and the ONNX model of a layer, where both have it."""
    completion = of_types([sample])
    try:
        keras = generate_completed(completion.flow, completion, "keras")
        return keras, onnx_model(completion.flow, completion=completion)
    except Refusal:
        return None


def test_the_same_weights_give_the_same_numbers() -> None:
    chosen = [sample for sample in samples() if sample[0] != "Input" and written(sample)]
    completion = of_types(chosen)
    keras = generate_completed(completion.flow, completion, "keras")
    found = agree(keras, onnx_model(completion.flow, completion=completion))
    assert found.error is None
    assert found.left_out == {}
    assert len(found.differences) == len(chosen) > 200
    assert max(found.differences.values()) <= TOLERANCE
    assert set(found.versions) == {"keras", "numpy", "onnx", "onnxruntime"}


def test_layers_come_back(tmp_path: Path) -> None:
    same, wrong = 0, []
    for sample in samples():
        codes = written(sample)
        if sample[0] == "Input" or codes is None:
            continue
        path = tmp_path / "model.onnx"
        path.write_bytes(codes[1].data)
        back, flow = read(path).flow, codes[1].completed
        if fingerprint(back) == fingerprint(flow):
            same += 1
        elif _other_words(sample) is None:
            wrong.append((sample, described(essence(flow)), described(essence(back))))
    assert not wrong
    assert same > 140


def test_the_same_flow_gives_the_same_bytes_and_the_names_of_its_layers() -> None:
    codes = [onnx_model(lenet(), citation="LeCun et al. 1998") for _ in range(2)]
    assert codes[0].data == codes[1].data
    model = onnx.load_model_from_string(codes[0].data)
    assert model.graph.name == "LeNet-5"
    assert model.doc_string == "LeCun et al. 1998"
    assert [node.name for node in model.graph.node][:2] == ["c1", "c1_bn"]
    assert [value.name for value in model.graph.output] == [codes[0].places["fc"].name]
    agreement = agree(generate(lenet(), "keras"), codes[0])
    assert agreement.ok, agreement.error


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            {"type": "ConvLSTM1D", "params": {"filters": 2, "kernel_size": 3}},
            "`x`: ONNX has no operations for ConvLSTM1D",
        ),
        ({"type": "Masking"}, "`x`: ONNX has no operations for Masking"),
    ],
)
def test_what_onnx_lacks_is_refused(layer: dict, message: str) -> None:
    shape = [4, 6, 3] if layer["type"] == "ConvLSTM1D" else [4, 6]
    drawn = chain({"id": "in", "type": "Input", "output_shape": shape}, {"id": "x", **layer})
    with pytest.raises(Refusal, match=message):
        onnx_model(drawn)


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ([100000], {"type": "Dense", "params": {"units": 1000000}}),
        ([8, 8, 3], {"type": "Conv2D", "params": {"filters": 10**9, "kernel_size": 3}}),
        ([4, 10**9], {"type": "LayerNormalization", "params": {"center": False, "scale": False}}),
        ([4, 4, 10**9], {"type": "GroupNormalization", "params": {"groups": 10**9, "center": False, "scale": False}}),
        ([10**6, 4], {"type": "MultiHeadAttention", "params": {"num_heads": 1, "key_dim": 4, "use_causal_mask": True}}),
    ],
)
def test_too_many_numbers_for_a_file_are_refused_before_they_are_made(shape: list[int], layer: dict) -> None:
    drawn = chain({"id": "in", "type": "Input", "output_shape": shape}, {"id": "d", **layer})
    with pytest.raises(Refusal, match=r"too many|more than any machine holds"):
        onnx_model(drawn)
