"""The poster's grammar: which layer may follow which, and with which parameters. docs/simulate.md tells why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from extraction.simulate import values as v
from extraction.simulate.design import Design

#: The poster's table: what may follow a layer. `Dropout` passes its input's row on, and so does a `Concat` of maps or
#: sequences; a `Concat` of vectors has the row of `Dense`.
TABLE: Mapping[str, tuple[str, ...]] = {
    "Dense": ("Dense", "Concat", "Embed"),
    "Conv2D": ("Conv2D", "Flatten", "Dropout", "MaxPool", "AvgPool", "Concat"),
    "Flatten": ("Dense", "Dropout", "Concat", "Embed"),
    "MaxPool": ("Conv2D", "Flatten", "Dropout", "MaxPool", "AvgPool", "Concat"),
    "AvgPool": ("Conv2D", "Flatten", "Dropout", "MaxPool", "AvgPool", "Concat"),
    "Embed": ("Flatten", "Dropout", "Concat", "Embed", "RNN", "RNN(seq)", "LSTM", "LSTM(seq)"),
    "RNN": ("Dense", "Dropout", "Concat", "Embed"),
    "RNN(seq)": ("Flatten", "Dropout", "Concat", "RNN", "RNN(seq)", "LSTM", "LSTM(seq)"),
    "LSTM": ("Dense", "Dropout", "Concat", "Embed"),
    "LSTM(seq)": ("Flatten", "Dropout", "Concat", "RNN", "RNN(seq)", "LSTM", "LSTM(seq)"),
}
#: What may follow an input, which the table leaves out.
START: Mapping[str, tuple[str, ...]] = {
    "image": ("Conv2D",),
    "vector": ("Dense",),
    "words": ("Embed",),
    "series": ("RNN", "RNN(seq)", "LSTM", "LSTM(seq)"),
}
#: How often each kind of input begins a design.
STARTS: Mapping[str, int] = {"image": 62, "words": 20, "series": 8, "vector": 10}
#: How often each word is tried where the table allows it.
WEIGHTS: Mapping[str, int] = {
    "Dense": 8, "Conv2D": 9, "Flatten": 3, "Dropout": 2, "MaxPool": 3, "AvgPool": 1, "Concat": 2, "Embed": 1,
    "RNN": 1, "RNN(seq)": 2, "LSTM": 2, "LSTM(seq)": 3,
}  # fmt: skip
#: Words that end a stage of maps or sequences and give a vector.
LEAVING = frozenset({"Flatten", "RNN", "LSTM"})
#: Catalogue types and fixed parameters of the words.
TYPES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Dense": ("Dense", {}),
    "Conv2D": ("Conv2D", {}),
    "Flatten": ("Flatten", {}),
    "Dropout": ("Dropout", {}),
    "MaxPool": ("MaxPooling2D", {}),
    "AvgPool": ("AveragePooling2D", {}),
    "Concat": ("Concatenate", {}),
    "Embed": ("Embedding", {}),
    "RNN": ("SimpleRNN", {}),
    "RNN(seq)": ("SimpleRNN", {"return_sequences": True}),
    "LSTM": ("LSTM", {}),
    "LSTM(seq)": ("LSTM", {"return_sequences": True}),
}

#: Table rows with every word as often as it weighs, split by whether a stage may be left.
_STAYING = {
    row: tuple(word for word in words if word not in LEAVING for _ in range(WEIGHTS[word]))
    for row, words in TABLE.items()
}
_LEAVING = {
    row: tuple(word for word in words if word in LEAVING for _ in range(WEIGHTS[word])) for row, words in TABLE.items()
}
_STARTS = tuple(start for start, weight in STARTS.items() for _ in range(weight))


def generate(rng: Random, design: Design) -> None:
    """Fill an empty design with exactly as many layers in depth as it asks for."""
    _Poster(rng.random, design).run()


class _Poster:
    """One design in the making. Everything it adds fits: sizes never vanish, and every last layer is a `Dense`."""

    __slots__ = ("cur", "d", "dense_rows", "leave", "random", "row", "same", "vector", "words")

    def __init__(self, random: Callable[[], float], design: Design) -> None:
        self.random, self.d = random, design
        #: The last layer of the main way, the table's row that holds for it, and the word that made it.
        self.cur, self.row, self.words = 0, "", ""
        #: Whether the main way is a vector by now.
        self.vector = False
        #: Layers of the main way that could be joined with the current one: same height and width, same steps, vectors.
        self.same: list[int] = []
        self.leave = 0

    def run(self) -> None:
        random, d = self.random, self.d
        depth = d.depth
        # The stage of maps or sequences is left at the latest where the last layer but one stands.
        self.leave = depth - 1 - int(random() * random() * min(depth - 3, 12))
        start = _STARTS[int(random() * len(_STARTS))]
        if start == "vector" and depth > 12 and random() < 0.8:
            start = "image"
        self._start(start)
        here = 2
        while here < depth - 1:
            here += 1
            self._step(here)
        v.last_dense(d, random, self.cur)

    def _start(self, start: str) -> None:
        random, d = self.random, self.d
        if start == "image":
            self.same = [d.input(v.image(random, d.depth))]
        elif start == "words":
            d.input((v.pick(random, v.STEPS),), "int32")
        elif start == "series":
            d.input((v.pick(random, v.STEPS), v.pick(random, v.FEATURES)))
        else:
            d.input((v.pick(random, v.VECTOR),))
            self.vector = True
        self._follow(v.pick(random, START[start]))

    def _step(self, here: int) -> None:
        """One more layer of the main way."""
        random = self.random
        if not self.vector and here >= self.leave:
            words = _LEAVING[self.row]
            self._follow(words[int(random() * len(words))])
            return
        words = _STAYING[self.row]
        for _ in range(8):
            if self._try(words[int(random() * len(words))]):
                return
        self._follow("Dense" if self.vector else "Conv2D" if len(self.d.shapes[self.cur]) == 3 else "LSTM(seq)")

    def _try(self, word: str) -> bool:
        """Follow a word of the row where its sizes allow it."""
        d = self.d
        shape = d.shapes[self.cur]
        if word == "Dropout" and self.words == "Dropout":
            return False
        if word in ("MaxPool", "AvgPool") and (shape[0] < 4 or shape[1] < 4):
            return False
        if word == "Concat":
            return self._concat(shape)
        if word == "Embed":
            return self._embed(shape)
        self._follow(word)
        return True

    def _follow(self, word: str) -> None:
        random, d, cur = self.random, self.d, self.cur
        shape = d.shapes[cur]
        self.cur = new = MAKERS[word](random, d, cur)
        self.words = word
        if word == "Dropout":
            self.same.append(new)
            return
        self.row = word
        after = d.shapes[new]
        if word in LEAVING:
            self.vector = True
            self.same = [new]
        elif len(after) == len(shape) and after[:-1] == shape[:-1]:
            self.same.append(new)
        else:
            self.same = [new]

    # --- Joining ------------------------------------------------------------------------------------------------------

    def _joined(self, others: tuple[int, ...]) -> bool:
        """Join the main way with others, in either order. Refused where it would get too wide."""
        d, random = self.d, self.random
        parts = (self.cur, *others) if random() < 0.7 else (*others, self.cur)
        width = sum([d.shapes[part][-1] for part in parts])
        before = v.product(d.shapes[self.cur][:-1])
        if width > v.MOST_CHANNELS or width * before > v.MOST_VALUES:
            return False
        self.cur = d.join("Concatenate", {}, parts)
        self.words = "Concat"
        if self.vector:
            self.row = "Dense"
        self.same.append(self.cur)
        return True

    def _concat(self, shape: tuple[int, ...]) -> bool:
        """With an earlier layer, or with a branch that left the main way further up."""
        d, random, same = self.d, self.random, self.same
        if d.shapes[self.cur][-1] * 2 > v.MOST_CHANNELS:
            return False
        earlier = [place for place in same if place != self.cur and d.kinds[place] != "Input"]
        if earlier and random() < 0.45:
            return self._joined((earlier[int(random() * len(earlier))],))
        roots = [place for place in same if place != self.cur][-6:]
        if not roots or self.words == "Concat":
            return False
        root = roots[int(random() * len(roots))]
        room = d.depths[self.cur] - d.depths[root]
        length, parameters = len(d.kinds), d.parameters
        ends = []
        for _ in range(1 if random() < 0.7 else 2):
            end = root
            for _ in range(1 + int(random() * min(room, 3))):
                end = self._beside(end, shape)
            ends.append(end)
        if self._joined(tuple(ends)):
            return True
        d.cut(length, parameters)
        return False

    def _beside(self, source: int, shape: tuple[int, ...]) -> int:
        """A layer of a branch, which keeps height and width or steps."""
        random, d = self.random, self.d
        if self.vector:
            return v.dense(random, d, source)
        if len(shape) == 3:
            return v.conv2d(random, d, source, keep=True)
        return v.recurrent(random, d, source, "LSTM" if random() < 0.6 else "SimpleRNN", sequences=True)

    def _embed(self, shape: tuple[int, ...]) -> bool:
        """An embedding can't read what a layer gives: it reads words of its own, and the ways are joined.

        The branch of an embedding ends as the main way does (in a vector or a sequence), so that a `Concat` fits.
        """
        random, d = self.random, self.d
        room = d.depths[self.cur]
        if room < (3 if self.vector else 2) or random() < 0.6:
            return False
        length, parameters = len(d.kinds), d.parameters
        steps = v.pick(random, v.STEPS) if self.vector else shape[0]
        end = v.embedding(random, d, d.input((steps,), "int32"))
        for _ in range(int(random() * min(room - 2, 3)) if self.vector else 0):
            end = v.recurrent(random, d, end, "LSTM" if random() < 0.6 else "SimpleRNN", sequences=True)
        if not self.vector:
            pass
        elif random() < 0.3 and d.shapes[end][0] * d.shapes[end][1] <= v.MOST_CHANNELS:
            end = d.add("Flatten", {}, end)
        else:
            end = v.recurrent(random, d, end, "LSTM" if random() < 0.6 else "SimpleRNN", sequences=False)
        if self._joined((end,)):
            return True
        d.cut(length, parameters)
        return False


Maker = Callable[[Callable[[], float], Design, int], int]

#: What makes the layer of each word.
MAKERS: Mapping[str, Maker] = {
    "Dense": v.dense,
    "Conv2D": v.conv2d,
    "Flatten": lambda random, d, source: d.add("Flatten", {}, source),
    "Dropout": v.dropout,
    "MaxPool": lambda random, d, source: v.pool2d(random, d, source, "MaxPooling2D"),
    "AvgPool": lambda random, d, source: v.pool2d(random, d, source, "AveragePooling2D"),
    "Embed": v.embedding,
    "RNN": lambda random, d, source: v.recurrent(random, d, source, "SimpleRNN", sequences=False),
    "RNN(seq)": lambda random, d, source: v.recurrent(random, d, source, "SimpleRNN", sequences=True),
    "LSTM": lambda random, d, source: v.recurrent(random, d, source, "LSTM", sequences=False),
    "LSTM(seq)": lambda random, d, source: v.recurrent(random, d, source, "LSTM", sequences=True),
}
