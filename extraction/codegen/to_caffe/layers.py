"""Which emitter writes which layer type in Caffe, and why the rest is refused."""

from __future__ import annotations

from collections.abc import Callable

from extraction.codegen.plan import Node
from extraction.codegen.to_caffe import channels, plain, spatial
from extraction.codegen.to_caffe.net import Net

#: Writes the layer and gives the blob of its result.
Emitter = Callable[[Node, Net], str]


def refused(reason: str) -> Emitter:
    def refuse(node: Node, net: Net) -> str:
        raise node.refuse(reason)

    return refuse


REASONS = {
    "Embedding": "Caffe's Embed can't be proven here",
    "Permute": "Caffe can't change the order of axes",
    "Dot": "Caffe has no product of two inputs along an axis",
    "Masking": "Caffe has no masks",
    "EinsumDense": "Caffe has no products by an equation",
    "ReversibleEmbedding": "Caffe has no embedding that leads back",
    "StackedRNNCells": "Caffe's recurrent layers need marks of where sequences begin beside the data",
    "SpectralNormalization": "Caffe has no weights divided by their singular value",
    "StochasticDepth": "Caffe drops single values, not whole branches",
    "ActivityRegularization": "Caffe's layers can't add their size to the loss",
    **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), "Caffe has no recurrent layer of one step"),
    "SimpleRNN": "Caffe's RNN needs marks of where sequences begin beside the data, and can't be proven here",
    "LSTM": "Caffe's LSTM needs marks of where sequences begin beside the data, and can't be proven here",
    "GRU": "Caffe has no GRU",
    "Bidirectional": "Caffe's recurrent layers read in one direction",
    "LayerNormalization": "Caffe has no layer normalisation",
    "GroupNormalization": "Caffe has no group normalisation",
    "RMSNormalization": "Caffe has no normalisation by the root mean square",
    "UnitNormalization": "Caffe has no layer that scales to length 1",
    "AlphaDropout": "Caffe has no alpha dropout",
    "GaussianDropout": "Caffe adds no noise",
    "GaussianNoise": "Caffe adds no noise",
    "SpatialDropout2D": "Caffe drops single values, not whole channels",
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"), "Caffe has no attention"
    ),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), "Caffe has no LSTM whose products are convolutions"),
}


def _emitters() -> dict[str, Emitter]:
    table: dict[str, Emitter] = {name: refused(reason) for name, reason in REASONS.items()}
    table |= {
        "Output": plain.passes,
        "Identity": plain.passes,
        "Block": plain.placeholder,
        "Unknown": plain.placeholder,
        "Dense": plain.dense,
        "TimeDistributed": plain.time_distributed,
        "LayerScale": plain.layer_scale,
        "MVN": plain.mvn,
        **dict.fromkeys(("AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold"), plain.elementwise),
        "Slice": channels.slice_,
        "Bias": channels.bias,
        "ArgMax": channels.arg_max,
        "Normalization": plain.normalization,
        "AdaptiveMaxPooling2D": spatial.adaptive_pooling,
        "AdaptiveAveragePooling2D": spatial.adaptive_pooling,
        "Flatten": plain.flatten,
        "Reshape": plain.reshape,
        "RepeatVector": plain.repeat_vector,
        "Rescaling": plain.rescaling,
        "BatchNormalization": plain.batch_norm,
        "LRN": plain.lrn,
        "Dropout": plain.dropout,
        "Activation": plain.activation,
        "ReLU": plain.relu,
        "LeakyReLU": plain.leaky_relu,
        "PReLU": plain.prelu,
        "ELU": plain.elu,
        "Softmax": plain.softmax,
        "Concatenate": plain.concatenate,
        "Resizing": spatial.resizing,
        "Conv2D": spatial.convolution,
        "DepthwiseConv2D": spatial.depthwise,
        "SeparableConv2D": spatial.separable,
        "Conv2DTranspose": spatial.transposed,
        "MaxPooling2D": spatial.pooling,
        "AveragePooling2D": spatial.pooling,
        "GlobalMaxPooling2D": spatial.global_pooling,
        "GlobalAveragePooling2D": spatial.global_pooling,
        "UpSampling2D": spatial.up_sampling,
        "ZeroPadding2D": spatial.zero_padding,
        "Cropping2D": spatial.cropping,
    }
    table |= dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), plain.merge)
    return table


EMITTERS = _emitters()


def emitter(node: Node) -> Emitter:
    """The type's emitter; layers over sequences and volumes have none."""
    if len(node.shape) > 3:
        raise node.refuse("Caffe has maps with two spatial axes at most")
    if node.type in EMITTERS:
        return EMITTERS[node.type]
    raise node.refuse(f"Caffe works on images, and has no counterpart of {node.type}")
