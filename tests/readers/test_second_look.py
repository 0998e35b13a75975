"""Two readings of one figure: how far they say the same, and which of two looks counts."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.flow.model import Connection, Flow, Layer
from extraction.pdf.model import Image
from extraction.readers import read_image
from extraction.readers.pixels import Picture
from extraction.readers.primitives import TextLine
from extraction.readers.second_look import agreement

TYPES = ("Conv2D", "Dense", "MaxPooling2D")


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """A few layers side by side, joined as it comes."""
    count = draw(st.integers(1, 8))
    layers = tuple(
        Layer(f"l{n}", draw(st.sampled_from(TYPES)), label=f"layer {n}", bbox=(30.0 * n, 0, 30.0 * n + 20, 20))
        for n in range(count)
    )
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    joined = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return Flow(layers, tuple(Connection(f"l{a}", f"l{b}") for a, b in joined))


@given(flows())
def test_a_reading_agrees_with_itself_whatever_its_layers_are_called(flow: Flow) -> None:
    backwards = {layer.id: f"l{len(flow.layers) - n}" for n, layer in enumerate(flow.layers)}
    same = flow.with_layers(
        [replace(layer, id=backwards[layer.id]) for layer in flow.layers],
        [replace(c, source=backwards[c.source], target=backwards[c.target]) for c in flow.connections],
    )
    agreed = agreement(flow, same)
    assert agreed.figure == 1
    assert set(agreed.layers) | set(agreed.connections) <= {1.0}


@given(flows(), flows())
def test_agreement_is_a_share(flow: Flow, other: Flow) -> None:
    agreed = agreement(flow, other)
    assert 0 <= agreed.figure <= 1
    assert len(agreed.layers) == len(flow.layers)
    assert len(agreed.connections) == len(flow.connections)


def test_what_is_missing_or_of_another_type_does_not_agree() -> None:
    layers = tuple(Layer(f"l{n}", "Conv2D", label=f"conv {n}", bbox=(30.0 * n, 0, 30.0 * n + 20, 20)) for n in range(3))
    flow = Flow(layers, (Connection("l0", "l1"), Connection("l1", "l2")))
    other = flow.with_layers((layers[0], replace(layers[1], type="Dense")), flow.connections[:1])
    agreed = agreement(flow, other)
    assert agreed.layers == (1.0, 0.5, 0.0)
    assert agreed.connections == (1.0, 0.0)
    assert agreed.figure == pytest.approx((2 / 5 + 2 / 3) / 2)


def chain() -> Image:
    """Three boxes with words, joined by arrows."""
    image: Image = np.full((160, 620, 3), 255, dtype=np.uint8)
    for n, word in enumerate(("conv 64", "max pool", "fc 10")):
        x = 20 + 210 * n
        cv2.rectangle(image, (x, 50), (x + 150, 110), (0, 0, 0), 2)
        cv2.putText(image, word, (x + 20, 88), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
        if n:
            cv2.arrowedLine(image, (x - 60, 80), (x - 2, 80), (0, 0, 0), 2, tipLength=0.3)
    return image


def test_a_plain_figure_is_read_alike_twice_and_sure() -> None:
    flow = read_image(chain(), "box2d")
    assert [layer.type for layer in flow.layers] == ["Conv2D", "MaxPooling2D", "Dense"]
    assert flow.confidence is not None
    assert flow.confidence > 0.8
    # Boxes are where they are in the picture, whichever look was taken.
    boxes = [layer.bbox for layer in flow.layers if layer.bbox]
    assert all(abs(box[0] - (20 + 210 * n)) < 6 for n, box in enumerate(boxes))


def test_a_smaller_picture_has_its_words_and_parts_where_they_were() -> None:
    picture = Picture(chain(), [TextLine("pool", (250, 70, 300, 90))], parts=((0, 0, 620, 160),))
    small = picture.smaller(0.5)
    assert small.image.shape == (80, 310, 3)
    assert small.lines == [TextLine("pool", (125, 35, 150, 45))]
    assert small.parts == ((0, 0, 310, 80),)
