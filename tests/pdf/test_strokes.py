"""Paths: curves flattened, clipping applied, dashes and fills kept."""

from __future__ import annotations

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.pdf.strokes import _clip_line, _clip_polygon, read_strokes

BOX = (0.0, 0.0, 10.0, 10.0)
POINT = st.tuples(st.floats(-20, 30), st.floats(-20, 30))


def page():
    return pymupdf.open().new_page(width=200, height=200)


def test_kinds_of_paths():
    sheet = page()
    sheet.draw_line((10, 10), (60, 10), color=(1, 0, 0), width=2)
    sheet.draw_line((10, 20), (60, 20), color=(0, 0, 0), dashes="[3 2] 0")
    sheet.draw_rect(pymupdf.Rect(10, 30, 60, 60), color=None, fill=(0, 0, 1))
    sheet.draw_circle((100, 100), 20, color=(0, 0, 0))
    line, dashed, rectangle, circle = read_strokes(sheet)
    assert (line.points, line.closed, line.colour, line.width) == (((10, 10), (60, 10)), False, (1, 0, 0), 2)
    assert dashed.dashed
    assert not line.dashed
    assert (rectangle.closed, rectangle.colour, rectangle.fill) == (True, None, (0, 0, 1))
    assert circle.closed
    assert circle.curved
    for x, y in circle.points:
        assert ((x - 100) ** 2 + (y - 100) ** 2) ** 0.5 == pytest.approx(20, abs=0.1)


def test_what_is_clipped_away_is_not_there():
    document = pymupdf.open()
    sheet = document.new_page(width=200, height=200)
    content = b"q 50 50 100 100 re W n 0 0 0 RG 2 w 0 100 m 200 100 l S 0 10 m 200 10 l S Q 0 0 0 RG 0 20 m 40 20 l S"
    document.update_stream(sheet.get_contents()[0], content) if sheet.get_contents() else None
    if not sheet.get_contents():
        xref = document.get_new_xref()
        document.update_object(xref, "<<>>")
        document.update_stream(xref, content)
        sheet.set_contents(xref)
    strokes = read_strokes(sheet)
    assert [stroke.points for stroke in strokes] == [((50, 100), (150, 100)), ((0, 180), (40, 180))]


@given(st.lists(POINT, min_size=2, max_size=8))
def test_clipped_lines_lie_inside_and_on_the_line(points):
    for part in _clip_line(points, BOX):
        for x, y in part:
            assert -1e-6 <= x <= 10 + 1e-6
            assert -1e-6 <= y <= 10 + 1e-6


@given(st.lists(POINT, min_size=3, max_size=8))
def test_clipped_polygons_lie_inside(points):
    for x, y in _clip_polygon(points, BOX):
        assert -1e-6 <= x <= 10 + 1e-6
        assert -1e-6 <= y <= 10 + 1e-6


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=3, max_size=8))
def test_what_lies_inside_is_left_alone(points):
    assert _clip_polygon(points, BOX) == points
