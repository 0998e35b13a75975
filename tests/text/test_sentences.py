"""Paragraphs to sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.pdf.model import Page
from extraction.text.sentences import of_pages, split


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We see Fig. 3 here. It is good.", ["We see Fig. 3 here.", "It is good."]),
        ("Others, e.g. Adam, use 0.9. We do not.", ["Others, e.g. Adam, use 0.9.", "We do not."]),
        ("As He et al. Found earlier. Then stop.", ["As He et al. Found earlier.", "Then stop."]),
        ("See Sec. 2.2 and Eq. 4. The rate is 0.1.", ["See Sec. 2.2 and Eq. 4.", "The rate is 0.1."]),
        ("It works [12]. Is it so? Yes.", ["It works [12].", "Is it so?", "Yes."]),
        ("D. E. Rumelhart wrote it. Read it.", ["D. E. Rumelhart wrote it.", "Read it."]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text(max_size=300))
def test_no_word_is_lost(text: str) -> None:
    assert " ".join(split(text)).split() == text.split()


def test_references_are_no_running_text() -> None:
    first = Page(1, 600, 800, ("We train with SGD. It helps.", "References", "[1] A. Author. Adam. In Proc. of X."))
    second = Page(2, 600, 800, ("[2] B. Author. Learning rate 0.1.", "Appendix A", "The batch size is 32."))
    assert list(of_pages([first, second])) == [
        (1, "We train with SGD."),
        (1, "It helps."),
        (2, "Appendix A"),
        (2, "The batch size is 32."),
    ]
