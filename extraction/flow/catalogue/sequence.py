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
        "SimpleRNN",
        "rec",
        "Plain recurrent layer.",
        (p.UNITS, p.activation("tanh"), *_RECURRENT),
        rank=1,
        aliases=("rnn", "recurrent layer", "vanilla rnn", "elman"),
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
    yield LayerType(
        "TimeDistributed",
        "rec",
        "The same Dense layer for every time step.",
        (p.UNITS, p.ACTIVATION, p.USE_BIAS),
        rank=1,
        aliases=("time distributed dense", "time distributed"),
        keras="TimeDistributed",
        caffe="InnerProduct",
        pytorch="nn.Linear",
        onnx="MatMul",
    )
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
            pytorch=None,
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
                 "masked multi-head attention", "multi-head self-attention", "msa", "cross-attention"),
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
            ("dot attention", "luong attention", "scaled dot-product attention"),
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
