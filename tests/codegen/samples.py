"""Small flows for tests: one layer of each type, in the settings that matter, and how to make flows quickly."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from extraction.flow.catalogue import ACTIVATIONS
from extraction.flow.complete import Completion
from extraction.flow.model import Flow
from extraction.flow.shapes import infer

VECTOR, STEPS, IMAGE, VOLUME, FILM = (12,), (7, 12), (11, 14, 12), (5, 6, 7, 12), (3, 6, 7, 12)
SPATIAL = {1: STEPS, 2: IMAGE, 3: VOLUME}

#: Type, parameters, sizes of its inputs.
Sample = tuple[str, dict[str, Any], list[tuple[int, ...]]]


def chain(*layers: Mapping[str, Any], **rest: Any) -> Flow:
    """A flow whose layers follow each other."""
    ids = [layer["id"] for layer in layers]
    return flow(layers, list(itertools.pairwise(ids)), **rest)


def flow(layers: Sequence[Mapping[str, Any]], connections: Sequence[tuple[str, str]], **rest: Any) -> Flow:
    rows = [{"source": source, "target": target} for source, target in connections]
    return Flow.from_dict({"layers": list(layers), "connections": rows, **rest})


def lenet(**rest: Any) -> Flow:
    return chain(
        {"id": "image", "type": "Input", "output_shape": [28, 28, 1], "provenance": {"output_shape": "figure"}},
        {
            "id": "c1", "type": "Conv2D", "label": "C1: 6@28x28", "also": ["BatchNormalization", "ReLU"],
            "params": {"filters": 6, "kernel_size": [5, 5], "padding": "same"},
            "provenance": {"filters": "figure", "kernel_size": "text", "padding": "person"},
        },
        {"id": "p1", "type": "MaxPooling2D", "params": {"pool_size": 2}},
        {
            "id": "fc", "type": "Dense", "params": {"units": 10, "activation": "softmax"},
            "provenance": {"units": "figure"},
        },
        **{"name": "LeNet-5", **rest},
    )  # fmt: skip


def of_types(samples: Sequence[Sample]) -> Completion:
    """A completed flow: the layers `l<index>`, each on inputs of its own sizes; inputs of the same size are shared."""
    layers: dict[str, dict[str, Any]] = {}
    connections: list[tuple[str, str]] = []
    for index, (kind, params, shapes) in enumerate(samples):
        for number, shape in enumerate(shapes):
            words = kind == "Embedding" or (kind == "ReversibleEmbedding" and not params.get("reverse"))
            name = "_".join(["words" if words else "in", *map(str, shape), *"b" * number])
            given = {"shape": list(shape), "dtype": "int32" if words else "float32"}
            layers[name] = {"id": name, "type": "Input", "params": given}
            connections.append((name, f"l{index}"))
        layers[f"l{index}"] = {"id": f"l{index}", "type": kind, "params": params}
    drawn = flow(list(layers.values()), connections, name="samples")
    inference = infer(drawn)
    assert not inference.problems
    order = sorted(drawn.layers, key=lambda layer: layer.type != "Input")
    return Completion(drawn.with_layers(replace(row, output_shape=inference.output_shapes[row.id]) for row in order))


def samples() -> list[Sample]:
    return [*_spatial(), *_plain(), *_sequences()]


def _spatial() -> list[Sample]:
    rows: list[Sample] = []
    same, conv = {"padding": "same"}, {"filters": 8, "kernel_size": 3}
    convolutions: list[dict[str, Any]] = [
        {}, same | {"strides": 2}, same | {"kernel_size": 4}, {"padding": 2, "strides": 2},
        {"groups": 4, "use_bias": False, "activation": "relu"}, same | {"dilation_rate": 2},
    ]  # fmt: skip
    transposed: list[dict[str, Any]] = [
        {}, same, same | {"strides": 2}, same | {"strides": 2, "kernel_size": 4},
        {"padding": 1, "strides": 2, "activation": "softmax"},
    ]  # fmt: skip
    pools: list[dict[str, Any]] = [
        {"pool_size": 2}, {"pool_size": 3, "strides": 2}, same | {"pool_size": 3, "strides": 2},
        same | {"pool_size": 3, "strides": 1}, {"pool_size": 3, "strides": 2, "padding": 1},
    ]  # fmt: skip
    for rank, shape in SPATIAL.items():
        rows += [(f"Conv{rank}D", conv | more, [shape]) for more in convolutions]
        rows += [(f"Conv{rank}DTranspose", conv | more, [shape]) for more in transposed]
        for kind in ("MaxPooling", "AveragePooling"):
            rows += [(f"{kind}{rank}D", more, [shape]) for more in pools]
        for kind in ("Max", "Average"):
            rows += [(f"Global{kind}Pooling{rank}D", {"keepdims": keep}, [shape]) for keep in (False, True)]
        rows += [
            (f"UpSampling{rank}D", {"size": 2}, [shape]),
            (f"ZeroPadding{rank}D", {"padding": 2}, [shape]),
            (f"Cropping{rank}D", {"cropping": 1}, [shape]),
            (f"SpatialDropout{rank}D", {"rate": 0.5}, [shape]),
        ]
        if rank < 3:
            rows += [
                (f"DepthwiseConv{rank}D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, [shape]),
                (f"SeparableConv{rank}D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}, [shape]),
            ]
        film = (3, *shape)
        conv_lstm = {"filters": 4, "kernel_size": 3, "padding": "same"}
        rows += [(f"ConvLSTM{rank}D", conv_lstm | {"return_sequences": keep}, [film]) for keep in (False, True)]
    for rank, shape in SPATIAL.items():
        for kind in ("Max", "Average"):
            rows += [(f"Adaptive{kind}Pooling{rank}D", {"output_size": n}, [shape]) for n in (1, 3)]
    return [
        *rows,
        ("AdaptiveMaxPooling2D", {"output_size": [11, 7]}, [IMAGE]),
        ("Conv1D", {"filters": 8, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, [STEPS]),
        ("MaxPooling2D", {"pool_size": 2, "strides": 1, "padding": "same"}, [IMAGE]),
        ("Conv2D", {"filters": 8, "kernel_size": [1, 7], "padding": "same", "strides": [1, 2]}, [IMAGE]),
        ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, [IMAGE]),
        ("ZeroPadding2D", {"padding": [[0, 1], [2, 0]]}, [IMAGE]),
        ("Cropping2D", {"cropping": [[0, 1], [2, 0]]}, [IMAGE]),
        ("Resizing", {"height": 22, "width": 28}, [IMAGE]),
        ("Resizing", {"height": 9, "width": 30, "interpolation": "nearest"}, [IMAGE]),
        ("LRN", {}, [IMAGE]),
        ("LRN", {"size": 3, "alpha": 0.5}, [IMAGE]),
    ]


def _plain() -> list[Sample]:
    rows: list[Sample] = [
        ("Input", {"shape": [4]}, []),
        ("Output", {}, [IMAGE]),
        ("Identity", {}, [STEPS]),
        ("Block", {}, [IMAGE]),
        ("Unknown", {}, [VECTOR]),
        ("Dense", {"units": 5}, [VECTOR]),
        ("Dense", {"units": 5, "use_bias": False, "activation": "tanh"}, [STEPS]),
        ("Flatten", {}, [IMAGE]),
        ("Flatten", {}, [STEPS]),
        ("Reshape", {"target_shape": [2, 3, 2]}, [VECTOR]),
        ("Reshape", {"target_shape": [-1, 12]}, [IMAGE]),
        ("Permute", {"dims": [2, 1, 3]}, [IMAGE]),
        ("RepeatVector", {"n": 3}, [VECTOR]),
        ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [-1, 5], "bias_axes": "d"}, [STEPS]),
        ("EinsumDense", {"equation": "...x,xyz->...yz", "output_shape": [3, 5], "activation": "relu"}, [STEPS]),
        ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"}, [VECTOR]),
        ("Normalization", {}, [IMAGE]),
        ("Normalization", {"axis": 1, "invert": True}, [STEPS]),
        ("Normalization", {"mean": 0.5, "variance": 4.0}, [IMAGE]),
        ("Normalization", {"mean": [0.1 * i for i in range(12)], "variance": 4.0}, [IMAGE]),
        ("Normalization", {"mean": [0.5, -1.0, 2.0], "variance": [0.25, 1.0, 4.0]}, [(11, 14, 3)]),
        ("Normalization", {"mean": 0.5, "variance": [0.25, 1.0, 4.0], "invert": True}, [(11, 14, 3)]),
        ("Normalization", {"axis": 1, "mean": [0.1 * i for i in range(7)], "variance": 4.0}, [STEPS]),
        ("LayerScale", {"init_values": 0.5}, [IMAGE]),
        ("LayerScale", {}, [STEPS]),
        ("StochasticDepth", {"drop_path_rate": 0.25}, [IMAGE]),
        ("ActivityRegularization", {}, [IMAGE]),
        ("ActivityRegularization", {"l1": 0.1}, [VECTOR]),
        ("SpectralNormalization", {"layer": "Conv2D", "filters": 8, "kernel_size": 3}, [IMAGE]),
        ("SpectralNormalization", {"units": 5, "power_iterations": 2}, [VECTOR]),
        ("Rescaling", {"scale": 0.5, "offset": -1.0}, [IMAGE]),
        ("AbsVal", {}, [IMAGE]),
        ("PowerLaw", {"power": 2.0, "scale": 0.5, "shift": -1.0}, [IMAGE]),
        ("PowerLaw", {"power": 3.0}, [VECTOR]),
        ("Logarithm", {"scale": 0.001, "shift": 2.0}, [IMAGE]),
        ("Logarithm", {"base": 10.0, "scale": 0.001, "shift": 2.0}, [IMAGE]),
        ("Exponential", {"scale": 0.5}, [IMAGE]),
        ("Exponential", {"base": 2.0, "shift": 1.0}, [VECTOR]),
        ("Threshold", {"threshold": 0.25}, [IMAGE]),
        ("Slice", {"start": 2, "stop": 7}, [IMAGE]),
        ("Slice", {"stop": 3}, [STEPS]),
        ("Slice", {"start": 1, "stop": 12}, [VECTOR]),
        ("Bias", {}, [IMAGE]),
        ("Bias", {}, [STEPS]),
        ("Bias", {}, [VECTOR]),
        ("ArgMax", {}, [IMAGE]),
        ("ArgMax", {}, [STEPS]),
        ("ArgMax", {}, [VECTOR]),
        ("MVN", {}, [IMAGE]),
        ("MVN", {"normalize_variance": False}, [IMAGE]),
        ("MVN", {"across_channels": True, "epsilon": 0.01}, [IMAGE]),
        ("Rescaling", {"scale": [0.5, 1.0, 2.0], "offset": -1.0}, [(11, 14, 3)]),
        ("BatchNormalization", {}, [IMAGE]),
        ("BatchNormalization", {"momentum": 0.9}, [VECTOR]),
        ("BatchNormalization", {"center": False, "scale": False}, [STEPS]),
        ("BatchNormalization", {"scale": False}, [IMAGE]),
        ("BatchNormalization", {"scale": False}, [VECTOR]),
        ("BatchNormalization", {"center": False}, [STEPS]),
        ("LayerNormalization", {}, [STEPS]),
        ("GroupNormalization", {"groups": 4}, [IMAGE]),
        ("RMSNormalization", {}, [STEPS]),
        ("UnitNormalization", {}, [IMAGE]),
        ("Dropout", {"rate": 0.5}, [VECTOR]),
        ("AlphaDropout", {"rate": 0.5}, [VECTOR]),
        ("GaussianDropout", {"rate": 0.5}, [VECTOR]),
        ("GaussianNoise", {"stddev": 0.1}, [VECTOR]),
        ("ReLU", {}, [IMAGE]),
        ("ReLU", {"max_value": 6.0}, [IMAGE]),
        ("LeakyReLU", {"negative_slope": 0.1}, [VECTOR]),
        ("PReLU", {"shared_axes": [1, 2]}, [IMAGE]),
        ("PReLU", {}, [VECTOR]),
        ("PReLU", {"shared_axes": [1]}, [IMAGE]),
        ("ELU", {"alpha": 0.5}, [VECTOR]),
        ("Softmax", {}, [IMAGE]),
        ("Softmax", {"axis": 1}, [IMAGE]),
        ("Multiply", {}, [IMAGE, (12,)]),
        ("Multiply", {}, [IMAGE, (1, 1, 12)]),
        ("Add", {}, [IMAGE, IMAGE, IMAGE]),
        ("Concatenate", {}, [IMAGE, (11, 14, 3)]),
        ("Concatenate", {"axis": 1}, [STEPS, (3, 12)]),
        ("Dot", {"axes": -1}, [VECTOR, VECTOR]),
        ("Dot", {"axes": [2, 2], "normalize": True}, [STEPS, (3, 12)]),
    ]
    rows += [(kind, {}, [STEPS, STEPS]) for kind in ("Subtract", "Multiply", "Average", "Maximum", "Minimum")]
    rows += [("Activation", {"activation": name}, [IMAGE]) for name in ACTIVATIONS]
    return rows


def _sequences() -> list[Sample]:
    rows: list[Sample] = [
        ("Embedding", {"input_dim": 20, "output_dim": 6}, [(9,)]),
        ("Masking", {}, [STEPS]),
        ("TimeDistributed", {"units": 5, "activation": "relu"}, [STEPS]),
        ("TimeDistributed", {"layer": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"}, [FILM]),
        ("TimeDistributed", {"layer": "GlobalAveragePooling2D"}, [FILM]),
        ("TimeDistributed", {"layer": "Flatten"}, [FILM]),
        ("TimeDistributed", {"layer": "MaxPooling2D", "pool_size": 2}, [FILM]),
        ("ReversibleEmbedding", {"input_dim": 20, "output_dim": 6}, [(9,)]),
        ("ReversibleEmbedding", {"input_dim": 20, "output_dim": 12, "reverse": True, "logit_soft_cap": 3.0}, [STEPS]),
        ("StackedRNNCells", {"units": [5, 4]}, [STEPS]),
        ("StackedRNNCells", {"units": 5, "cell": "GRUCell", "return_sequences": True}, [STEPS]),
        ("LSTMCell", {"units": 5}, [VECTOR, (5,), (5,)]),
        ("LSTMCell", {"units": 5}, [VECTOR]),
        ("GRUCell", {"units": 5}, [VECTOR, (5,)]),
        ("SimpleRNNCell", {"units": 5}, [VECTOR, (5,)]),
        ("MultiHeadAttention", {"num_heads": 3, "key_dim": 4}, [STEPS]),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 5, "use_bias": False}, [STEPS, (9, 8), (9, 10)]),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 5, "value_dim": 3}, [STEPS]),
        ("MultiHeadAttention", {"num_heads": 3, "key_dim": 4, "use_causal_mask": True}, [STEPS]),
        ("GroupQueryAttention", {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2}, [STEPS]),
        ("Attention", {"use_scale": True}, [STEPS, (9, 12)]),
        ("AdditiveAttention", {}, [STEPS]),
    ]
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        rows += [(kind, {"units": 5, "return_sequences": keep}, [STEPS]) for keep in (False, True)]
        rows += [
            ("Bidirectional", {"units": 5, "layer": kind, "return_sequences": keep}, [STEPS]) for keep in (False, True)
        ]
    rows += [
        ("LSTM", {"units": 5, "go_backwards": True, "use_bias": False}, [STEPS]),
        ("Bidirectional", {"units": 5, "merge_mode": "sum"}, [STEPS]),
    ]
    return rows
