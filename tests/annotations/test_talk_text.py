"""The text of comments: names, addresses and code are told in it, and nothing in it is ever more than text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.talk_text import names, pieces, tidy
from annotations.templatetags.talk import spoken

EVIL = '<script>alert(1)</script> [x](javascript:alert(1)) "\'`<img src=x onerror=alert(1)>` https://a.b/"><b>x'


def test_a_comment_is_text_and_nothing_else() -> None:
    markup = spoken(EVIL, ())
    assert "<script" not in markup
    assert "<img" not in markup
    assert re.findall(r'href="([^"]*)"', markup) == ["https://a.b/"]
    assert 'rel="nofollow ugc noopener noreferrer"' in markup
    assert set(re.findall(r"</?(\w+)", markup)) == {"p", "a", "code"}


def test_lines_and_paragraphs_stay() -> None:
    assert spoken(tidy("a\r\nb\r\n\r\n\r\n\r\nc  \n"), ()) == "<p>a<br>b</p><p>c</p>"


def test_an_address_ends_before_the_sentence_does() -> None:
    found = list(pieces("See https://a.b/c_(d). (https://e.f), https:// and ftp://g", ()))
    assert [piece.text for piece in found if piece.sort == "link"] == ["https://a.b/c_(d)", "https://e.f"]
    turned = next(piece for piece in pieces("https://a.b/\u202egro.live", ()) if piece.sort == "link")
    assert turned.text == "https://a.b/"


@given(st.text(st.sampled_from("@ab.`<>&\n :/()\u202eé"), max_size=60) | st.text(max_size=60))
def test_pieces_are_the_text(text: str) -> None:
    sign = {"name": "@{}", "code": "`{}`"}
    assert "".join(sign.get(p.sort, "{}").format(p.text) for p in pieces(text, {"ab", "a.b"})) == text
    assert tidy(tidy(text)) == tidy(text)
    assert set(re.findall(r"</?([^ >]*)", spoken(text, {"ab"}))) <= {"p", "br", "a", "code"}


LONG = ["@a" * 2000, "@" + "a." * 2000, "https://" + ")" * 4000, "`" * 4000, "@ab" + "-" * 39]


@pytest.mark.parametrize("text", LONG)
def test_no_text_takes_long(text: str) -> None:
    assert len(list(pieces(text, {"ab"}))) < 3000
    assert len(names(text)) <= 40
