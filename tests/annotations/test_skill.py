"""What becomes known of people once the right answer is known: skill, points, level; and that it can be made anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotations import assessment, levels
from annotations.consensus.model import READER
from annotations.models import Assessment, Contributor, Crowd, Event, GoldFlow, Notice, Submission, Task
from annotations.selectors import skill as selectors
from annotations.services import crowd_rebuild, skill
from annotations.services import review as review_services
from annotations.services.gold import revert
from annotations.services.review import decide
from extraction.flow.model import Flow
from tests.builders import LENET, answer, lenet, make_task
from tests.threads import at_once

pytestmark = pytest.mark.django_db

WRONG_READING = lenet(c1={"filters": 8}, fc={"units": 12})
BOOKS = ("skill", "level", "reputation", "right", "wrong", "answers", "known_answers")


@pytest.fixture
def people(make_user: Callable[..., User]) -> list[User]:
    return [make_user(name) for name in ("ada", "grace", "mary")]


def books(user: User) -> dict[str, Any]:
    return Contributor.objects.values(*BOOKS).get(user=user)


def approve(task: Task, moderator: User, flow: dict[str, Any] = LENET) -> GoldFlow:
    """Approve `flow`, whoever said it; where nobody did, it is the moderator's own edit."""
    last = Submission.objects.filter(task=task, round=task.round).order_by("pk").last()
    decide(submission=last, moderator=moderator, decision="approve", flow=flow)
    return GoldFlow.objects.get(figure=task.figure, next=None)


# --- One answer -------------------------------------------------------------------------------------------------------


def outcome(given: dict[str, Any], right: dict[str, Any] = LENET, shown: Any = WRONG_READING) -> assessment.Outcome:
    read = Flow.from_dict(shown) if shown else None
    return assessment.assess_flow("1", Flow.from_dict(given), right=Flow.from_dict(right), shown=read)


def without(layer: str) -> dict[str, Any]:
    flow = lenet()
    flow["layers"] = [one for one in flow["layers"] if one["id"] != layer]
    flow["connections"] = [c for c in flow["connections"] if layer not in (c["source"], c["target"])]
    return flow


def test_corrections_that_are_right_earn_and_clicks_do_not() -> None:
    corrected, untouched = outcome(LENET), outcome(WRONG_READING)
    half, spoiled = outcome(lenet(fc={"units": 12})), outcome(lenet(fc={"units": 12}, p1={"pool_size": [3, 3]}))
    assert corrected.score == 1
    assert corrected.points > half.points > spoiled.points > untouched.points * 2
    assert untouched.points < 0 < corrected.points
    assert [row["how"] for row in untouched.mistakes] == ["left", "left"]
    assert {"changed", "left"} == {row["how"] for row in spoiled.mistakes}
    # Nothing was wrong: to leave it is right, and worth little; to change it costs.
    assert outcome(LENET, shown=LENET).points == assessment.FLAWLESS
    assert outcome(lenet(fc={"units": 12}), shown=LENET).points == assessment.SPOILED


def test_a_mistake_says_where_it_is_what_was_given_and_what_is_right() -> None:
    (row,) = outcome(lenet(fc={"units": 12})).mistakes
    assert row == {
        "element": "fc", "kind": "parameter", "subject": "fc 10", "what": "units", "given": 12, "wanted": 10,
        "how": "left",
    }  # fmt: skip


def test_missing_and_invented_layers_count_once_and_layers_drawn_anew_are_recognised() -> None:
    missed = outcome(without("fc"), shown=without("fc"))
    assert missed.wrong == {"layer": 1}
    assert outcome(LENET, right=without("fc"), shown=LENET).wrong == {"layer": 1}
    anew = lenet()
    anew["layers"][-1]["id"], anew["connections"][-1]["target"] = "mine", "mine"
    added = outcome(anew, shown=without("fc"))
    assert added.wrong == {}
    assert added.points > outcome(LENET).points


# --- A round ----------------------------------------------------------------------------------------------------------


def test_every_answer_of_an_approved_round_is_assessed_and_the_reading_too(
    people: list[User], moderator: User, tmp_path: Path
) -> None:
    ada, grace, _ = people
    task = make_task(tmp_path, flow=WRONG_READING)
    Task.objects.update(answers_wanted=3)
    answer(task, ada, LENET), answer(task, grace, WRONG_READING)
    gold = approve(task, moderator)
    best, worst = Assessment.objects.order_by("pk")
    assert (best.user, best.score, best.gold) == (ada, 1, gold)
    assert worst.wrong == {"parameter": 2}
    assert books(ada)["reputation"] > 0 > books(grace)["reputation"]
    crowd = skill.load_crowd([ada.pk, grace.pk])
    name = skill.name_of
    assert crowd.skill(name(ada.pk)).mean > crowd.skill(name(grace.pk)).mean
    assert crowd.skill(READER).elements > 0
    assert skill.load_crowd([grace.pk]).skill(name(ada.pk)).elements == 0, "only who is asked for is loaded"
    assert skill.assess_round(task=Task.objects.get(), gold=gold) == [], "twice is once"


def test_the_kind_of_a_figure_is_told_right_or_wrong(people: list[User], moderator: User, tmp_path: Path) -> None:
    paper = make_task(tmp_path).paper
    task = Task.objects.create(
        kind=Task.Kind.CLASSIFY, paper=paper, figure=paper.figures.get(position=0), answers_wanted=3
    )
    given = [
        answer(task, user, None, answer_kind=kind)
        for user, kind in zip(people, ["box2d", "none", "box2d"], strict=True)
    ]
    decide(submission=given[0], moderator=moderator, decision="approve")
    assert list(Assessment.objects.order_by("submission").values_list("score", "points")) == [(1, 1), (0, -1), (1, 1)]
    assert Assessment.objects.get(user=people[1]).mistakes[0]["wanted"] == "box2d"


def test_an_approval_taken_back_and_a_better_version_are_new_assessments(
    people: list[User], moderator: User, tmp_path: Path
) -> None:
    ada, grace, _ = people
    task = make_task(tmp_path, flow=WRONG_READING)
    answer(task, ada, LENET)
    before = skill.load_crowd([ada.pk]).to_dict()
    approve(task, moderator, lenet(p1={"pool_size": [3, 3]}))
    assert books(ada)["wrong"] == 1
    review_services.undo(review=task.reviews.get(), moderator=moderator)
    assert books(ada) | {"skill": None} == {
        "skill": None, "level": 1, "reputation": 0, "right": 0, "wrong": 0, "answers": 0, "known_answers": 0
    }  # fmt: skip
    name = skill.name_of(ada.pk)
    left = skill.load_crowd([ada.pk])
    assert left.skill(name).mean == pytest.approx(type(left).from_dict(before).skill(name).mean)

    first = approve(task, moderator)
    assert books(ada)["wrong"] == 0
    # The next round makes another version: the first round's answer is compared with that one.
    from annotations.services.gold import propose

    propose(gold=first, user=grace, reason="The pool is larger.")
    task.refresh_from_db()
    answer(task, grace, lenet(p1={"pool_size": [3, 3]}))
    approve(task, moderator, lenet(p1={"pool_size": [3, 3]}))
    assert books(ada)["wrong"] == 1
    # In the second round people start from the first version, which is wrong in one place.
    assert books(grace)["reputation"] == assessment.CORRECTED + assessment.FLAWLESS
    revert(gold=first, moderator=moderator, reason="It was right.")
    assert (books(ada)["wrong"], books(grace)["wrong"]) == (0, 1)
    chain = Assessment.objects.filter(user=ada).order_by("number")
    assert [row.replaces_id for row in chain] == [None, *(row.pk for row in chain[: len(chain) - 1])]
    assert sum(row.points - (row.replaces.points if row.replaces else 0) for row in chain) == books(ada)["reputation"]


def test_what_is_known_can_be_made_anew(people: list[User], moderator: User, tmp_path: Path) -> None:
    ada, grace, _ = people
    for number in range(2):
        task = make_task(tmp_path, text=f"paper {number}", flow=WRONG_READING)
        Task.objects.filter(pk=task.pk).update(answers_wanted=2)
        answer(task, ada, LENET), answer(task, grace, lenet(fc={"units": number}))
        approve(task, moderator)
    crowd_rebuild.refit()
    before = [books(ada), books(grace)]
    reader = skill.load_crowd([]).skill(READER)
    Contributor.objects.filter(user=ada).update(right=1, wrong=99, reputation=-5, skill={}, level=3)
    Crowd.objects.update(state={})
    call_command("rebuild_skill", verbosity=0)
    assert [books(ada), books(grace)] == before
    assert skill.load_crowd([]).skill(READER).mean == pytest.approx(reader.mean)
    assert skill.load_crowd([]).skill(READER).elements == pytest.approx(reader.elements)


def test_the_crowd_is_fitted_now_and_then(people: list[User], moderator: User, tmp_path: Path) -> None:
    assert not crowd_rebuild.refit_if_due()
    task = make_task(tmp_path, flow=WRONG_READING)
    answer(task, people[0], LENET)
    approve(task, moderator)
    before = books(people[0])
    assert crowd_rebuild.refit_if_due()
    assert not crowd_rebuild.refit_if_due(), "nothing is new"
    assert books(people[0]) == before


@pytest.mark.django_db(transaction=True)
def test_two_rounds_approved_at_once_count_both(people: list[User], moderator: User, tmp_path: Path) -> None:
    tasks = []
    for number in range(4):
        task = make_task(tmp_path, text=f"paper {number}", flow=WRONG_READING)
        Task.objects.filter(pk=task.pk).update(answers_wanted=2)
        answer(task, people[0], LENET), answer(task, people[1], LENET)
        tasks.append(task)
    outcomes = at_once(*(partial(approve, task, moderator) for task in tasks))
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert [books(user)["answers"] for user in people[:2]] == [4, 4]
    before = books(people[0])
    skill.rebuild(people[0])
    assert books(people[0]) == before


# --- Levels, suspects -------------------------------------------------------------------------------------------------


def test_levels_need_answers_that_are_right_and_corrections_among_them() -> None:
    good = {"right": 500, "wrong": 10, "answers": 25, "points": 80, "spam_probability": 0.0}
    assert levels.level_of(**good) == 3
    assert levels.level_of(**good | {"answers": 6}) == 2
    assert levels.level_of(**good | {"points": 2}) == 1, "who leaves everything as it is stays where they are"
    assert levels.level_of(**good | {"wrong": 70}) == 2
    assert levels.level_of(**good | {"spam_probability": 0.7}) == 1
    assert levels.lower_bound(9, 1) < levels.lower_bound(90, 10) < 0.9


def test_a_new_level_is_told_once(people: list[User], moderator: User, tmp_path: Path) -> None:
    ada = people[0]
    for number in range(5):
        task = make_task(tmp_path, text=f"paper {number}", flow=WRONG_READING)
        answer(task, ada, LENET)
        approve(task, moderator)
    assert books(ada)["level"] == 2
    assert selectors.level(ada) == 2
    assert selectors.level(moderator) == 3
    assert Notice.objects.filter(user=ada, kind=Notice.Kind.LEVEL).count() == 1
    assert Event.objects.get(verb="level").after == "2"
    skill.rebuild(ada)
    assert Notice.objects.filter(user=ada, kind=Notice.Kind.LEVEL).count() == 1


def test_who_behaves_like_a_program_is_listed_for_moderators(
    people: list[User], moderator: User, tmp_path: Path, client: Client
) -> None:
    ada, grace, mary = people
    for number in range(8):
        task = make_task(tmp_path, text=f"paper {number}")
        answer(task, ada, LENET)
    Contributor.objects.create(user=mary, spam_probability=0.97, answers=9)
    Contributor.objects.create(user=moderator, answers=4, reputation=-88)
    suspects = {suspect.user: suspect for suspect in selectors.suspects()}
    assert grace not in suspects
    assert "8 of 8 flows handed in within 4 seconds" in suspects[ada].reasons[0]
    assert suspects[mary].found
    assert "22 points lost an answer" in suspects[moderator].reasons[0]
    assert not suspects[ada].found
    assert selectors.found_spammers([ada.pk, mary.pk]) == {mary.pk}
    client.force_login(moderator)
    html = client.get(reverse("moderation-people"), {"show": "suspects"}).content.decode()
    assert "8 of 8 flows handed in within 4 seconds" in html
    assert "grace" not in html
