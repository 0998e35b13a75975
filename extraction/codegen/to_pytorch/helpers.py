"""Modules and functions that PyTorch lacks, as text that is put into a file that needs them."""

HELPERS = {
    "MultiHeadAttention": '''\
class MultiHeadAttention(nn.Module):
    """Attention with several heads, which may be narrower than the features and share keys."""

    def __init__(
        self,
        sizes,
        heads,
        key_dim,
        value_dim=None,
        key_heads=None,
        dropout=0.0,
        bias=True,
        causal=False,
    ):
        super().__init__()
        query_size, value_size, key_size = sizes
        value_dim, key_heads = value_dim or key_dim, key_heads or heads
        self.heads, self.key_heads = heads, key_heads
        self.dropout, self.causal = dropout, causal
        self.query = nn.Linear(query_size, heads * key_dim, bias=bias)
        self.key = nn.Linear(key_size, key_heads * key_dim, bias=bias)
        self.value = nn.Linear(value_size, key_heads * value_dim, bias=bias)
        self.output = nn.Linear(heads * value_dim, query_size, bias=bias)

    def forward(self, query, value, key):
        q = self.query(query).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(key).unflatten(-1, (self.key_heads, -1)).transpose(1, 2)
        v = self.value(value).unflatten(-1, (self.key_heads, -1)).transpose(1, 2)
        shared = self.heads // self.key_heads
        if shared > 1:
            k, v = k.repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
        dropout = self.dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=self.causal)
        return self.output(attended.transpose(1, 2).flatten(2))
''',
    "DotAttention": '''\
class DotAttention(nn.Module):
    """Attention by dot products, not scaled (Luong); `scales` is 1 where a factor is learnt."""

    def __init__(self, scales=0, dropout=0.0):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(())) if scales else 1.0
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, value, key):
        scores = self.scale * query @ key.transpose(1, 2)
        return self.dropout(F.softmax(scores, dim=-1)) @ value
''',
    "AdditiveAttention": '''\
class AdditiveAttention(nn.Module):
    """Attention by sums (Bahdanau); `scales` is the number of features that get a learnt weight."""

    def __init__(self, scales=0, dropout=0.0):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(scales)) if scales else 1.0
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, value, key):
        sums = torch.tanh(query.unsqueeze(2) + key.unsqueeze(1))
        scores = (self.scale * sums).sum(dim=-1)
        return self.dropout(F.softmax(scores, dim=-1)) @ value
''',
    "Measured": '''\
class Measured(nn.Module):
    """Takes a mean off and divides by a deviation, both measured on the data beforehand."""

    def __init__(self, sizes):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(sizes))
        self.register_buffer("running_var", torch.ones(sizes))
        self.register_buffer("count_of_values", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        return (x - self.running_mean) / self.running_var.sqrt().clamp(min=1e-7)

    def invert(self, x):
        return x * self.running_var.sqrt().clamp(min=1e-7) + self.running_mean
''',
    "standardize": '''\
def standardize(x, dim, mean, deviation):
    """Takes a mean off and divides by a deviation, which may differ along a dimension."""
    sizes = [-1 if i == dim % x.dim() else 1 for i in range(x.dim())]
    return (x - x.new_tensor(mean).view(sizes)) / x.new_tensor(deviation).view(sizes)
''',
    "even_maps": '''\
def even_maps(x, dims, variance=True, epsilon=1e-9):
    """Takes the mean off every map and divides by its deviation."""
    centred = x - x.mean(dims, keepdim=True)
    if not variance:
        return centred
    return centred / ((centred**2).mean(dims, keepdim=True).sqrt() + epsilon)
''',
    "rescale": '''\
def rescale(x, dim, scale, offset):
    """Multiplies and adds numbers that may differ along a dimension."""
    sizes = [-1 if i == dim % x.dim() else 1 for i in range(x.dim())]
    return x * x.new_tensor(scale).view(sizes) + x.new_tensor(offset).view(sizes)
''',
    "ConvLSTM": '''\
class ConvLSTM(nn.Module):
    """LSTM whose products are convolutions; `border` is put around every step."""

    def __init__(self, channels, filters, size, border, stride=1, bias=True, backwards=False):
        super().__init__()
        conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(border) // 2 - 1]
        self.into = conv(channels, 4 * filters, size, stride, bias=bias)
        self.state = conv(filters, 4 * filters, size, padding="same", bias=False)
        self.border, self.backwards = border, backwards

    def forward(self, steps):
        steps = steps.flip(1) if self.backwards else steps
        outputs, output, memory = [], None, None
        for step in steps.movedim(1, 0):
            gates = self.into(F.pad(step, self.border))
            if output is not None:
                gates = gates + self.state(output)
            enter, forget, new, leave = gates.chunk(4, dim=1)
            new = torch.sigmoid(enter) * torch.tanh(new)
            memory = new if memory is None else torch.sigmoid(forget) * memory + new
            output = torch.sigmoid(leave) * torch.tanh(memory)
            outputs.append(output)
        return torch.stack(outputs, dim=1)
''',
    "each_step": '''\
def each_step(function, x):
    """The same for every step of (N, steps, ..., channels); inside, the channels come first."""
    steps = x.flatten(0, 1).movedim(-1, 1)
    return function(steps).movedim(1, -1).unflatten(0, x.shape[:2])
''',
    "StochasticDepth": '''\
class StochasticDepth(nn.Module):
    """Drops whole examples of a branch while training."""

    def __init__(self, rate):
        super().__init__()
        self.keep = 1 - rate

    def forward(self, x):
        if not self.training:
            return x
        noise = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device)
        return x / self.keep * (self.keep + noise).floor()
''',
    "average_pool": '''\
def average_pool(x, size, stride, border):
    """Means over windows, with a border that is wider on one side and does not count."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3]
    inside = F.pad(torch.ones_like(x[:1, :1]), border)
    return pool(F.pad(x, border), size, stride) / pool(inside, size, stride)
''',
    "join_directions": '''\
def join_directions(both, units, mode, sequences):
    """What a layer that reads both ways gives: all steps, or the last one of each direction."""
    forward, backward = both[..., :units], both[..., units:]
    if not sequences:
        forward, backward = forward[:, -1], backward[:, 0]
    if mode == "concat":
        return torch.cat([forward, backward], dim=-1)
    if mode == "mul":
        return forward * backward
    return forward + backward if mode == "sum" else (forward + backward) / 2
''',
    "stand_in": '''\
def stand_in(sizes, *inputs):
    """Stands where the paper shows no inside: keeps sizes right, learns nothing.

    An input of the printed size passes; of any other, its mean fills the printed size.
    """
    total = 0.0
    for x in inputs:
        if tuple(x.shape[1:]) != sizes:
            mean = x.float().flatten(1).mean(dim=1)
            x = mean.reshape(-1, *[1] * len(sizes)).expand(-1, *sizes)
        total = total + x
    return total
''',
}
