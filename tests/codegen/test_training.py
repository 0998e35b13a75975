"""What a paper says of the training reaches the code; the rest is assumed, and marked."""

from __future__ import annotations

import math
from typing import Any

import pytest

from extraction import sandbox
from extraction.codegen import generate
from extraction.codegen.training import training_of
from extraction.proof import verify
from tests.codegen.samples import lenet

SAID = {
    "optimizer": {"value": "stochastic gradient descent with Nesterov momentum", "provenance": "text", "page": 5},
    "learning_rate": {"value": 0.1, "provenance": "text", "page": 5},
    "learning_rate_schedule": {"value": "divided by 10 every 30 epochs", "provenance": "text"},
    "momentum": {"value": 0.9},
    "weight_decay": {"value": "1e-4"},
    "batch_size": {"value": "128 images", "provenance": "text", "page": 6},
    "epochs": {"value": 90},
    "loss": {"value": "cross-entropy"},
    "gradient_clipping": {"value": 5},
    "dataset": {"value": "ImageNet", "provenance": "text", "page": 4},
}


@pytest.mark.parametrize("framework", ["keras", "pytorch", "caffe"])
def test_what_is_said_is_written_with_its_page(framework: str) -> None:
    source = generate(lenet(training=SAID), framework).source
    for word in ("0.1", "0.9", "0.0001", "128", "90", "text, page 5", "text, page 6", "divided by 10", "ImageNet"):
        assert word in source, word


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_what_is_not_said_is_assumed(framework: str) -> None:
    source = generate(lenet(), framework).source
    assert "BATCH_SIZE = 32  # assumed" in source
    assert "EPOCHS = 10  # assumed" in source
    assert "  # assumed" in source.split("def train")[1]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Adam", "adam"),
        ("AdamW optimizer", "adamw"), ("SGD", "sgd"), ("RMSProp", "rmsprop"), ("Adadelta", "adadelta"),
        ("mini-batch gradient descent", "sgd"), ("NAG (Nesterov)", "nesterov"), ("something new", "adam"),
    ],
)  # fmt: skip
def test_optimizers_are_known_by_the_papers_words(words: str, name: str) -> None:
    assert training_of(lenet(training={"optimizer": {"value": words}})).optimizer.value == name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("divided by 10 every 30 epochs", ("steps", 0.1, 30)),
        ("multiplied by 0.5 every 2 epochs", ("steps", 0.5, 2)),
        ("cosine annealing", ("cosine", 0.1, 30)),
        ("exponential decay with a factor of 0.97", ("exponential", 0.97, 1)),
        ("halved every 10 epochs", ("steps", 0.5, 10)),
        ("as the spirit moves us", None),
        ("divided by 0 every 0 epochs", None),
    ],
)
def test_schedules_are_understood_or_left_as_words(words: str, expected: tuple[Any, ...] | None) -> None:
    schedule = training_of(lenet(training={"learning_rate_schedule": {"value": words}})).schedule
    assert (schedule and (schedule.kind, schedule.factor, schedule.epochs)) == expected


@pytest.mark.parametrize("value", [0, -1, True, "many", None, [], {"a": 1}, 1e300, "1e999"])
def test_odd_numbers_are_not_used(value: Any) -> None:
    training = training_of(lenet(training={"batch_size": {"value": 8}}))
    odd = lenet()
    object.__setattr__(
        odd, "training", {name: {"value": value} for name in ("batch_size", "learning_rate", "momentum")}
    )
    result = training_of(odd)
    assert training.batch_size.value == 8
    assert 0 < result.batch_size.value < 10**6
    assert 0 < result.learning_rate.value < 10**6


def test_training_as_said_runs_in_keras() -> None:
    proof = verify(generate(lenet(training=SAID), "keras"))
    assert proof.error is None
    assert "trained" in proof.proven


def test_every_optimizer_and_loss_runs_in_pytorch() -> None:
    losses = {
        "adam": "huber", "adamw": "mae", "adamax": "kl divergence", "nadam": "hinge", "rmsprop": "binary cross-entropy",
        "adagrad": "mse", "adadelta": "softmax loss", "sgd": "euclidean", "nesterov": "negative log likelihood",
    }  # fmt: skip
    sources = [generate(lenet(training=SAID), "pytorch").source]
    for optimizer, loss in losses.items():
        said = {
            "optimizer": {"value": optimizer}, "loss": {"value": loss}, "momentum": {"value": 0.8},
            "beta_1": {"value": 0.8}, "epsilon": {"value": 1e-7}, "weight_decay": {"value": 1e-4},
            "learning_rate_schedule": {"value": "cosine"},
        }  # fmt: skip
        sources.append(generate(lenet(training=said), "pytorch").source)
    results = sandbox.run("extraction.sandbox.source:evaluate", {"source": _TRAIN_ALL, "given": sources})
    assert len(results) == len(sources)
    assert all(math.isfinite(loss) for loss in results)


_TRAIN_ALL = """
from extraction.sandbox.source import load_source
result = []
for i, text in enumerate(given):
    module = load_source(text, f"generated_{i}")
    model = module.LeNet5()
    result.append(module.train(model, *module.made_up_examples(model), epochs=2))
"""
