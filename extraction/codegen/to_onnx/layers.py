"""Which emitter writes which layer type in ONNX, and why the rest is refused."""

from __future__ import annotations

from collections.abc import Callable

from extraction.codegen.plan import Node
from extraction.codegen.to_onnx import channels, plain, sequence, spatial
from extraction.codegen.to_onnx.graph import Graph

#: Adds the layer's operations, says on which side its channels stand, and gives the tensor of its result.
Emitter = Callable[[Node, Graph], str]


def _emitters() -> dict[str, Emitter]:
    table: dict[str, Emitter] = {
        "Dense": plain.dense,
        "TimeDistributed": plain.time_distributed,
        "Normalization": plain.normalization,
        "LayerScale": plain.layer_scale,
        "MVN": plain.mvn,
        **dict.fromkeys(("AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold"), plain.elementwise),
        "Slice": channels.slice_,
        "Bias": channels.bias,
        "ArgMax": channels.arg_max,
        "Flatten": plain.flatten,
        "Reshape": plain.reshape,
        "Permute": plain.permute,
        "RepeatVector": plain.repeat_vector,
        "Rescaling": plain.rescaling,
        "BatchNormalization": plain.batch_norm,
        "LayerNormalization": plain.layer_norm,
        "RMSNormalization": plain.rms_norm,
        "GroupNormalization": plain.group_norm,
        "UnitNormalization": plain.unit_norm,
        "Dropout": plain.dropout,
        "Activation": plain.activation,
        "ReLU": plain.relu,
        "LeakyReLU": plain.with_alpha("LeakyRelu", "negative_slope"),
        "ELU": plain.with_alpha("Elu", "alpha"),
        "PReLU": plain.prelu,
        "Softmax": plain.softmax,
        "Concatenate": plain.concatenate,
        "LRN": spatial.lrn,
        "Resizing": spatial.resizing,
        "Embedding": sequence.embedding,
        "Bidirectional": sequence.bidirectional,
        "MultiHeadAttention": sequence.multi_head,
        **dict.fromkeys(("Block", "Unknown"), plain.placeholder),
        **dict.fromkeys(plain.MERGES, plain.merge),
        **dict.fromkeys(sequence.GATES, sequence.recurrent),
    }
    # What only does something while it trains passes its input on.
    table |= dict.fromkeys(("Output", "Identity", "StochasticDepth", "ActivityRegularization"), plain.passes)
    table |= dict.fromkeys(("AlphaDropout", "GaussianDropout", "GaussianNoise"), plain.passes)
    for rank in (1, 2, 3):
        table |= {
            f"Conv{rank}D": spatial.convolution,
            f"DepthwiseConv{rank}D": spatial.depthwise,
            f"SeparableConv{rank}D": spatial.separable,
            f"Conv{rank}DTranspose": spatial.transposed,
            f"MaxPooling{rank}D": spatial.pooling,
            f"AveragePooling{rank}D": spatial.pooling,
            f"GlobalMaxPooling{rank}D": spatial.global_pooling,
            f"GlobalAveragePooling{rank}D": spatial.global_pooling,
            f"AdaptiveMaxPooling{rank}D": spatial.adaptive_pooling,
            f"AdaptiveAveragePooling{rank}D": spatial.adaptive_pooling,
            f"UpSampling{rank}D": spatial.up_sampling,
            f"ZeroPadding{rank}D": spatial.zero_padding,
            f"Cropping{rank}D": spatial.cropping,
            f"SpatialDropout{rank}D": plain.passes,
        }
    return table


EMITTERS = _emitters()
#: Layers whose activation is a matter of the operation itself.
OWN_ACTIVATION = frozenset((*sequence.GATES, "Bidirectional", "Activation"))
