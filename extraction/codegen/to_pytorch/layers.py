"""Which emitter writes which layer type in PyTorch."""

from __future__ import annotations

from collections.abc import Callable

from extraction.codegen.plan import Node, inner_node
from extraction.codegen.text import Arg, literal
from extraction.codegen.to_pytorch import channels, plain, sequence, spatial
from extraction.codegen.to_pytorch.values import Module, Values, Written

Emitter = Callable[[Node, Values], Written]


def impossible(reason: str) -> Emitter:
    def refuse(node: Node, values: Values) -> Written:
        raise node.refuse(reason)

    return refuse


def time_distributed(node: Node, values: Values) -> Written:
    if node.layer.params.get("layer", "Dense") == "Dense":
        return plain.dense(node, values)
    flat = node.layer.params["layer"] == "Flatten"  # in Keras's order, as all that are sequences
    inner = inner_node(node, "x.movedim(1, -1)" if flat else "x", node.input.shape[1:], node.shape[1:])
    values.first[inner.input.id] = True
    made = EMITTERS[inner.type](inner, values)
    text = made.expression if made.channels_first or len(inner.shape) < 2 else f"{made.expression}.movedim(-1, 1)"
    function = f"self.{node.name}" if text == f"self.{node.name}(x)" else f"lambda x: {text}"
    call = f"each_step({function}, {values.of(node.input, False)})"
    return Written(call, False, made.modules, (*made.needs, "each_step"))


def spectral(node: Node, values: Values) -> Written:
    inner = inner_node(node, node.input.name, node.input.shape, node.shape)
    values.first[inner.input.id] = values.first[node.input.id]
    made = EMITTERS[inner.type](inner, values)
    (module,) = made.modules
    args = [Arg(f"{module.call}({', '.join(map(str, module.args))})", "", "layer")]
    if node.whole("power_iterations") != 1:
        args.append(Arg(literal(node.whole("power_iterations")), "n_power_iterations", "power_iterations"))
    wrapped = Module("nn.utils.parametrizations.spectral_norm", tuple(args))
    return Written(made.expression, made.channels_first, (wrapped,), made.needs)


def _emitters() -> dict[str, Emitter]:
    table: dict[str, Emitter] = {
        "Output": plain.passes,
        "Identity": plain.passes,
        "Block": plain.placeholder,
        "Unknown": plain.placeholder,
        "Dense": plain.dense,
        "TimeDistributed": time_distributed,
        "SpectralNormalization": spectral,
        "EinsumDense": plain.einsum_dense,
        "Normalization": plain.normalization,
        "LayerScale": plain.layer_scale,
        "MVN": plain.even_maps,
        **dict.fromkeys(("AbsVal", "PowerLaw", "Logarithm", "Exponential", "Threshold"), plain.elementwise),
        "Slice": channels.slice_,
        "Bias": channels.bias,
        "ArgMax": channels.arg_max,
        "StochasticDepth": plain.stochastic_depth,
        "ActivityRegularization": plain.activity_regularization,
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
        "ReversibleEmbedding": sequence.reversible,
        "StackedRNNCells": sequence.stacked_cells,
        **dict.fromkeys(("SimpleRNNCell", "GRUCell", "LSTMCell"), sequence.cell),
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
            f"ConvLSTM{rank}D": sequence.conv_lstm,
            f"AdaptiveMaxPooling{rank}D": spatial.adaptive_pooling,
            f"AdaptiveAveragePooling{rank}D": spatial.adaptive_pooling,
        }
    return table


EMITTERS = _emitters()
