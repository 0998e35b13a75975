"""Legends as authors set them: beside or below a figure, in a frame, with samples of their own form."""

from __future__ import annotations

from collections.abc import Mapping

import pymupdf

from bench.ink import BLACK, WHITE, Colour, Ink

#: Where a legend stands, and where its words do; most stand right of what they explain.
PLACES = ("right", "right", "low", "left", "below", "below")
WORDS = ("right", "right", "right", "right", "left", "below", "within")
FORMS = ("bar", "bar", "square", "circle", "large")
#: Entries of a legend below a figure that stand in one line.
ABREAST = 3


def draw_legend(ink: Ink, colours: Mapping[str, Colour]) -> None:
    """The meaning of each colour, beside or below what is drawn."""
    rng, size = ink.rng, ink.size
    place, words, form = (str(rng.choice(choices)) for choices in (PLACES, WORDS, FORMS))
    longest = max(pymupdf.get_text_length(word, ink.font, size) for word in colours)
    wide, tall = {"bar": (1.8, 1.0), "square": (1.0, 1.0), "circle": (1.0, 1.0), "large": (3.2, 1.6)}[form]
    wide, tall = wide * size, tall * size
    if words == "within":
        wide, tall, form = longest + size, 1.7 * size, "bar"
    across = max(wide, longest) if words in ("below", "within") else wide + 0.5 * size + longest
    down = tall + (1.4 * size if words == "below" else 0.0) + float(rng.uniform(0.5, 1.0)) * size
    count, abreast = len(colours), min(ABREAST, len(colours)) if place == "below" else 1
    lines = -(-count // abreast)
    boxes = [layer.bbox for layer in ink.shown.layers if layer.bbox]
    x0, y0, x1, y1 = (pick(box[k] for box in boxes) for k, pick in enumerate((min, min, max, max)))
    title = "Legend" if place != "below" and rng.random() < 0.25 else ""
    head = 1.6 * size if title else 0.0
    left = {"left": x0 - across - 3 * size, "below": x0}.get(place, x1 + 3 * size)
    if left < 0:  # no author writes in the page's margin
        left = x1 + 3 * size
    top = {"below": y1 + 2.5 * size, "low": y1 - lines * down}.get(place, y0) + head
    if title:
        ink.text((left, top - 0.8 * size), title, "l")
    for k, (word, colour) in enumerate(colours.items()):
        x, y = left + (k % abreast) * (across + 1.5 * size), top + (k // abreast) * down
        after = words == "left"
        at = x + across - wide if after else x + (across - wide) / 2 if words == "below" else x
        if form == "circle":
            ink.circle((at + wide / 2, y + tall / 2), wide / 2, colour)
        else:
            ink.rect((at, y, at + wide, y + tall), colour)
        plain, middle = word.replace("_", "-"), y + tall / 2
        if words == "within":
            ink.text((at + wide / 2, middle), plain, colour=WHITE if sum(colour) < 1.4 else BLACK)
        elif words == "below":
            ink.text((at + wide / 2, y + tall + 0.8 * size), plain)
        else:
            ink.text((at - 0.5 * size, middle), plain, "r") if after else ink.text(
                (at + wide + 0.5 * size, middle), plain, "l"
            )
    if rng.random() < 0.35:
        right = left + abreast * (across + 1.5 * size) - 1.5 * size
        ink.rect(
            (left - size, top - head - 0.7 * size, right + size, top + lines * down + 0.2 * size),
            dashed=bool(rng.random() < 0.4),
        )
