"""Simulated pictures that were once read wrong: each has in it what the test's name for it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.classify.images import load_image
from extraction.readers import LOOKS, read_image
from extraction.simulate.grammar import Recipe
from extraction.simulate.looks import Subject, draw_in, free
from extraction.simulate.scoring import score

#: Look, seed and number of a design.
HARD = {
    "a head beside another one's line": ("caffe", 930001, 242),
    "lines that touch a corner of a box": ("caffe", 930001, 306),
    "a line that runs into another": ("caffe", 930001, 429),
    "heads that nearly hide each other": ("caffe", 930001, 448),
    "a number beside the start of a bent line": ("caffe", 930001, 536),
    "an f that reaches over a c": ("caffe", 930001, 718),
    "a head between two boxes whose core is no triangle": ("caffe", 930002, 32),
    "two lines that meet, part and meet again in one head": ("caffe", 930002, 709),
    "a line that runs along an outline and another one's head": ("caffe", 930002, 932),
    "a line that crosses another hardly aslant": ("keras", 930002, 464),
    "a line that turns off under its head, to the right": ("keras", 930003, 193),
    "lines so thick that heads seem too long": ("keras", 930003, 763),
    "dashes of a frame between boxes and arrows": ("keras", 930003, 782),
    "two lines side by side, told by shapes": ("keras", 930003, 488),
    "a font whose I and l are the same": ("keras", 930004, 106),
    "a digit that two lines cross": ("caffe", 930003, 602),
    "two lines side by side into one box": ("keras", 930004, 394),
    "a line that turns off at the head of another": ("keras", 930004, 395),
    "two lines that cross hardly aslant, far from their heads": ("caffe", 930004, 454),
    "letters set far apart in the name of a blob": ("caffe", 930004, 790),
    "a dark box that two lines leave side by side": ("keras", 930006, 14),
    "lines side by side, one of which turns off under its head": ("keras", 930006, 140),
    "lines so close beside a box that no paper is between": ("keras", 930006, 196),
    "a second line in a head, which another line crosses": ("keras", 930006, 887),
    "heads on one another that point to different boxes": ("caffe", 930006, 422),
    "heads on one another, one line darker than the other": ("caffe", 930007, 285),
    "a head that lies flat on a box": ("caffe", 930006, 529),
    "a head that lies flat on a box, of a thin line": ("caffe", 930009, 863),
    "a line that passes by right at a head's base": ("keras", 930009, 172),
    "a line that begins at the corner of an octagon": ("caffe", 930010, 860),
    "a head at the corner of an octagon": ("caffe", 930009, 246),
    "an f painted as an l": ("caffe", 930009, 250),
    "two arrows over one line": ("caffe", 930007, 564),
    "two numbers side by side": ("caffe", 930007, 787),
    "an underscore at the border of its cell": ("keras", 930007, 130),
    "a line so thin that it is grey": ("caffe", 930006, 611),
    "two heads on each other, of lines a few pixels apart": ("keras", 930011, 452),
    "two heads on each other, of lines that touch": ("keras", 930012, 174),
    "a corner beside another line": ("keras", 930012, 64),
    "a line that turns off right under the tip of its head": ("keras", 930012, 163),
    "a line that runs into the border of a box and leaves it again": ("caffe", 930011, 645),
    "a digit that seems to lead from one line to another": ("caffe", 930011, 646),
    "a head most of which lies on the border of a box": ("caffe", 940001, 33),
    "a number that seems to be two": ("caffe", 940001, 214),
    "a 1 like an l beside a letter that is cut off": ("keras", 930012, 227),
    "a line over letters that ends in a rounded corner": ("straight", 9744, 34),
    "a line that turns off right below a box": ("tikz", 9744, 60),
    "a line behind boxes at whose border it seemed to bend": ("straight", 9744, 64),
    "a line that turns off by two thirds of a right angle": ("graphviz", 9748, 23),
    "a line that leaves an ellipse right opposite a head": ("graphviz", 9748, 34),
    "grey letters on a grey band of a white box": ("netron", 9748, 45),
    "a corner in a head whose base another line crosses": ("keras", 930013, 56),
    "a line over the corner of a box right before the head of the arrow back": ("caffe", 930013, 100),
    "hardly any letters, and outlines of boxes as many": ("tikz", 940020, 3),
    "ellipses, so that no edge is level, and lines that are nearly upright": ("graphviz", 940021, 33),
    "a thin slanting line that comes to the outline of a dark box": ("netron", 9748, 94),
}


@pytest.mark.parametrize("what", HARD)
def test_a_picture_with(what: str, tmp_path: Path) -> None:
    look, seed, number = HARD[what]
    design = Recipe("poster", seed).design(number)
    # Both looks of coloured boxes are drawn by the same chance.
    straight = look == "straight"
    picture = free(Subject(design), design.rng("tikz"), look) if straight else draw_in(look, Subject(design))
    assert picture is not None
    path = tmp_path / "picture.png"
    path.write_bytes(picture.png())
    kind = look if look in LOOKS else "box2d"
    assert score(picture.flow, read_image(load_image(path), kind)).wrong == []
