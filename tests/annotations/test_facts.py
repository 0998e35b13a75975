"""What is told of a question beforehand: its field, how hard it is, how unsure the machine is."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.facts import WORDS, difficulty_of, field_of, unsure_of_kind, unsure_of_reading
from annotations.models import Task


@pytest.mark.parametrize(
    ("title", "abstract", "field"),
    [
        ("SegNet: A Deep Convolutional Encoder-Decoder for Image Segmentation", "", "vision"),
        (
            "Attention Is All You Need",
            "Two machine translation tasks show these models superior in quality.",
            "language",
        ),
        ("Very Deep Convolutional Networks for End-to-End Speech Recognition", "", "audio"),
        ("Conditional Generative Adversarial Nets", "We generate MNIST digits.", "generation"),
        ("Playing Atari with Deep Reinforcement Learning", "The input is raw pixels.", "control"),
        ("U-Net: Convolutional Networks for Biomedical Image Segmentation", "", "science"),
        ("Adam: A Method for Stochastic Optimization", "We introduce an algorithm.", "other"),
        ("", "", "other"),
    ],
)
def test_the_words_of_title_and_abstract_tell_the_field(title: str, abstract: str, field: str) -> None:
    assert field_of(title, abstract) == field
    assert field_of(title.upper(), abstract) == field


def test_the_fields_are_those_of_tasks() -> None:
    assert {*WORDS, "other"} == set(Task.Field.values)


def test_a_word_that_only_begins_like_another_is_another() -> None:
    assert field_of("Elegant gangs and genes of a model", "") != "generation"


def flow(layers: int, *, confidence: float | None = 0.95, kind: str = "box2d") -> dict[str, Any]:
    return {"kind": kind, "layers": [{"id": str(i), "type": "Dense", "confidence": confidence} for i in range(layers)]}


@pytest.mark.parametrize(
    ("reading", "difficulty"),
    [
        (flow(5), 1),
        (flow(20), 2),
        (flow(60), 3),
        (flow(5, confidence=0.5), 2),
        (flow(20, confidence=0.5), 3),
        (flow(5, confidence=None), 1),
        (flow(5, kind="pipeline"), 2),
        (flow(0), 2),
        (flow(200, confidence=0.1, kind="pipeline"), 3),
    ],
)
def test_size_doubts_and_kind_make_a_reading_hard(reading: dict[str, Any], difficulty: int) -> None:
    assert difficulty_of(reading) == difficulty


def test_what_the_machine_is_sure_of_is_asked_later() -> None:
    assert unsure_of_reading(0.9) == pytest.approx(0.1)
    assert unsure_of_reading(None) == 1
    assert unsure_of_kind(0.95, "box2d", {"box2d": 0.9}) < unsure_of_kind(0.95, "box2d", {"box2d": 0.4})
    assert unsure_of_kind(0.02, "box2d", {"box2d": 0.9}) == pytest.approx(0.02), "sure that it is none"
