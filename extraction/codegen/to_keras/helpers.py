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
        return sum(self._fit(x) for x in (inputs if isinstance(inputs, (list, tuple)) else [inputs]))

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
