"""Draw the example paper: `python examples/render.py examples/tinynet.pdf`.

A short paper of our own, so that a fresh installation has something real to read: a vector architecture figure,
a raster one, four more small ones, an architecture table, a paragraph on training, a plot, and boxes with arrows that
are no network.
The same source gives the same bytes.
"""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import pymupdf
from PIL import Image, ImageDraw, ImageFont

PAGE = pymupdf.paper_rect("a4")
LEFT = pymupdf.Rect(54, 0, 288, 0)
RIGHT = pymupdf.Rect(308, 0, 542, 0)
BLACK = (0.0, 0.0, 0.0)
CSS = """
* { font-family: serif; font-size: 10px; line-height: 1.25; color: #000; }
h1 { font-size: 17px; text-align: center; font-weight: bold; margin: 0 0 8px 0; }
h2 { font-size: 12px; font-weight: bold; margin: 8px 0 3px 0; }
p { text-align: justify; margin: 0 0 4px 0; }
.authors { text-align: center; }
.caption { font-size: 9px; }
"""

TITLE = "TinyNet: A Small Residual Network for Small Pictures"
ABSTRACT = """We describe TinyNet, a convolutional network for pictures of 32 × 32 pixels. It has one residual
block, needs fewer than ten thousand weights and trains in minutes on a single processor. Beside it we describe an
autoencoder that serves to pre-train features. Both networks are small enough to be checked by hand."""
INTRODUCTION = """Large networks are hard to check. A reader who wants to know whether a figure, a table and a program
say the same thing needs an example that fits on one page. TinyNet is such an example. Figure 1 shows it as a graph
and Table 1 lists its layers with the size of each output."""
NETWORK = """The input is a colour picture. A convolution with 16 filters is followed by a second one of the same
size, and the output of the first is added to that of the second. Max pooling halves the picture. A third convolution
has 32 filters. Global average pooling and a fully connected layer with softmax end the network. Every convolution
keeps the size of its input by padding and is followed by a ReLU."""
AUTOENCODER = """The autoencoder of Figure 2 joins five fully connected layers. Its input are the 784 values of a grey
picture of 28 × 28 pixels, its code has 32 values. It is trained to give back its input."""
TRAINING = """We train on CIFAR-10 with stochastic gradient descent and a momentum of 0.9. The initial learning rate is
0.1 and is divided by 10 after 30 epochs. The batch size is 128 and the weight decay is 0.0001. We train for 60 epochs.
The loss is the categorical cross-entropy. All weights are initialised with He initialization. Figure 3 shows how the
error falls."""
VARIANTS = """Four more networks of the same size serve for comparison. PlainNet (Figure 4) has no residual block.
FlatNet (Figure 5) has no convolution. TwoNet (Figure 6) looks at the picture with small and with large filters at once
and joins the two. WordNet (Figure 7) reads a sentence of at most 40 words instead of a picture. Figure 8 shows how the
pictures were divided."""
CONCLUSION = """A figure, a table and a paragraph are enough to rebuild TinyNet. We hope that it helps those who write
programs that read papers, and those who check what such programs read."""


def html(page: pymupdf.Page, rect: pymupdf.Rect, body: str) -> float:
    """Set text into a rectangle and return the y at which it ends, in points."""
    spare, scale = page.insert_htmlbox(rect, body, css=CSS, scale_low=1)
    if spare < 0 or scale != 1:
        raise ValueError(f"the text does not fit its place on page {page.number + 1}: {body[:40]}")
    return float(rect.y1 - spare)


def column(base: pymupdf.Rect, top: float, bottom: float = 790) -> pymupdf.Rect:
    return pymupdf.Rect(base.x0, top, base.x1, bottom)


def box(page: pymupdf.Page, rect: pymupdf.Rect, text: str, fill: tuple[float, float, float]) -> None:
    page.draw_rect(rect, color=BLACK, fill=fill, width=0.8, radius=0.12)
    page.insert_textbox(
        pymupdf.Rect(rect.x0, (rect.y0 + rect.y1) / 2 - 5.5, rect.x1, rect.y1 + 4),
        text, fontname="helv", fontsize=8, align=pymupdf.TEXT_ALIGN_CENTER,
    )  # fmt: skip


def arrow(page: pymupdf.Page, *points: tuple[float, float]) -> None:
    """A line through the points with a filled head at its end."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    angle = math.atan2(y1 - y0, x1 - x0)
    back = (x1 - 5 * math.cos(angle), y1 - 5 * math.sin(angle))
    page.draw_polyline([*points[:-1], back], color=BLACK, width=0.8)
    side = (2.2 * math.sin(angle), -2.2 * math.cos(angle))
    head = [(x1, y1), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    page.draw_polyline(head, color=BLACK, fill=BLACK, width=0.4, closePath=True)


def network_figure(page: pymupdf.Page, centre: float, top: float) -> float:
    """Figure 1, in vectors: TinyNet as boxes and arrows. Returns its lower edge."""
    conv, pool, dense = (0.87, 0.91, 0.98), (0.97, 0.89, 0.85), (0.87, 0.95, 0.91)
    y = top + 8
    page.insert_textbox(
        pymupdf.Rect(centre - 70, y - 9, centre + 70, y + 6), "input 32x32x3",
        fontname="helv", fontsize=8, align=pymupdf.TEXT_ALIGN_CENTER,
    )  # fmt: skip
    y += 4
    rows = [("3x3 conv, 16, relu", conv), ("3x3 conv, 16, relu", conv)]
    branch = 0.0
    for i, (text, fill) in enumerate(rows):
        arrow(page, (centre, y), (centre, y + 16))
        box(page, pymupdf.Rect(centre - 52, y + 16, centre + 52, y + 34), text, fill)
        y += 34
        if i == 0:
            branch = y + 7
    arrow(page, (centre, y), (centre, y + 14))
    plus = (centre, y + 20)
    page.draw_circle(plus, 6, color=BLACK, width=0.8)
    page.draw_line((centre - 3.4, plus[1]), (centre + 3.4, plus[1]), color=BLACK, width=0.8)
    page.draw_line((centre, plus[1] - 3.4), (centre, plus[1] + 3.4), color=BLACK, width=0.8)
    arrow(page, (centre, branch), (centre + 74, branch), (centre + 74, plus[1]), (centre + 6, plus[1]))
    y = plus[1] + 6
    for text, fill in (
        ("2x2 max pool", pool), ("3x3 conv, 32, relu", conv), ("global average pool", pool), ("fc 10, softmax", dense),
    ):  # fmt: skip
        arrow(page, (centre, y), (centre, y + 16))
        box(page, pymupdf.Rect(centre - 52, y + 16, centre + 52, y + 34), text, fill)
        y += 34
    return y


def autoencoder_picture() -> bytes:
    """Figure 2, in pixels: five fully connected layers from left to right, as PNG."""
    scale = 3
    image = Image.new("RGB", (330 * scale, 96 * scale), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(9 * scale)
    x, middle = 4 * scale, 48 * scale
    boxes = [("Input", "784"), ("Dense", "128"), ("Dense", "32"), ("Dense", "128"), ("Dense", "784")]
    for i, (name, size) in enumerate(boxes):
        half = (40 if size == "784" else 30 if size == "128" else 20) * scale
        width = 42 * scale
        fill = "#e3f3ea" if i else "#eceeea"
        draw.rectangle([x, middle - half, x + width, middle + half], fill=fill, outline="black", width=scale)
        for line, text in enumerate((name, size)):
            draw.text((x + width / 2, middle + (line * 12 - 6) * scale), text, fill="black", font=font, anchor="mm")
        x += width
        if i + 1 < len(boxes):
            end = x + 28 * scale
            draw.line([x, middle, end - 6 * scale, middle], fill="black", width=scale)
            head = [(end, middle), (end - 7 * scale, middle - 3 * scale), (end - 7 * scale, middle + 3 * scale)]
            draw.polygon(head, fill="black")
            x = end
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


CONV, POOL, DENSE, PLAIN = (0.87, 0.91, 0.98), (0.97, 0.89, 0.85), (0.87, 0.95, 0.91), (0.96, 0.96, 0.94)
Box = tuple[str, tuple[float, float, float]]


def chain(page: pymupdf.Page, centre: float, top: float, source: str, boxes: list[Box], half: float = 52) -> float:
    """Boxes one below the other, from a text above them. Returns their lower edge."""
    page.insert_textbox(
        pymupdf.Rect(centre - 70, top - 1, centre + 70, top + 14), source,
        fontname="helv", fontsize=8, align=pymupdf.TEXT_ALIGN_CENTER,
    )  # fmt: skip
    y = top + 12
    for text, fill in boxes:
        arrow(page, (centre, y), (centre, y + 16))
        box(page, pymupdf.Rect(centre - half, y + 16, centre + half, y + 34), text, fill)
        y += 34
    return y


def two_branches(page: pymupdf.Page, centre: float, top: float) -> float:
    """Figure 6: two convolutions side by side, joined. Returns its lower edge."""
    y = chain(page, centre, top, "input 32x32x3", [("3x3 conv, 16, relu", CONV)])
    for side, text in ((-56, "3x3 conv, 16, relu"), (56, "5x5 conv, 16, relu")):
        x = centre + side
        arrow(page, (centre, y), (centre, y + 8), (x, y + 8), (x, y + 24))
        box(page, pymupdf.Rect(x - 48, y + 24, x + 48, y + 42), text, CONV)
        arrow(page, (x, y + 42), (x, y + 52), (centre + side / 4, y + 52), (centre + side / 4, y + 66))
    y += 66
    for i, (text, fill) in enumerate(
        (("concatenate", PLAIN), ("global average pool", POOL), ("fc 10, softmax", DENSE))
    ):
        if i:
            arrow(page, (centre, y), (centre, y + 16))
            y += 16
        box(page, pymupdf.Rect(centre - 52, y, centre + 52, y + 18), text, fill)
        y += 18
    return y


def skipping(page: pymupdf.Page, centre: float, top: float) -> float:
    """Figure 5: fully connected layers with a way around two of them. Returns its lower edge."""
    y = chain(page, centre, top, "input 28x28", [("flatten", PLAIN), ("fc 64, relu", DENSE)])
    branch = y + 6
    for text in ("fc 64, relu", "fc 64, relu"):
        arrow(page, (centre, y), (centre, y + 16))
        box(page, pymupdf.Rect(centre - 52, y + 16, centre + 52, y + 34), text, DENSE)
        y += 34
    arrow(page, (centre, y), (centre, y + 16))
    arrow(page, (centre, branch), (centre + 78, branch), (centre + 78, y + 25), (centre + 52, y + 25))
    box(page, pymupdf.Rect(centre - 52, y + 16, centre + 52, y + 34), "add", PLAIN)
    arrow(page, (centre, y + 34), (centre, y + 50))
    box(page, pymupdf.Rect(centre - 52, y + 50, centre + 52, y + 68), "fc 10, softmax", DENSE)
    return y + 68


def division(page: pymupdf.Page, centre: float, top: float) -> float:
    """Figure 8: boxes and arrows that are no network: how the data were divided. Returns its lower edge."""
    box(page, pymupdf.Rect(centre - 56, top, centre + 56, top + 18), "60000 pictures", PLAIN)
    for side, text in ((-74, "45000 to train"), (0, "5000 to choose"), (74, "10000 to test")):
        x = centre + side
        arrow(page, (centre + side / 2, top + 18), (x, top + 44))
        box(page, pymupdf.Rect(x - 34, top + 44, x + 34, top + 62), text, PLAIN)
    return top + 62


def table(page: pymupdf.Page, rect: pymupdf.Rect) -> float:
    """Table 1: TinyNet's layers with rules above, below and under the header. Returns its lower edge."""
    rows = [
        ("layer", "kernel, filters", "output"),
        ("input", "", "32 × 32 × 3"),
        ("conv1", "3 × 3, 16", "32 × 32 × 16"),
        ("conv2", "3 × 3, 16", "32 × 32 × 16"),
        ("add", "conv1 + conv2", "32 × 32 × 16"),
        ("max pool", "2 × 2, stride 2", "16 × 16 × 16"),
        ("conv3", "3 × 3, 32", "16 × 16 × 32"),
        ("global average pool", "", "32"),
        ("fully connected", "10, softmax", "10"),
    ]
    columns = (rect.x0, rect.x0 + 92, rect.x0 + 168)
    y = rect.y0
    page.draw_line((rect.x0, y), (rect.x1, y), color=BLACK, width=0.9)
    for i, row in enumerate(rows):
        for x, text in zip(columns, row, strict=True):
            page.insert_text((x + 2, y + 10), text, fontname="tiro", fontsize=9)
        y += 13
        if i in (0, len(rows) - 1):
            page.draw_line((rect.x0, y), (rect.x1, y), color=BLACK, width=0.9 if i else 0.5)
    return y


def plot(page: pymupdf.Page, rect: pymupdf.Rect) -> float:
    """Figure 3: an error curve, which is no architecture. Returns its lower edge."""
    origin = (rect.x0 + 30, rect.y1 - 24)
    width, height = rect.x1 - 8 - origin[0], origin[1] - rect.y0 - 4
    page.draw_line(origin, (origin[0] + width, origin[1]), color=BLACK, width=0.7)
    page.draw_line(origin, (origin[0], origin[1] - height), color=BLACK, width=0.7)
    for epoch in range(0, 61, 10):
        x = origin[0] + width * epoch / 60
        page.draw_line((x, origin[1]), (x, origin[1] + 3), color=BLACK, width=0.5)
        page.insert_text((x - 4, origin[1] + 11), str(epoch), fontname="helv", fontsize=7)
    for error in range(0, 61, 20):
        y = origin[1] - height * error / 60
        page.draw_line((origin[0], y), (origin[0] - 3, y), color=BLACK, width=0.5)
        page.insert_text((origin[0] - 15, y + 2.5), str(error), fontname="helv", fontsize=7)
    page.insert_text((origin[0] + width / 2 - 12, rect.y1 - 2), "epoch", fontname="helv", fontsize=8)
    page.insert_text((rect.x0 + 8, origin[1] - height / 2 + 16), "error (%)", fontname="helv", fontsize=8, rotate=90)
    for floor, colour, dashes in ((9.0, (0.04, 0.29, 0.64), None), (13.0, (0.69, 0.14, 0.11), "[3 2] 0")):
        points = []
        for step in range(121):
            epoch = step / 2
            late = 4.0 if epoch < 30 else 4.0 * math.exp(-(epoch - 30) / 2)
            error = floor + late + 44 * math.exp(-epoch / 6) + 0.7 * math.sin(2.3 * epoch) * math.exp(-epoch / 25)
            points.append((origin[0] + width * epoch / 60, origin[1] - height * error / 60))
        page.draw_polyline(points, color=colour, width=1, dashes=dashes)
    return float(rect.y1)


def render() -> bytes:
    document = pymupdf.open()
    document.set_metadata({"title": TITLE, "author": "Ada Example, Ben Sample", "creationDate": "D:20180101000000Z"})
    page = document.new_page(width=PAGE.width, height=PAGE.height)
    y = html(page, pymupdf.Rect(54, 54, 542, 130),
             f"<h1>{TITLE}</h1><p class='authors'>Ada Example, Ben Sample</p>") + 10  # fmt: skip
    left = html(page, column(LEFT, y), f"<h2>Abstract</h2><p>{ABSTRACT}</p><h2>1 Introduction</h2><p>{INTRODUCTION}</p>"
                f"<h2>2 The network</h2><p>{NETWORK}</p>")  # fmt: skip
    caption = html(page, column(LEFT, left + 14), "<p class='caption'>Table 1: The layers of TinyNet. All convolutions"
                   " have stride 1 and are followed by a ReLU.</p>")  # fmt: skip
    table(page, pymupdf.Rect(LEFT.x0, caption + 3, LEFT.x1, 0))
    figure = network_figure(page, (RIGHT.x0 + RIGHT.x1) / 2 - 10, y + 6)
    html(page, column(RIGHT, figure + 8), "<p class='caption'>Figure 1: TinyNet. The output of the first convolution is"
         " added to that of the second.</p>")  # fmt: skip

    page = document.new_page(width=PAGE.width, height=PAGE.height)
    left = html(page, column(LEFT, 54), f"<h2>3 An autoencoder</h2><p>{AUTOENCODER}</p>")
    picture = pymupdf.Rect(LEFT.x0, left + 8, LEFT.x1, left + 8 + LEFT.width * 96 / 330)
    page.insert_image(picture, stream=autoencoder_picture())
    left = html(page, column(LEFT, picture.y1 + 6), "<p class='caption'>Figure 2: The autoencoder. The number in each"
                " box is the number of its units.</p>")  # fmt: skip
    html(page, column(LEFT, left + 6), f"<h2>4 Training</h2><p>{TRAINING}</p>")
    right = plot(page, pymupdf.Rect(RIGHT.x0, 58, RIGHT.x1, 210))
    right = html(page, column(RIGHT, right + 6), "<p class='caption'>Figure 3: Error of TinyNet on the training set"
                 " (solid) and on the test set (dashed).</p>")  # fmt: skip
    html(page, column(RIGHT, right + 6), f"<h2>5 Conclusion</h2><p>{CONCLUSION}</p>")
    page = document.new_page(width=PAGE.width, height=PAGE.height)
    left = html(page, column(LEFT, 54), f"<h2>A Variants</h2><p>{VARIANTS}</p>")
    middle_left, middle_right = (LEFT.x0 + LEFT.x1) / 2, (RIGHT.x0 + RIGHT.x1) / 2
    lower = chain(page, middle_left, left + 12, "input 32x32x3", [
        ("3x3 conv, 16, relu", CONV), ("2x2 max pool", POOL), ("3x3 conv, 32, relu", CONV), ("2x2 max pool", POOL),
        ("flatten", PLAIN), ("fc 64, relu", DENSE), ("dropout 0.5", PLAIN), ("fc 10, softmax", DENSE),
    ])  # fmt: skip
    lower = html(page, column(LEFT, lower + 8), "<p class='caption'>Figure 4: PlainNet, without a residual block.</p>")
    lower = skipping(page, middle_left - 10, lower + 20)
    html(page, column(LEFT, lower + 8), "<p class='caption'>Figure 5: FlatNet, without a convolution.</p>")
    lower = two_branches(page, middle_right, 60)
    lower = html(page, column(RIGHT, lower + 8), "<p class='caption'>Figure 6: TwoNet. Both convolutions keep the size"
                 " of the picture.</p>")  # fmt: skip
    lower = chain(page, middle_right, lower + 24, "sentence of 40 words", [
        ("embedding, 64", PLAIN), ("LSTM, 64", CONV), ("LSTM, 32", CONV), ("dropout 0.3", PLAIN),
        ("fc 16, relu", DENSE), ("fc 2, softmax", DENSE),
    ])  # fmt: skip
    lower = html(page, column(RIGHT, lower + 8), "<p class='caption'>Figure 7: WordNet, for sentences.</p>")
    lower = division(page, middle_right, lower + 24)
    html(page, column(RIGHT, lower + 8), "<p class='caption'>Figure 8: How the pictures were divided.</p>")
    document.subset_fonts()
    return bytes(document.tobytes(garbage=4, deflate=True, no_new_id=True))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/render.py OUT.pdf")
    Path(sys.argv[1]).write_bytes(render())
