"""Rules of layers that work on sequences: recurrent layers, attention, embeddings."""

from __future__ import annotations

from extraction.flow.model import Shape
from extraction.flow.problems import sizes
from extraction.flow.rules.call import Call, Result, Rule, RuleError, as_list, product
from extraction.flow.rules.maps import one_above_one, slide
from extraction.flow.values import per_axis

_GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}


def _embedding(call: Call) -> Result:
    return (*call.input, call["output_dim"]), product((call["input_dim"], call["output_dim"]))


def _reversible(call: Call) -> Result:
    weights = product((call["input_dim"], call["output_dim"]))
    count = None if weights is None else weights * (1 if call["tie_weights"] else 2)
    if not call["reverse"]:
        return (*call.input, call["output_dim"]), count
    if not call.input or call.input[-1] not in (None, call["output_dim"]):
        raise RuleError(f"{call.title} leads back from vectors of {call['output_dim']}, but gets {sizes(call.input)}")
    return (*call.input[:-1], call["input_dim"]), count


def _one_step(call: Call) -> Result:
    """A recurrent cell: its first input is the step, the others are states."""
    units, kind = call["units"], call.layer.type.removesuffix("Cell")
    for state in call.inputs[1:]:
        if len(state) != 1 or state[0] not in (None, units):
            raise RuleError(f"{call.title} has states of {units} values, but gets {sizes(state)}")
    biases = 2 if kind == "GRU" and call["reset_after"] else 1
    return (units,), _cell(kind, units, call.input[0], call["use_bias"], biases)


def _stacked(call: Call) -> Result:
    steps, features = call.input
    kind, units, total = call["cell"].removesuffix("Cell"), as_list(call["units"]), 0
    for outputs in units:
        count = _cell(kind, outputs, features, True, 2 if kind == "GRU" else 1)
        if count is None:
            return ((steps, units[-1]) if call["return_sequences"] else (units[-1],)), None
        total, features = total + count, outputs
    return ((steps, units[-1]) if call["return_sequences"] else (units[-1],)), total


def _recurrent(call: Call) -> Result:
    steps, features = call.input
    units = call["units"]
    biases = 2 if call.layer.type == "GRU" and call["reset_after"] else 1
    count = _cell(call.layer.type, units, features, call["use_bias"], biases)
    return ((steps, units) if call["return_sequences"] else (units,)), count


def _bidirectional(call: Call) -> Result:
    steps, features = call.input
    units, cell = call["units"], call["layer"]
    count = _cell(cell, units, features, call["use_bias"], 2 if cell == "GRU" else 1)
    outputs = product((units, 2 if call["merge_mode"] == "concat" else 1))
    shape: Shape = (steps, outputs) if call["return_sequences"] else (outputs,)
    return shape, None if count is None else 2 * count


def _cell(cell: str, units: int | None, features: int | None, use_bias: bool, biases: int) -> int | None:
    if units is None or features is None:
        return None
    return _GATES[cell] * units * (features + units + (biases if use_bias else 0))


def _conv_recurrent(call: Call) -> Result:
    steps, *spatial, channels = call.input
    kernel, filters = per_axis(call["kernel_size"], len(spatial)), call["filters"]
    one_above_one(call)
    after = slide(call, spatial, kernel, "kernel")
    window_size = product(kernel)
    count = None
    if None not in (channels, filters, window_size):
        count = 4 * filters * (window_size * (channels + filters) + (1 if call["use_bias"] else 0))
    return (*((steps,) if call["return_sequences"] else ()), *after, filters), count


def _multi_head(call: Call) -> Result:
    query, value, key = _queries(call)
    heads, width = call["num_heads"], call["key_dim"]
    depth = call["value_dim"] or width
    return query, _projections(query, value, key, heads, heads, width, depth, call["use_bias"])


def _group_query(call: Call) -> Result:
    query, value, key = _queries(call)
    heads, shared, width = call["num_query_heads"], call["num_key_value_heads"], call["head_dim"]
    if heads is not None and shared is not None and heads % shared:
        raise RuleError(f"{call.title} shares {shared} key heads among {heads} query heads; they can't be divided so")
    return query, _projections(query, value, key, heads, shared, width, width, call["use_bias"])


def _attention(call: Call) -> Result:
    query, value, key = _queries(call)
    if None not in (query[-1], key[-1]) and query[-1] != key[-1]:
        raise RuleError(f"{call.title} compares queries of {query[-1]} features with keys of {key[-1]}")
    scale = (1 if call.layer.type == "Attention" else key[-1]) if call["use_scale"] else 0
    return (*query[:-1], value[-1]), scale


def _queries(call: Call) -> tuple[Shape, Shape, Shape]:
    """Shapes of query, value and key; one input attends to itself."""
    query = call.inputs[0]
    value = call.inputs[1] if len(call.inputs) > 1 else query
    key = call.inputs[2] if len(call.inputs) > 2 else value
    if None not in (value[0], key[0]) and value[0] != key[0]:
        raise RuleError(f"{call.title} gets values of {value[0]} steps, but keys of {key[0]}")
    return query, value, key


def _projections(
    query: Shape, value: Shape, key: Shape, heads: int, shared: int, width: int, depth: int, use_bias: bool
) -> int | None:
    q, v, k = query[-1], value[-1], key[-1]
    if q is None or v is None or k is None or None in (heads, shared, width, depth):
        return None
    bias = 1 if use_bias else 0
    inward = (q + bias) * heads * width + (k + bias) * shared * width + (v + bias) * shared * depth
    return inward + (heads * depth + bias) * q


RULES: dict[str, Rule] = {
    "Embedding": _embedding,
    "ReversibleEmbedding": _reversible,
    "StackedRNNCells": _stacked,
    "Bidirectional": _bidirectional,
    "MultiHeadAttention": _multi_head,
    "GroupQueryAttention": _group_query,
    "Attention": _attention,
    "AdditiveAttention": _attention,
    **dict.fromkeys(_GATES, _recurrent),
    **{f"{cell}Cell": _one_step for cell in _GATES},
    **{f"ConvLSTM{rank}D": _conv_recurrent for rank in (1, 2, 3)},
}
