"""What votes say together, and what they say of those who vote."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.consensus.crowd import Crowd, known
from annotations.consensus.model import READER, Decision, ElementKind, Question, Vote
from annotations.consensus.stopping import LEAST, LIMIT, Reason, enough

NAMES = ("ada", "ben", "cora", "dan", "eve")


def question(number: int, told: dict[str, str], *, touched: bool = True, shown: str | None = None) -> Question:
    votes = tuple(Vote(name, value, touched) for name, value in told.items())
    return Question(f"q{number}", ElementKind.PARAMETER, votes, 20, shown)


def task(size: int, wrong: dict[str, float], seed: int = 0) -> tuple[list[Question], list[str]]:
    """Questions with the right answers; each person is wrong with their own chance."""
    rng = random.Random(seed)
    truths = [str(rng.randrange(20)) for _ in range(size)]
    found = []
    for number, truth in enumerate(truths):
        told = {name: str(rng.randrange(20, 40)) if rng.random() < share else truth for name, share in wrong.items()}
        found.append(question(number, told))
    return found, truths


def taught(wrong: dict[str, float], tasks: int = 15) -> Crowd:
    """A crowd that knows these people from tasks whose answers are certain."""
    crowd = Crowd()
    for seed in range(tasks):
        questions, truths = task(20, wrong, seed)
        crowd.observe(questions, [known(q, truth) for q, truth in zip(questions, truths, strict=True)])
    return crowd


votes = st.dictionaries(st.sampled_from(NAMES), st.sampled_from("abc"), min_size=1)


@given(st.lists(votes, min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_votes_and_questions_does_not_matter(told: list[dict[str, str]], rng: random.Random) -> None:
    questions = [question(i, one) for i, one in enumerate(told)]
    shuffled = [replace(q, votes=tuple(rng.sample(q.votes, len(q.votes)))) for q in questions]
    rng.shuffle(shuffled)
    one = {decision.key: decision for decision in Crowd().decide_all(questions)}
    for decision in Crowd().decide_all(shuffled):
        assert decision.value == one[decision.key].value or len(set(dict(decision.ranking).values())) == 1
        assert abs(decision.probability - one[decision.key].probability) < 1e-9
        assert 0 < sum(chance for _, chance in decision.ranking) <= 1 + 1e-9


@given(st.integers(1, 5))
@settings(deadline=None)
def test_who_agrees_makes_it_surer(people: int) -> None:
    told = [
        Crowd().decide(question(0, dict.fromkeys(NAMES[:count], "a"))).probability for count in range(1, people + 1)
    ]
    assert told == sorted(told)
    assert told[-1] < 1


def test_skill_outweighs_numbers() -> None:
    crowd = taught({"ada": 0.01, "ben": 0.45, "cora": 0.45})
    split = question(0, {"ada": "right", "ben": "wrong", "cora": "wrong"})
    other = question(1, {"ada": "right", "ben": "wrong", "cora": "other"})
    assert crowd.decide(other).value == "right"
    assert dict(crowd.decide(split).ranking)["right"] > dict(Crowd().decide(split).ranking)["right"]
    skill = [crowd.skill(name, ElementKind.PARAMETER) for name in ("ada", "ben")]
    assert skill[0].mean > 0.95 > 0.7 > skill[1].mean
    assert all(one.deviation < Crowd().skill("new").deviation for one in skill)


def test_who_tells_blindly_is_found_and_counts_for_little() -> None:
    crowd = taught({"ada": 0.05, "ben": 0.1, "eve": 0.97}, tasks=10)
    assert crowd.spam_probability("eve") > 0.9
    assert crowd.spam_probability("ada") < 0.1
    alone = crowd.decide(question(0, {"eve": "x", "ada": "y"}))
    assert (alone.value, alone.probability > 0.8) == ("y", True)


def test_what_was_left_as_shown_says_less_than_what_was_changed() -> None:
    left = question(0, {"ada": "a", "ben": "a"}, touched=False, shown="a")
    changed = replace(left, votes=tuple(Vote(name, "a") for name in ("ada", "ben")), shown="b")
    assert Crowd().decide(left).probability < Crowd().decide(changed).probability


def test_learning_is_taken_back_and_kept_as_plain_data() -> None:
    crowd = taught({"ada": 0.05, "eve": 0.5}, tasks=5)
    before = crowd.to_dict()
    questions, truths = task(20, {"ada": 0.1, "ben": 0.2, READER: 0.1}, seed=99)
    right = [known(q, truth) for q, truth in zip(questions, truths, strict=True)]
    crowd.observe(questions, right)
    assert crowd.skill("ben").elements == 20
    again = Crowd.from_dict(json.loads(json.dumps(crowd.to_dict())))
    assert again.decide_all(questions) == crowd.decide_all(questions)
    crowd.observe(questions, right, weight=-1)
    assert abs(crowd.skill("ada").mean - Crowd.from_dict(before).skill("ada").mean) < 1e-6


def decided(*chances: float) -> list[Decision]:
    return [Decision(f"q{i}", ElementKind.TYPE, (("a", chance),)) for i, chance in enumerate(chances)]


def test_answers_are_asked_for_until_all_of_it_is_sure() -> None:
    sure = decided(0.9999, 0.9999)
    assert enough(sure, answers=LEAST - 1).reason == Reason.TOO_FEW
    assert enough(sure, answers=LEAST).reason == Reason.CONSENSUS
    doubtful = enough(decided(0.9999, 0.8, 0.9), answers=3)
    assert (doubtful.done, doubtful.open) == (False, ("q1", "q2")), "the least sure first"
    assert not enough(sure, answers=3, unseen=0.1).done, "something may have been missed by all"
    assert enough(decided(0.5), answers=LIMIT).reason == Reason.LIMIT
