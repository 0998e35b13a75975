"""Layers that work on sequences: recurrent layers, attention, embeddings."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter

_RECURRENT = (p.USE_BIAS, p.RETURN_SEQUENCES, p.GO_BACKWARDS, p.DROPOUT, p.RECURRENT_DROPOUT)
_GATED = (p.UNITS, p.activation("tanh"), p.RECURRENT_ACTIVATION, *_RECURRENT)
_RESET_AFTER = Parameter("reset_after", "bool", True, help="Apply the reset gate after the product, as cuDNN does.")
_CELLS = ("LSTM", "GRU", "SimpleRNN")
_CONV_RECURRENT = (
    p.FILTERS, p.KERNEL_SIZE, p.STRIDES, p.PADDING, p.DILATION_RATE, p.activation("tanh"), p.RECURRENT_ACTIVATION,
    p.USE_BIAS, p.RETURN_SEQUENCES, p.GO_BACKWARDS,
)  # fmt: skip
_HEADS = Parameter("num_heads", "int", required=True, minimum=1, help="Number of attention heads.")


def sequence_types() -> Iterator[LayerType]:
    yield LayerType(
        "Embedding",
        "dense",
        "Gives every whole number (a word, an id) a learnt vector.",
        (
            Parameter("input_dim", "int", required=True, minimum=1, help="Size of the vocabulary."),
            Parameter("output_dim", "int", required=True, minimum=1, help="Length of each vector."),
            Parameter("mask_zero", "bool", False, help="Leave zeros out of what follows."),
        ),
        rank=0,
        aliases=("embed", "word embedding", "input embedding", "output embedding", "lookup table", "token embedding"),
        keras="Embedding",
        caffe="Embed",
        pytorch="nn.Embedding",
        onnx="Gather",
    )
    yield LayerType(
        "ReversibleEmbedding",
        "dense",
        "Embedding that can also lead from vectors back to scores of the words.",
        (
            Parameter("input_dim", "int", required=True, minimum=1, help="Size of the vocabulary."),
            Parameter("output_dim", "int", required=True, minimum=1, help="Length of each vector."),
            Parameter("tie_weights", "bool", True, help="The way back uses the same weights."),
            Parameter("mask_zero", "bool", False, help="Leave zeros out of what follows."),
            Parameter("logit_soft_cap", "float", None, minimum=0, help="Bound of the scores; none if empty."),
            Parameter("reverse", "bool", False, help="Lead from vectors to scores."),
        ),
        aliases=("reversible embedding", "tied embedding"),
        keras="ReversibleEmbedding",
        caffe=None,
        pytorch="nn.Embedding",
        onnx="Gather",
    )
    yield LayerType(
        "SimpleRNN",
        "rec",
        "Plain recurrent layer.",
        (p.UNITS, p.activation("tanh"), *_RECURRENT),
        rank=1,
        aliases=("rnn", "recurrent", "recurrent layer", "vanilla rnn", "elman"),
        keras="SimpleRNN",
        caffe="RNN",
        pytorch="nn.RNN",
        onnx="RNN",
    )
    yield LayerType(
        "LSTM",
        "rec",
        "Recurrent layer with long short-term memory.",
        _GATED,
        rank=1,
        aliases=("lstm layer", "lstm cell", "long short-term memory"),
        keras="LSTM",
        caffe="LSTM",
        pytorch="nn.LSTM",
        onnx="LSTM",
    )
    yield LayerType(
        "GRU",
        "rec",
        "Gated recurrent layer.",
        (*_GATED, _RESET_AFTER),
        rank=1,
        aliases=("gru layer", "gru cell", "gated recurrent unit"),
        keras="GRU",
        caffe=None,
        pytorch="nn.GRU",
        onnx="GRU",
    )
    yield LayerType(
        "Bidirectional",
        "rec",
        "Reads a sequence in both directions with two recurrent layers.",
        (
            p.UNITS,
            Parameter("layer", "choice", "LSTM", choices=_CELLS, help="The recurrent layer inside."),
            Parameter("merge_mode", "choice", "concat", choices=("concat", "sum", "mul", "ave")),
            p.activation("tanh"),
            p.USE_BIAS,
            p.RETURN_SEQUENCES,
        ),
        rank=1,
        aliases=("bilstm", "bi-lstm", "blstm", "bidirectional lstm", "bidirectional rnn", "birnn", "bigru"),
        keras="Bidirectional",
        caffe=None,
        pytorch="nn.LSTM",
        onnx="LSTM",
    )
    yield from _cells()
    for rank in (1, 2, 3):
        yield LayerType(
            f"ConvLSTM{rank}D",
            "rec",
            f"LSTM whose products are convolutions with {rank} spatial axes; its input is a sequence of maps.",
            _CONV_RECURRENT,
            rank=rank + 1,
            aliases=(f"conv lstm {rank}d",) + (("convlstm", "conv-lstm", "convolutional lstm") if rank == 2 else ()),
            keras=f"ConvLSTM{rank}D",
            caffe=None,
            pytorch=f"nn.Conv{rank}d",
            onnx=None,
        )
    yield LayerType(
        "MultiHeadAttention",
        "attn",
        "Attention with several heads; inputs are query, value and, if it differs, key. One input attends to itself.",
        (
            _HEADS,
            Parameter("key_dim", "int", required=True, minimum=1, help="Length of the queries and keys of a head."),
            Parameter("value_dim", "int", None, minimum=1, help="Length of a head's values; as the keys if empty."),
            p.DROPOUT,
            p.USE_BIAS,
            Parameter("use_causal_mask", "bool", False, help="A step sees only the steps before it."),
        ),
        rank=1,
        max_inputs=3,
        aliases=("multi-head attention", "multihead attention", "mha", "self-attention", "self attention",
                 "masked multi-head attention", "multi-head self-attention", "msa", "mhsa", "cross-attention"),
        keras="MultiHeadAttention",
        caffe=None,
        pytorch="nn.MultiheadAttention",
        onnx="Attention",
    )  # fmt: skip
    yield LayerType(
        "GroupQueryAttention",
        "attn",
        "Attention whose heads share keys and values in groups.",
        (
            Parameter("head_dim", "int", required=True, minimum=1, help="Length of the queries of a head."),
            Parameter("num_query_heads", "int", required=True, minimum=1, help="Number of query heads."),
            Parameter("num_key_value_heads", "int", required=True, minimum=1, help="Number of key and value heads."),
            p.DROPOUT,
            p.USE_BIAS,
        ),
        rank=1,
        max_inputs=3,
        aliases=("grouped query attention", "gqa"),
        keras="GroupQueryAttention",
        caffe=None,
        pytorch="F.scaled_dot_product_attention",
        onnx="GroupQueryAttention",
    )
    for name, what, aliases, scale in (
        (
            "Attention",
            "dot products (Luong)",
            (
                "dot attention",
                "luong attention",
                "scaled dot-product attention",
                "attention layer",
                "attention mechanism",
            ),
            False,
        ),
        ("AdditiveAttention", "sums (Bahdanau)", ("additive attention", "bahdanau attention"), True),
    ):
        yield LayerType(
            name,
            "attn",
            f"Attention by {what}; inputs are query, value and, if it differs, key. One input attends to itself.",
            (Parameter("use_scale", "bool", scale, help="Learn a scale of the scores."), p.DROPOUT),
            rank=1,
            max_inputs=3,
            aliases=aliases,
            keras=name,
            caffe=None,
            pytorch="F.scaled_dot_product_attention" if name == "Attention" else None,
            onnx=None,
        )


def _cells() -> Iterator[LayerType]:
    """One step of a recurrent layer: its inputs are the step and the states, its output what goes to the next layer."""
    states = {"SimpleRNNCell": "the state", "GRUCell": "the state", "LSTMCell": "the output and the memory"}
    common = (p.USE_BIAS, p.DROPOUT, p.RECURRENT_DROPOUT)
    for name, what in states.items():
        gates = (p.RECURRENT_ACTIVATION,) if name != "SimpleRNNCell" else ()
        after = (_RESET_AFTER,) if name == "GRUCell" else ()
        kind = name.removesuffix("Cell")
        yield LayerType(
            name,
            "rec",
            f"One step of {kind}; inputs are the step and, if they aren't zero, {what} before it.",
            (p.UNITS, p.activation("tanh"), *gates, *common, *after),
            rank=0,
            max_inputs=3 if name == "LSTMCell" else 2,
            keras=name,
            caffe=None,
            pytorch=f"nn.{kind.removeprefix('Simple')}Cell",
            onnx=kind.removeprefix("Simple"),
        )
    yield LayerType(
        "StackedRNNCells",
        "rec",
        "Recurrent cells one above the other, run over a sequence (`RNN` with several cells in Keras).",
        (
            Parameter("cell", "choice", "LSTMCell", choices=tuple(states), help="What each of them is."),
            Parameter("units", "ints", required=True, minimum=1, help="Outputs of each, from the first to the last."),
            p.RETURN_SEQUENCES,
            p.GO_BACKWARDS,
        ),
        rank=1,
        aliases=("stacked rnn", "stacked lstm", "deep rnn", "multi-layer lstm"),
        keras="StackedRNNCells",
        caffe=None,
        pytorch="nn.LSTM",
        onnx="LSTM",
    )
