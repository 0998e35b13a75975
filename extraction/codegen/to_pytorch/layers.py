"""Which emitter writes which layer type in PyTorch."""

from __future__ import annotations

from collections.abc import Callable

from extraction.codegen.plan import Node
from extraction.codegen.to_pytorch import plain, sequence, spatial
from extraction.codegen.to_pytorch.values import Values, Written

Emitter = Callable[[Node, Values], Written]


def impossible(reason: str) -> Emitter:
    def refuse(node: Node, values: Values) -> Written:
        raise node.refuse(reason)

    return refuse


def _emitters() -> dict[str, Emitter]:
    table: dict[str, Emitter] = {
        "Output": plain.passes,
        "Identity": plain.passes,
        "Block": plain.placeholder,
        "Unknown": plain.placeholder,
        "Dense": plain.dense,
        "TimeDistributed": plain.dense,
        "Flatten": plain.flatten,
        "Reshape": plain.reshape,
        "Permute": plain.permute,
        "RepeatVector": plain.repeat_vector,
        "Rescaling": plain.rescaling,
        "BatchNormalization": plain.batch_norm,
        "LayerNormalization": plain.layer_norm,
        "RMSNormalization": plain.layer_norm,
        "GroupNormalization": plain.group_norm,
        "UnitNormalization": plain.unit_norm,
        "Dropout": plain.dropout,
        "AlphaDropout": plain.dropout,
        "GaussianDropout": plain.gaussian_dropout,
        "GaussianNoise": plain.gaussian_noise,
        "Activation": plain.activation,
        "ReLU": plain.relu,
        "LeakyReLU": plain.leaky_relu,
        "PReLU": plain.prelu,
        "ELU": plain.elu,
        "Softmax": plain.softmax,
        "Concatenate": plain.concatenate,
        "Dot": plain.dot,
        "LRN": spatial.lrn,
        "Resizing": spatial.resizing,
        "Embedding": sequence.embedding,
        "SimpleRNN": sequence.recurrent,
        "LSTM": sequence.recurrent,
        "GRU": sequence.recurrent,
        "Bidirectional": sequence.bidirectional,
        "MultiHeadAttention": sequence.multi_head,
        "GroupQueryAttention": sequence.group_query,
        "Attention": sequence.attention,
        "AdditiveAttention": sequence.attention,
        "Masking": impossible("PyTorch has no masks that travel along with the values"),
    }
    table |= dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), plain.merge)
    for rank in (1, 2, 3):
        table |= {
            f"Conv{rank}D": spatial.convolution,
            f"DepthwiseConv{rank}D": spatial.depthwise,
            f"SeparableConv{rank}D": spatial.separable,
            f"Conv{rank}DTranspose": spatial.transposed,
            f"MaxPooling{rank}D": spatial.max_pooling,
            f"AveragePooling{rank}D": spatial.average_pooling,
            f"GlobalMaxPooling{rank}D": spatial.global_max,
            f"GlobalAveragePooling{rank}D": spatial.global_average,
            f"UpSampling{rank}D": spatial.up_sampling,
            f"ZeroPadding{rank}D": spatial.zero_padding,
            f"Cropping{rank}D": spatial.cropping,
            f"SpatialDropout{rank}D": spatial.spatial_dropout,
            f"ConvLSTM{rank}D": impossible("PyTorch has no LSTM whose products are convolutions"),
        }
    return table


EMITTERS = _emitters()
