"""Parameters that many layer types share, and small makers for those that differ in a default."""

from __future__ import annotations

from extraction.flow.catalogue.schema import Parameter

#: Keras's activation functions that papers use; `linear` is none at all.
ACTIVATIONS = (
    "linear", "relu", "sigmoid", "tanh", "softmax", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish",
    "relu6", "celu", "softplus", "softsign", "hard_sigmoid", "hard_swish", "hard_silu", "hard_tanh", "exponential",
    "log_softmax", "log_sigmoid",
)  # fmt: skip

ACTIVATION = Parameter(
    "activation", "choice", "linear", choices=ACTIVATIONS, help="Function applied to the result; `linear` for none."
)
USE_BIAS = Parameter("use_bias", "bool", True, help="Add a learnt constant to every output.")
UNITS = Parameter("units", "int", required=True, minimum=1, help="Number of outputs.")
FILTERS = Parameter("filters", "int", required=True, minimum=1, help="Number of feature maps it makes.")
KERNEL_SIZE = Parameter("kernel_size", "size", required=True, minimum=1, help="Size of the kernel along each axis.")
STRIDES = Parameter("strides", "size", 1, minimum=1, help="Step of the kernel along each axis.")
PADDING = Parameter(
    "padding",
    "choice",
    "valid",
    choices=("valid", "same"),
    help="`valid` adds no border, `same` keeps the size at stride 1; a number of pixels may stand here too.",
)
CAUSAL_PADDING = Parameter(
    "padding", "choice", "valid", choices=("valid", "same", "causal"),
    help=f"{PADDING.help} `causal` looks back only.",
)  # fmt: skip
DILATION_RATE = Parameter("dilation_rate", "size", 1, minimum=1, help="Distance between the kernel's points.")
GROUPS = Parameter("groups", "int", 1, minimum=1, help="Number of groups that the channels are split into.")
DEPTH_MULTIPLIER = Parameter("depth_multiplier", "int", 1, minimum=1, help="Feature maps for each input channel.")
EPSILON = Parameter("epsilon", "float", 1e-3, minimum=0, help="Small number that keeps the division defined.")
AXIS = Parameter("axis", "int", -1, minimum=-8, maximum=8, help="Axis it works along; -1 is the last, the channels.")
RATE = Parameter(
    "rate", "float", required=True, minimum=0, maximum=1, help="Share of the values that is dropped while training."
)
RETURN_SEQUENCES = Parameter(
    "return_sequences", "bool", False, help="Give the result of every time step, not of the last one alone."
)
GO_BACKWARDS = Parameter("go_backwards", "bool", False, help="Read the sequence from its end.")
RECURRENT_ACTIVATION = Parameter(
    "recurrent_activation", "choice", "sigmoid", choices=ACTIVATIONS, help="Function of the gates."
)
DROPOUT = Parameter("dropout", "float", 0.0, minimum=0, maximum=1, help="Share of the values dropped while training.")
RECURRENT_DROPOUT = Parameter(
    "recurrent_dropout", "float", 0.0, minimum=0, maximum=1, help="Share of the state dropped while training."
)
NEGATIVE_SLOPE = Parameter("negative_slope", "float", 0.3, minimum=0, help="Slope for values below zero.")
KEEPDIMS = Parameter("keepdims", "bool", False, help="Keep the pooled axes with size 1.")


def activation(default: str) -> Parameter:
    return Parameter("activation", "choice", default, choices=ACTIVATIONS, help=ACTIVATION.help)
