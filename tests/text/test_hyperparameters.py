"""What papers say of training, in the words in which they say it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.hyperparameters import score
from extraction.pdf import read_pdf
from extraction.pdf.model import Page
from extraction.text import hyperparameters
from extraction.text.numbers import plain, value


def _found(*sentences: str) -> set[tuple[str, float | int | str]]:
    return {(item.name, item.value) for item in hyperparameters([Page(1, 600, 800, (" ".join(sentences),))])}


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("0.1", 0.1),
        ("1e-3", 0.001),
        ("10−4", 0.0001),
        ("5 × 10−4", 0.0005),
        ("1.5×10^-3", 0.0015),
        ("600,000", 600_000),
        ("20k", 20_000),
        ("1.2M", 1_200_000),
        ("50%", 0.5),
        ("256", 256),
        (".9", 0.9),
    ],
)
def test_printed_numbers(printed: str, number: float) -> None:
    assert value(plain(printed)) == pytest.approx(number)
    assert isinstance(value(plain(printed)), type(number))


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        (
            "We train with SGD, a learning rate of 0.1, momentum 0.9 and a weight decay of 10−4.",
            {("optimizer", "sgd"), ("learning_rate", 0.1), ("momentum", 0.9), ("weight_decay", 0.0001)},
        ),
        (
            "We used Adam [17] with β1 = 0.9, β2 = 0.98 and ϵ = 10−9.",
            {("optimizer", "adam"), ("beta_1", 0.9), ("beta_2", 0.98), ("epsilon", 1e-9)},
        ),
        ("The mini-batch size is set to 128.", {("batch_size", 128)}),
        ("Networks are trained for 300 epochs with a batch size of 64.", {("epochs", 300), ("batch_size", 64)}),
        ("Training took 100,000 steps on eight GPUs.", {("iterations", 100_000)}),
        ("Dropout (50%) is used in the first two layers.", {("dropout", 0.5)}),
        (
            "Training used neither tricks nor words; no momentum or weight decay was used.",
            {("momentum", 0), ("weight_decay", 0)},
        ),
        ("Gradients are clipped to a norm of 5.", {("gradient_clipping", 5)}),
        ("All weights are initialized with the Xavier method.", {("initializer", "glorot")}),
        (
            "Weights were initialized from a Gaussian distribution with standard deviation 0.01.",
            {("initializer", "random_normal(stddev=0.01)")},
        ),
        (
            "Parameters are initialized with the uniform distribution between -0.08 and 0.08.",
            {("initializer", "random_uniform(-0.08, 0.08)")},
        ),
        ("We minimize the cross entropy loss.", {("loss", "categorical_crossentropy")}),
        ("We employed label smoothing of value 0.1.", {("regularizer", "label_smoothing 0.1")}),
        ("The input is a 224×224 RGB image.", {("input_size", "224x224x3")}),
        ("We train on the CIFAR-10 dataset.", {("dataset", "CIFAR-10")}),
        (
            "The learning rate is divided by 10 every 30 epochs.",
            {("learning_rate_schedule", "divided by 10 every 30 epochs")},
        ),
        ("We halve the learning rate every epoch.", {("learning_rate_schedule", "halved every epoch")}),
        (
            "The learning rate is lowered by 10 times at epochs 30 and 60.",
            {("learning_rate_schedule", "divided by 10 at epochs 30 and 60")},
        ),
    ],
)
def test_each_way_to_put_it(sentence: str, found: set[tuple[str, float | int | str]]) -> None:
    assert found <= _found(sentence)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("The learning rate is divided by 10 when the error plateaus.", "learning_rate"),
        ("We report the error after every 5 epochs.", "epochs"),
        ("The network has 50 layers and 25 million parameters.", "batch_size"),
        ("A convolution with 3×3 kernels and stride 2 follows.", "input_size"),
        ("Figure 3 shows the learning rate against the loss, see Section 4.", "learning_rate"),
        ("Momentum and weight decay were tuned in Section 0.9.", "momentum"),
    ],
)
def test_numbers_of_something_else_are_left_alone(sentence: str, name: str) -> None:
    assert name not in {found for found, _ in _found(sentence)}


def test_every_finding_names_its_page_and_sentence() -> None:
    pages = [Page(3, 600, 800, ("Nothing here.",)), Page(4, 600, 800, ("It is so. We set the learning rate to 0.02.",))]
    (item,) = hyperparameters(pages)
    assert (item.name, item.value, item.page, item.sentence) == (
        "learning_rate",
        0.02,
        4,
        "We set the learning rate to 0.02.",
    )


def test_the_same_value_said_twice_counts_once() -> None:
    text = "We use a batch size of 32. As said, the batch size is 32."
    assert [item.value for item in hyperparameters([Page(1, 1, 1, (text,))]) if item.name == "batch_size"] == [32]


@given(st.text(alphabet="learning rate batch size of 0123456789.,e-%×kβ=()[]dropout epochs ", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for item in hyperparameters([Page(1, 1, 1, (text,))]):
        assert item.sentence in text


@pytest.mark.shared
def test_real_papers_are_read_as_a_person_reads_them(benchmark: Path, papers: Path) -> None:
    with (benchmark / "hyperparameters.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    right = said = wanted = 0
    for slug in ("vaswani-2017-transformer", "eitel-2015-multimodal-rgbd"):
        labels = list({(row["name"], row["value"]): None for row in rows if row["slug"] == slug})
        found = hyperparameters(read_pdf(papers / f"{slug}.pdf").pages)
        right, said, wanted = right + score(labels, found)[0], said + len(found), wanted + len(labels)
    assert 2 * right / (said + wanted) >= 0.75
