"""Layers that Keras lacks, as text that is put into a file that needs them. They run on every backend of Keras."""

HELPERS = {
    "LocalResponseNormalization": '''\
@keras.saving.register_keras_serializable(package="paper")
class LocalResponseNormalization(layers.Layer):
    """Divides every value by the activity of its neighbouring channels (AlexNet)."""

    def __init__(self, size=5, alpha=1e-4, beta=0.75, k=1.0, **options):
        super().__init__(**options)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x):
        before = (self.size - 1) // 2
        borders = [[0, 0]] * (len(x.shape) - 1) + [[before, self.size - 1 - before]]
        squares = keras.ops.pad(keras.ops.square(x), borders)
        channels = x.shape[-1]
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return x / (self.k + self.alpha / self.size * total) ** self.beta

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        values = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return {**super().get_config(), **values}
''',
    "LowestPadding": '''\
@keras.saving.register_keras_serializable(package="paper")
class LowestPadding(layers.Layer):
    """Puts the lowest number around a map, so that no largest value is one of the border's."""

    def __init__(self, padding, **options):
        super().__init__(**options)
        self.padding = padding

    def call(self, x):
        rank = len(x.shape) - 2
        sides = [self.padding] * rank if isinstance(self.padding, int) else self.padding
        borders = [[0, 0], *([side, side] for side in sides), [0, 0]]
        return keras.ops.pad(x, borders, constant_values=-3e38)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}
''',
    "AbsVal": '''\
@keras.saving.register_keras_serializable(package="paper")
class AbsVal(layers.Layer):
    """Takes the sign away."""

    def call(self, x):
        return keras.ops.abs(x)
''',
    "PowerLaw": '''\
@keras.saving.register_keras_serializable(package="paper")
class PowerLaw(layers.Layer):
    """(scale * x + shift) to a power."""

    def __init__(self, power=1.0, scale=1.0, shift=0.0, **options):
        super().__init__(**options)
        self.power, self.scale, self.shift = power, scale, shift

    def call(self, x):
        return (self.scale * x + self.shift) ** self.power

    def get_config(self):
        values = {"power": self.power, "scale": self.scale, "shift": self.shift}
        return {**super().get_config(), **values}
''',
    "Logarithm": '''\
@keras.saving.register_keras_serializable(package="paper")
class Logarithm(layers.Layer):
    """Logarithm of scale * x + shift; of base e without one."""

    def __init__(self, base=None, scale=1.0, shift=0.0, **options):
        super().__init__(**options)
        self.base, self.scale, self.shift = base, scale, shift

    def call(self, x):
        result = keras.ops.log(self.scale * x + self.shift)
        return result if self.base is None else result / keras.ops.log(self.base)

    def get_config(self):
        values = {"base": self.base, "scale": self.scale, "shift": self.shift}
        return {**super().get_config(), **values}
''',
    "Exponential": '''\
@keras.saving.register_keras_serializable(package="paper")
class Exponential(layers.Layer):
    """A base to the power of scale * x + shift; e without one."""

    def __init__(self, base=None, scale=1.0, shift=0.0, **options):
        super().__init__(**options)
        self.base, self.scale, self.shift = base, scale, shift

    def call(self, x):
        exponent = self.scale * x + self.shift
        return keras.ops.exp(exponent if self.base is None else exponent * keras.ops.log(self.base))

    def get_config(self):
        values = {"base": self.base, "scale": self.scale, "shift": self.shift}
        return {**super().get_config(), **values}
''',
    "Threshold": '''\
@keras.saving.register_keras_serializable(package="paper")
class Threshold(layers.Layer):
    """1 above a threshold, else 0."""

    def __init__(self, threshold=0.0, **options):
        super().__init__(**options)
        self.threshold = threshold

    def call(self, x):
        return keras.ops.cast(x > self.threshold, x.dtype)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}
''',
    "MVN": '''\
@keras.saving.register_keras_serializable(package="paper")
class MVN(layers.Layer):
    """Takes the mean off every map and divides by its deviation."""

    def __init__(self, normalize_variance=True, across_channels=False, epsilon=1e-9, **options):
        super().__init__(**options)
        self.normalize_variance, self.epsilon = normalize_variance, epsilon
        self.across_channels = across_channels

    def call(self, x):
        axes = (1, 2, 3) if self.across_channels else (1, 2)
        centred = x - keras.ops.mean(x, axis=axes, keepdims=True)
        if not self.normalize_variance:
            return centred
        deviation = keras.ops.sqrt(keras.ops.mean(centred**2, axis=axes, keepdims=True))
        return centred / (deviation + self.epsilon)

    def get_config(self):
        values = {"normalize_variance": self.normalize_variance, "epsilon": self.epsilon}
        return {**super().get_config(), **values, "across_channels": self.across_channels}
''',
    "Slice": '''\
@keras.saving.register_keras_serializable(package="paper")
class Slice(layers.Layer):
    """Some of the channels, in a row."""

    def __init__(self, start=0, stop=None, **options):
        super().__init__(**options)
        self.start, self.stop = start, stop

    def call(self, x):
        return x[..., self.start : self.stop]

    def get_config(self):
        return {**super().get_config(), "start": self.start, "stop": self.stop}
''',
    "Bias": '''\
@keras.saving.register_keras_serializable(package="paper")
class Bias(layers.Layer):
    """Adds a learnt number to every channel."""

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, x):
        return x + self.bias
''',
    "ArgMax": '''\
@keras.saving.register_keras_serializable(package="paper")
class ArgMax(layers.Layer):
    """Number of the largest channel, from 0, at every place."""

    def call(self, x):
        return keras.ops.cast(keras.ops.argmax(x, axis=-1, keepdims=True), x.dtype)
''',
    "LayerScale": '''\
@keras.saving.register_keras_serializable(package="paper")
class LayerScale(layers.Layer):
    """Multiplies every channel by a learnt factor that starts small."""

    def __init__(self, init_values=1e-6, **options):
        super().__init__(**options)
        self.init_values = init_values

    def build(self, input_shape):
        first = keras.initializers.Constant(self.init_values)
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer=first, name="gamma")

    def call(self, x):
        return x * self.gamma

    def get_config(self):
        return {**super().get_config(), "init_values": self.init_values}
''',
    "StochasticDepth": '''\
@keras.saving.register_keras_serializable(package="paper")
class StochasticDepth(layers.Layer):
    """Drops whole examples of a branch while training."""

    def __init__(self, drop_path_rate, **options):
        super().__init__(**options)
        self.drop_path_rate = drop_path_rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        sizes = (keras.ops.shape(x)[0], *[1] * (len(x.shape) - 1))
        keep = 1 - self.drop_path_rate
        noise = keras.random.uniform(sizes, dtype=x.dtype, seed=self.seed_generator)
        return x / keep * keras.ops.floor(keep + noise)

    def get_config(self):
        return {**super().get_config(), "drop_path_rate": self.drop_path_rate}
''',
    "Placeholder": '''\
@keras.saving.register_keras_serializable(package="paper")
class Placeholder(layers.Layer):
    """Stands where the paper shows no inside: keeps sizes right, learns nothing.

    An input of the printed size passes; of any other, its mean fills the printed size.
    """

    def __init__(self, sizes, **options):
        super().__init__(**options)
        self.sizes = tuple(sizes)

    def call(self, inputs):
        several = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        return sum(self._fit(x) for x in several)

    def _fit(self, x):
        x = keras.ops.cast(x, self.compute_dtype)
        if tuple(x.shape[1:]) == self.sizes:
            return x
        mean = keras.ops.mean(keras.ops.reshape(x, (keras.ops.shape(x)[0], -1)), axis=1)
        mean = keras.ops.reshape(mean, (-1, *[1] * len(self.sizes)))
        return mean + keras.ops.zeros((1, *self.sizes), dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch = input_shape[0][0] if isinstance(input_shape, list) else input_shape[0]
        return (batch, *self.sizes)

    def get_config(self):
        return {**super().get_config(), "sizes": self.sizes}
''',
}
