"""Pictures are those of the tools they are named after, and their flows say what stands in them."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from extraction.flow.model import Connection, Flow, Layer
from extraction.importing.prototxt import Message, parse
from extraction.simulate import Recipe, caffe_net, draw_net, graphviz, keras_model, plot_model, worn
from extraction.simulate.looks import FOR_MEASURING, LOOKS, Picture, Subject, draw_in, keras_layers, keras_options
from extraction.simulate.png import Pixels, encode

ROOT = Path(__file__).resolve().parents[2]
#: A `dot` program that is the Graphviz of the wheel, for Keras to call.
DOT = f"""#!{sys.executable}
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from extraction.simulate import graphviz
graphviz.renderer()
from pygraphviz import graphviz as gv
with open(sys.argv[-1]) as file:
    graph = gv.agread(file, None)
context = gv.gvContextWithBuiltins()
gv.gvLayout(context, graph, b"dot")
sys.stdout.buffer.write(gv.gvRenderData(context, graph, b"png")[1])
"""


@pytest.fixture
def dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(DOT)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


def _subjects(grammar: str, count: int, depths: tuple[int, int] = (5, 20)) -> list[Subject]:
    return [Subject(design) for design in Recipe(grammar, 21, depths).designs(range(count))]


def _read(png: bytes | Path) -> Pixels:
    data = png.read_bytes() if isinstance(png, Path) else png
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


# --- Keras ------------------------------------------------------------------------------------------------------------


def test_graphs_are_those_of_model_to_dot() -> None:
    """The same designs built in Keras, nested models and Sequentials included: every pixel is the same."""
    from tests.simulate import keras_build

    keras_build.no_weights()
    nested = chains = 0
    for subject in _subjects("extended", 26, (5, 26)):
        rng = subject.design.rng("test")
        options = replace(keras_options(rng, "keras-3"), font="", dpi=60, frozen=frozenset())
        spans = [(start, end) for start, end, _ in subject.design.spans]
        inner = keras_model.nestable(subject.flow, spans)[:2]
        if {layer.type for layer in subject.flow.layers} & {"LRN"}:
            continue
        chain = keras_model.is_chain(subject.flow)
        model = keras_model.build_sequential(subject.flow) if chain else keras_model.build(subject.flow, inner)
        nested, chains = nested + (not chain and bool(inner)), chains + chain
        real = keras_build.keras.utils.model_to_dot(
            keras_build.build(model),
            show_shapes=options.shapes,
            show_dtype=options.dtype,
            show_layer_names=options.names,
            rankdir=options.rankdir,
            expand_nested=True,
            dpi=60,
            show_layer_activations=options.activations,
            show_trainable=options.trainable,
        )
        wanted = graphviz.draw(real.to_string(), 60).pixels.copy()
        assert np.array_equal(graphviz.draw(plot_model.dot_source(model, options), 60).pixels, wanted), (
            subject.design.id
        )
    assert nested > 3
    assert chains > 3


@pytest.mark.usefixtures("dot")
def test_pictures_are_those_of_plot_model(tmp_path: Path) -> None:
    """What Keras writes when it calls Graphviz's program, against what is painted in this process."""
    from tests.simulate import keras_build

    for subject, rankdir in zip(_subjects("poster", 2, (8, 12)), ("TB", "LR"), strict=True):
        model = keras_model.build(subject.flow)
        keras_build.keras.utils.plot_model(
            keras_build.build(model),
            to_file=str(tmp_path / "real.png"),
            show_shapes=True,
            show_layer_names=True,
            rankdir=rankdir,
            dpi=96,
        )
        wanted = graphviz.on_white(_read(tmp_path / "real.png"))[:, :, :3]
        options = plot_model.Options("keras-3", rankdir=rankdir)
        ours = _read(encode(graphviz.draw(plot_model.dot_source(model, options), 96).pixels, grey=True))
        assert ours.shape == wanted.shape[:2]
        assert np.array_equal(ours, wanted[:, :, 0])


def _toy_resnet() -> Flow:
    """The network of Keras's guide to its functional interface."""
    conv = {"kernel_size": (3, 3), "strides": (1, 1), "activation": "relu"}
    rows: list[tuple[str, str, dict[str, object], tuple[int, ...], list[str]]] = [
        ("img", "Input", {}, (32, 32, 3), []),
        ("conv2d", "Conv2D", {"filters": 32, **conv}, (30, 30, 32), ["img"]),
        ("conv2d_1", "Conv2D", {"filters": 64, **conv}, (28, 28, 64), ["conv2d"]),
        ("max_pooling2d", "MaxPooling2D", {}, (9, 9, 64), ["conv2d_1"]),
        ("conv2d_2", "Conv2D", {}, (9, 9, 64), ["max_pooling2d"]),
        ("conv2d_3", "Conv2D", {}, (9, 9, 64), ["conv2d_2"]),
        ("add", "Add", {}, (9, 9, 64), ["conv2d_3", "max_pooling2d"]),
        ("conv2d_4", "Conv2D", {}, (9, 9, 64), ["add"]),
        ("conv2d_5", "Conv2D", {}, (9, 9, 64), ["conv2d_4"]),
        ("add_1", "Add", {}, (9, 9, 64), ["conv2d_5", "add"]),
        ("conv2d_6", "Conv2D", {}, (7, 7, 64), ["add_1"]),
        ("global_average_pooling2d", "GlobalAveragePooling2D", {}, (64,), ["conv2d_6"]),
        ("dense", "Dense", {}, (256,), ["global_average_pooling2d"]),
        ("dropout", "Dropout", {}, (256,), ["dense"]),
        ("dense_1", "Dense", {}, (10,), ["dropout"]),
    ]
    layers = [Layer(name, kind, name, params=params, output_shape=shape) for name, kind, params, shape, _ in rows]
    edges = [Connection(source, name) for name, *_, sources in rows for source in sources]
    return Flow(tuple(layers), tuple(edges))


@pytest.mark.shared
def test_pictures_of_keras_2_are_those_that_people_published(benchmark: Path) -> None:
    """Fonts and Graphviz's version were others, so sizes may differ a little; the boxes stand in the same rows."""
    real = cv2.imread(str(benchmark / "pictures/keras/leiterenato__tf-guides__keras_quickstart-mini_resnet.png"), 0)
    assert real is not None
    model = keras_model.build(_toy_resnet(), version=2)
    options = plot_model.Options("tf-2.0", dpi=96, font="Simulated Serif")
    drawing = graphviz.draw(plot_model.dot_source(model, options), 96)
    height, width = drawing.pixels.shape[:2]
    assert (height, width) == pytest.approx(real.shape, rel=0.06)
    tops = sorted(box[1] / height for box in drawing.boxes.values())
    for top in tops:  # a long line where each box begins
        rows = real[max(0, round(top * len(real)) - 8) : round(top * len(real)) + 8]
        assert ((rows < 128).sum(axis=1) > 60).any()


@pytest.mark.parametrize("dialect", plot_model.DIALECTS)
def test_flows_say_what_is_printed_and_nothing_else(dialect: str) -> None:
    for subject in _subjects("poster", 8):
        options = keras_options(subject.design.rng(dialect), dialect)
        model, _ = keras_layers(subject, subject.design.rng("layers"), options)
        source = plot_model.dot_source(model, options)
        drawing = graphviz.draw(source, options.dpi)
        flow = plot_model.shown(model, options, drawing.boxes)
        for layer in flow.layers:
            assert layer.label
            assert bool(layer.name) == options.names
            assert (layer.output_shape is not None) == options.shapes
            assert set(layer.params) <= {"activation", "dtype", "layer"}
            for text in (layer.name, layer.params.get("activation", "")):
                assert str(text) in source
            if layer.output_shape:
                assert plot_model.shape_text(layer.output_shape, "").strip("(") in source
        _assert_boxes(flow, drawing.pixels)


def _assert_boxes(flow: Flow, pixels: Pixels) -> None:
    """Every box lies in the picture and over no other; around each runs a line."""
    height, width = pixels.shape[:2]
    boxes = np.array([layer.bbox for layer in flow.layers])
    assert (boxes >= 0).all()
    assert (boxes <= np.array([width, height, width, height])).all()
    order = boxes[np.argsort(boxes[:, 1])]
    for i, (x0, y0, x1, y1) in enumerate(order):
        others = order[i + 1 :]
        assert not ((others[:, 0] < x1) & (others[:, 2] > x0) & (others[:, 1] < y1) & (others[:, 3] > y0)).any()
        row = pixels[max(0, int(y0) - 2) : int(y0) + 3, int(x0) + 8 : int(x1) - 8, 0]
        assert (row.min(axis=0) < 200).mean() > 0.9


# --- Caffe ------------------------------------------------------------------------------------------------------------


def _net(message: Message) -> list[caffe_net.NetLayer]:
    def flat(part: Message, found: dict[str, str]) -> dict[str, str]:
        for name, value in part.fields:
            if isinstance(value, Message):
                flat(value, found)
            else:
                found.setdefault(name, str(value))
        return found

    net = []
    for layer in message.all("layer"):
        params = Message([(k, v) for k, v in layer.fields if k.endswith("_param")])
        bottoms, tops = tuple(layer.all("bottom")), tuple(layer.all("top"))
        net.append(caffe_net.NetLayer(layer.get("name"), layer.get("type"), bottoms, tops, flat(params, {})))
    return net


@pytest.mark.shared
def test_pictures_are_those_of_draw_net(benchmark: Path) -> None:
    """Nets whose pictures people published with draw_net: as many boxes of every colour, on a sheet of that size."""
    for name in ("zhenglilei__yaleB_recognition__lenet.png", "snuffysasa__NeuralCatDog__ourNet.png"):
        path = benchmark / "pictures/caffe" / name
        real = cv2.imread(str(path))
        assert real is not None
        net = _net(parse(path.with_name(f"{name}.prototxt").read_text()))
        ours = graphviz.draw(draw_net.dot_source(net, draw_net.Options()), 96).pixels[:, :, :3]
        assert ours.shape[:2] == pytest.approx(real.shape[:2], rel=0.06)
        assert _colours(ours) == _colours(real)


def _colours(pixels: Pixels) -> dict[str, int]:
    """How many boxes of each of draw_net's colours there are."""
    counts = {}
    for colour in ("#6495ED", "#90EE90", "#FF5050", "#FF9900", "#CC33FF", "#E0E0E0"):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        low, high = (tuple(value + by for value in (blue, green, red)) for by in (-11, 11))
        mask = cv2.inRange(pixels, np.array(low), np.array(high))
        _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5))))
        counts[colour] = int((stats[1:, cv2.CC_STAT_AREA] > 300).sum())
    return counts


def test_nets_are_read_from_their_code_as_they_are_written() -> None:
    for subject in _subjects("extended", 30):
        code = subject.code("caffe")
        if isinstance(code, Exception):
            continue
        ours, net = caffe_net.parse(code.source), _net(parse(code.source))
        assert [(x.name, x.type, x.bottoms, x.tops) for x in ours] == [(x.name, x.type, x.bottoms, x.tops) for x in net]
        assert [draw_net.words(x, draw_net.Options()) for x in ours] == [
            draw_net.words(x, draw_net.Options()) for x in net
        ]


def test_what_a_caffe_picture_shows_is_the_net_without_its_blobs() -> None:
    layer = caffe_net.NetLayer
    net = [
        layer("data", "Data", (), ("data", "label"), {"batch_size": "64"}),
        layer("data", "Data", (), ("data", "label"), {"batch_size": "100"}),
        layer("c", "Convolution", ("data",), ("c",), {"num_output": "20", "kernel_size": "5", "pad": "2"}),
        layer("r", "ReLU", ("c",), ("c",)),
        layer("d", "Dropout", ("c",), ("c",)),
        layer("p", "Pooling", ("c",), ("p",), {"pool": "AVE"}),
        layer("l", "SoftmaxWithLoss", ("p", "label"), ("l",)),
    ]
    options = draw_net.Options(rankdir="TB")
    drawing = graphviz.draw(draw_net.dot_source(net, options), 96)
    flow = draw_net.shown(net, options, drawing.boxes)
    assert [(x.type, x.name, dict(x.params)) for x in flow.layers] == [
        ("Input", "data", {}),
        ("Conv2D", "c", {"kernel_size": [5, 5], "strides": [1, 1], "padding": 2, "filters": 20}),
        ("ReLU", "r", {}),
        ("Dropout", "d", {}),
        ("GlobalAveragePooling2D", "p", {}),
        ("Block", "l", {}),
    ]
    pairs = [(x.source.split("_")[0], x.target.split("_")[0]) for x in flow.connections]
    assert pairs == [("data", "c"), ("c", "r"), ("r", "d"), ("d", "p"), ("p", "l"), ("data", "l")]
    assert flow.layers[4].label == "p (AVE Pooling) kernel size: 0 stride: 1 pad: 0"
    old = draw_net.shown(net[2:], options, drawing.boxes)
    assert [(x.type, x.label) for x in old.layers if x.type == "Input"] == [("Input", "data"), ("Input", "label")]


def test_caffe_pictures_have_boxes_where_they_say(tmp_path: Path) -> None:
    for subject in _subjects("poster", 8):
        picture = draw_in("caffe", subject)
        assert picture is not None
        assert Flow.loads(picture.flow.dumps()) == Flow.loads(picture.flow.dumps())
        boxes = Flow(tuple(x for x in picture.flow.layers if "_blob" not in x.id))
        _assert_boxes(boxes, picture.pixels)


# --- All looks --------------------------------------------------------------------------------------------------------


def test_every_look_is_the_same_each_time_and_a_readable_flow_lies_beside() -> None:
    for subject in _subjects("extended", 3, (6, 12)):
        for look in LOOKS:
            first = draw_in(look, subject)
            if first is None:
                continue
            png, flow = first.png(), first.flow.dumps()
            again = draw_in(look, Subject(subject.design))
            assert again is not None
            assert (again.png(), again.flow.dumps()) == (png, flow)
            assert Flow.loads(flow).layers
            height, width = _read(png).shape[:2]
            assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in _bboxes(first))
    assert set(FOR_MEASURING) < set(LOOKS)


def _bboxes(picture: Picture) -> list[tuple[float, float, float, float]]:
    return [layer.bbox for layer in picture.flow.layers if layer.bbox]


@pytest.mark.parametrize("wear", worn.WEARS)
def test_boxes_go_where_a_worn_picture_puts_them(wear: str) -> None:
    pixels = np.full((400, 500, 3), 255, np.uint8)
    pixels[100:160, 200:320] = 0
    flow = Flow((Layer("a", "Dense", bbox=(200.0, 100.0, 320.0, 160.0)),))
    subject = _subjects("poster", 1)[0]
    for turn in range(4):
        drawn, moved, said = worn.WEARS[wear](pixels, flow, subject.design.rng(str(turn)))
        ys, xs = np.nonzero(cv2.medianBlur(drawn[:, :, 0], 5) < 100)
        assert moved.layers[0].bbox == pytest.approx((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1), abs=5)
        assert said


def test_a_connection_that_graphviz_loses_is_no_picture() -> None:
    assert issubclass(graphviz.LostEdgeError, graphviz.GraphvizError)
    with pytest.raises(graphviz.GraphvizError, match="syntax"):
        graphviz.draw("digraph { a -> ; }")
    with pytest.raises(graphviz.TooLargeError) as caught:
        graphviz.draw("digraph { a -> b -> c }", 96, most=100)
    assert 0 < caught.value.fitting < 1


def test_both_ways_to_paint_give_the_same() -> None:
    subject = _subjects("poster", 1, (12, 12))[0]
    source = plot_model.dot_source(keras_model.build(subject.flow), plot_model.Options(dpi=80))
    painted = graphviz.draw(source, 80)
    wanted, boxes = painted.pixels[:, :, :3].copy(), painted.boxes
    decoded = graphviz.Encoder().draw(source, 80)
    assert np.array_equal(decoded.pixels[:, :, :3], wanted)
    for key, box in boxes.items():
        assert decoded.boxes[key] == pytest.approx(box, abs=0.2)


def test_png_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (37, 301, 4), np.uint8)
    assert np.array_equal(_read(encode(pixels))[:, :, ::-1], pixels[:, :, 2::-1])
    assert np.array_equal(_read(encode(pixels, grey=True)), pixels[:, :, 0])
    assert np.array_equal(_read(encode(pixels[:, :, 1])), pixels[:, :, 1])
    assert np.array_equal(_read(encode(pixels[:, :, :3]))[:, :, ::-1], pixels[:, :, :3])
