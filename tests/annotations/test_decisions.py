"""Deciding about what several people say together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotations.models import Consensus, Download, FigureKind, GoldFlow, Lease, Notice, Review, Task
from annotations.selectors.consensus import current
from annotations.selectors.decisions import number_of
from annotations.selectors.gold import kinds, offered
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.review import Criteria, bulk, decide, undo, undo_batch
from annotations.services.submissions import submit
from annotations.services.tasks import close, reopen
from tests.builders import answer, lenet, make_task
from tests.pages.conftest import ask_kind

pytestmark = pytest.mark.django_db
State = Task.State


@pytest.fixture
def people(make_user: Callable[..., User]) -> list[User]:
    return [make_user(name) for name in ("ada", "bo", "cy")]


@pytest.fixture
def moderators(make_user: Callable[..., User], moderator: User) -> list[User]:
    return [moderator, *(make_user(name, "moderator") for name in ("second", "third"))]


@pytest.fixture
def task(tmp_path: Path) -> Task:
    made: Task = make_task(tmp_path)
    Task.objects.filter(pk=made.pk).update(answers_wanted=3)
    return made


def say(task: Task, people: list[User], *flows: dict[str, Any]) -> Consensus:
    """People answer, one flow each; what holds then."""
    for person, flow in zip(people, flows, strict=False):
        answer(task, person, flow)
    found = current(fresh(task))
    assert found is not None
    return found


def fresh(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


# --- The consensus ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.OPEN, State.IN_REVIEW])
def test_the_consensus_is_approved_with_credit_for_all_behind_it(
    task: Task, people: list[User], moderator: User, state: str
) -> None:
    consensus = say(task, people, lenet(c1={"filters": 8}), lenet(c1={"filters": 8}))
    Task.objects.filter(pk=task.pk).update(state=state)
    review = decide(consensus=consensus, moderator=moderator, decision="approve")
    gold = GoldFlow.objects.get()
    assert (fresh(task).state, review.before, gold.review, gold.submission) == (State.APPROVED, state, review, None)
    assert gold.flow["layers"][1]["params"]["filters"] == 8
    assert (gold.approved_by, gold.probability) == (moderator, consensus.probability)
    assert [credit.user for credit in gold.credits.all()] == people[:2]
    label = FigureKind.objects.get()
    assert (label.kind, label.votes, label.review) == ("box2d", None, review)
    assert set(Notice.objects.filter(kind="approved").values_list("user__username", flat=True)) == {"ada", "bo"}


def test_of_one_answer_that_is_approved_who_said_the_same_has_part(
    task: Task, people: list[User], moderator: User
) -> None:
    say(task, people, lenet(c1={"filters": 8}), lenet(c1={"filters": 8}), lenet(c1={"filters": 9}))
    decide(submission=task.submissions.all()[0], moderator=moderator, decision="approve")
    assert [credit.user for credit in GoldFlow.objects.get().credits.all()] == people[:2]


def test_an_edit_is_approved_with_its_values_marked_as_a_persons(
    task: Task, people: list[User], moderator: User
) -> None:
    consensus = say(task, people, lenet(c1={"filters": 8}))
    review = decide(consensus=consensus, moderator=moderator, decision="approve", flow=lenet(c1={"filters": 16}))
    gold = GoldFlow.objects.get()
    (c1,) = [layer for layer in gold.flow["layers"] if layer["id"] == "c1"]
    assert (c1["params"]["filters"], c1["provenance"]["filters"]) == (16, "person")
    assert (review.flow, gold.probability) == (gold.flow, None)
    with pytest.raises(Invalid, match="at least one layer"):
        decide(consensus=consensus, moderator=moderator, decision="approve", flow={"layers": []}, key=uuid.uuid4())


@pytest.mark.parametrize(("decision", "state"), [("return", State.RETURNED), ("reject", State.OPEN)])
def test_sent_back_all_who_answered_are_told_why(
    task: Task, people: list[User], moderator: User, decision: str, state: str
) -> None:
    consensus = say(task, people, lenet(), lenet())
    remarks = [("c1", "It has 8 filters."), ("p1>fc", "A flatten is between them.")]
    decide(consensus=consensus, moderator=moderator, decision=decision, code="parameters", remarks=remarks)
    assert fresh(task).state == state
    reviews = Review.objects.filter(task=task)
    assert {review.submission and review.submission.user for review in reviews} == set(people[:2])
    assert {review.reason for review in reviews} == {"c1: It has 8 filters.; p1>fc: A flatten is between them."}
    assert [(remark.element, remark.text) for remark in reviews[1].remarks.all()] == remarks
    assert Lease.objects.filter(state="released").count() == 2
    for person in people[:2]:
        assert "It has 8 filters." in Notice.objects.get(user=person).text


def test_a_rejection_needs_a_reason_or_its_code(task: Task, people: list[User], moderator: User) -> None:
    consensus = say(task, people, lenet())
    with pytest.raises(Invalid, match="Say why"):
        decide(consensus=consensus, moderator=moderator, decision="reject")
    with pytest.raises(Invalid, match="one of these reasons"):
        decide(consensus=consensus, moderator=moderator, decision="reject", code="ugly")
    decide(consensus=consensus, moderator=moderator, decision="reject", code="untouched")
    assert "nothing was corrected" in Notice.objects.get().text


def test_the_rest_is_asked_again_when_one_of_several_is_rejected(
    task: Task, people: list[User], moderator: User
) -> None:
    say(task, people, lenet(), lenet(c1={"filters": 9}))
    decide(submission=task.submissions.get(user=people[1]), moderator=moderator, decision="reject", reason="No.")
    left = current(fresh(task))
    assert left is not None
    assert (left.answers, fresh(task).state) == (1, State.OPEN)


# --- Who, and once ----------------------------------------------------------------------------------------------------


def test_nobody_decides_about_a_round_they_answered_in(task: Task, people: list[User], moderators: list[User]) -> None:
    mine, other = moderators[0], moderators[1]
    consensus = say(task, [people[0], mine], lenet(), lenet())
    theirs = task.submissions.get(user=people[0])
    subjects: tuple[dict[str, Any], ...] = ({"consensus": consensus}, {"submission": theirs})
    for about in subjects:
        with pytest.raises(NotAllowed, match="answered this question yourself"):
            decide(moderator=mine, decision="approve", **about)
    with pytest.raises(NotAllowed, match="Only moderators"):
        decide(consensus=consensus, moderator=people[1], decision="approve")
    decide(consensus=consensus, moderator=other, decision="approve")
    assert mine in [credit.user for credit in GoldFlow.objects.get().credits.all()]


def test_the_same_key_is_one_decision(task: Task, people: list[User], moderator: User) -> None:
    consensus, key = say(task, people, lenet()), uuid.uuid4()
    first = decide(consensus=consensus, moderator=moderator, decision="approve", key=key)
    assert decide(consensus=consensus, moderator=moderator, decision="approve", key=key) == first
    assert (Review.objects.count(), GoldFlow.objects.count()) == (1, 1)
    with pytest.raises(Invalid, match="another decision"):
        decide(consensus=consensus, moderator=moderator, decision="reject", reason="No.", key=key)


def test_whoever_looked_before_others_decided_is_told(task: Task, people: list[User], moderators: list[User]) -> None:
    first, second, _ = moderators
    consensus = say(task, people, lenet())
    seen = number_of(task)
    review = decide(consensus=consensus, moderator=first, decision="approve", number=seen)
    with pytest.raises(Conflict, match="moderator has approved this already"):
        decide(consensus=consensus, moderator=second, decision="reject", reason="No.", number=seen)
    undo(review=review, moderator=first)
    with pytest.raises(Conflict, match="taken back meanwhile"):
        decide(consensus=consensus, moderator=second, decision="approve", number=seen)
    decide(consensus=consensus, moderator=second, decision="approve", number=number_of(task))


def test_an_answer_that_came_since_is_looked_at_first(task: Task, people: list[User], moderator: User) -> None:
    old = say(task, people, lenet())
    answer(task, people[1], lenet(c1={"filters": 9}))
    with pytest.raises(Conflict, match="answers have changed"):
        decide(consensus=old, moderator=moderator, decision="approve")


# --- Two moderators ---------------------------------------------------------------------------------------------------


def large_edit() -> dict[str, Any]:
    return lenet(c1={"filters": 1, "kernel_size": [1, 1]}, p1={"pool_size": [4, 4], "strides": [4, 4]}, fc={"units": 2})


@pytest.fixture
def sure(settings: Any) -> None:
    settings.SECOND_CHANGES, settings.SECOND_PROBABILITY = 4, 0.0


def test_a_large_edit_waits_for_a_second_moderator(
    task: Task, people: list[User], moderators: list[User], sure: None
) -> None:
    first, second, _ = moderators
    consensus = say(task, people, lenet())
    waiting = decide(consensus=consensus, moderator=first, decision="approve", flow=large_edit())
    assert (fresh(task).state, GoldFlow.objects.count()) == (State.SECOND, 0)
    with pytest.raises(NotAllowed, match="Another moderator confirms"):
        decide(consensus=consensus, moderator=first, decision="approve", key=uuid.uuid4())
    with pytest.raises(Conflict, match="approved something else"):
        decide(consensus=consensus, moderator=second, decision="approve", flow=lenet(c1={"filters": 3}))
    confirmed = decide(consensus=consensus, moderator=second, decision="approve")
    assert (confirmed.confirms, confirmed.before, fresh(task).state) == (waiting, State.SECOND, State.APPROVED)
    assert GoldFlow.objects.get().flow == waiting.flow
    undo(review=confirmed, moderator=second)
    assert fresh(task).state == State.SECOND


def test_a_small_edit_and_a_small_site_need_one(
    task: Task, people: list[User], moderator: User, sure: None, make_user: Callable[..., User]
) -> None:
    consensus = say(task, people, lenet())
    make_user("second", "moderator")
    decide(consensus=consensus, moderator=moderator, decision="approve", flow=large_edit())
    assert fresh(task).state == State.APPROVED, "with one other moderator nobody waits"


def test_who_may_not_confirm_is_waited_for_by_nobody(
    task: Task, people: list[User], moderators: list[User], sure: None
) -> None:
    """A moderator who has answered may not confirm, though their answer was sent back and counts no more."""
    mine = answer(task, moderators[1], lenet(c1={"filters": 9}))
    decide(submission=mine, moderator=moderators[0], decision="reject", reason="It has 6.")
    consensus = say(task, people, lenet())
    decide(consensus=consensus, moderator=moderators[0], decision="approve", flow=large_edit())
    assert fresh(task).state == State.APPROVED, "one other moderator is left, and with one nobody waits"


def test_an_unlikely_consensus_and_a_much_used_network_need_two(
    task: Task, people: list[User], moderators: list[User], settings: Any
) -> None:
    settings.SECOND_PROBABILITY = 1.0
    consensus = say(task, people, lenet(c1={"filters": 8}))
    review = decide(consensus=consensus, moderator=moderators[0], decision="approve")
    assert fresh(task).state == State.SECOND
    undo(review=review, moderator=moderators[1])
    assert fresh(task).state == State.OPEN, "any other one can take it back"
    settings.SECOND_PROBABILITY = 0.0
    decide(consensus=consensus, moderator=moderators[0], decision="approve", number=number_of(task))
    gold = GoldFlow.objects.get()
    Download.objects.create(gold=gold, what="keras", day="2026-01-01", count=51)
    Task.objects.filter(pk=task.pk).update(state=State.OPEN)
    answer(task, people[1], lenet(c1={"filters": 9}))
    better = current(fresh(task))
    decide(consensus=better, moderator=moderators[0], decision="approve")
    assert fresh(task).state == State.SECOND


def test_the_second_moderator_may_send_it_back(
    task: Task, people: list[User], moderators: list[User], sure: None
) -> None:
    consensus = say(task, people, lenet())
    first = decide(consensus=consensus, moderator=moderators[0], decision="approve", flow=large_edit())
    sent = decide(consensus=consensus, moderator=moderators[1], decision="return", reason="This is another network.")
    first.refresh_from_db()
    assert (fresh(task).state, first.undone) == (State.RETURNED, True)
    undo(review=sent, moderator=moderators[1])
    assert fresh(task).state == State.IN_REVIEW, "the first approval does not come back"


def test_a_question_that_is_closed_meanwhile_and_opened_again_is_decided_anew(
    task: Task, people: list[User], moderators: list[User], sure: None
) -> None:
    given = answer(task, people[0], lenet())
    first = decide(submission=given, moderator=moderators[0], decision="approve", flow=large_edit())
    assert fresh(task).state == State.SECOND
    close(task=task, moderator=moderators[1], reason="Not worth it.")
    reopen(task=task, moderator=moderators[1], reason="It is, after all.")
    first.refresh_from_db()
    assert first.undone
    decide(submission=given, moderator=moderators[1], decision="approve")
    assert fresh(task).state == State.APPROVED


# --- Taking back ------------------------------------------------------------------------------------------------------


def test_an_approval_is_taken_back(task: Task, people: list[User], moderators: list[User]) -> None:
    first, second, _ = moderators
    consensus = say(task, people, lenet(c1={"filters": 8}))
    review = decide(consensus=consensus, moderator=first, decision="approve")
    with pytest.raises(NotAllowed, match="Only moderator and administrators"):
        undo(review=review, moderator=second)
    undo(review=review, moderator=first)
    assert undo(review=review, moderator=first).undone, "twice is once"
    gold = GoldFlow.objects.get()
    assert (fresh(task).state, gold.withdrawal.actor, offered().count()) == (State.OPEN, first, 0)
    assert (FigureKind.objects.count(), kinds().count()) == (1, 0)
    assert not Notice.objects.filter(user=people[0]).exists(), "who has not seen it need not"
    decide(consensus=consensus, moderator=first, decision="approve", key=uuid.uuid4())
    assert [row.version for row in offered()] == [2]
    assert kinds().get().review.gold_flow.version == 2


def test_it_is_too_late_after_a_while(task: Task, people: list[User], moderator: User, settings: Any) -> None:
    review = decide(consensus=say(task, people, lenet()), moderator=moderator, decision="approve")
    settings.UNDO_MINUTES = 0
    with pytest.raises(Conflict, match="for 0 minutes"):
        undo(review=review, moderator=moderator)


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_answers_that_were_sent_back_count_again(
    task: Task, people: list[User], moderator: User, administrator: User, decision: str
) -> None:
    consensus = say(task, people, lenet(c1={"filters": 8}), lenet(c1={"filters": 8}))
    review = decide(consensus=consensus, moderator=moderator, decision=decision, reason="No.")
    if decision == "reject":
        for person in ("dee", "eve", "fay"):
            answer(task, User.objects.create_user(person), lenet(c1={"filters": 9}))
    undo(review=review, moderator=administrator)
    again = current(fresh(task))
    assert again is not None
    assert again.answers == (2 if decision == "return" else 5)
    held = Lease.objects.filter(task=task, state="submitted")
    assert held.count() == again.answers
    assert fresh(task).answers_wanted >= held.count()


def test_what_came_after_is_taken_back_first(task: Task, people: list[User], moderator: User) -> None:
    say(task, people, lenet(), lenet(c1={"filters": 9}))
    first, _ = (
        decide(submission=one, moderator=moderator, decision="reject", reason="No.") for one in task.submissions.all()
    )
    with pytest.raises(Conflict, match="since"):
        undo(review=first, moderator=moderator)


def test_a_kind_that_is_taken_back_takes_its_question_along(task: Task, people: list[User], moderator: User) -> None:
    paper = task.paper
    asked = ask_kind(paper)
    for person in people[:2]:
        submit(task=asked, user=person, key=uuid.uuid4(), answer_kind="box2d")
    review = decide(task=asked, moderator=moderator, decision="approve")
    assert FigureKind.objects.get().votes == 2
    undo(review=review, moderator=moderator)
    assert (fresh(task).state, kinds().count()) == (State.CLOSED, 0)
    decide(task=asked, moderator=moderator, decision="approve", key=uuid.uuid4())
    assert (fresh(task).state, kinds().count()) == (State.OPEN, 1)


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_many_are_looked_at_first_then_decided_then_taken_back(
    tmp_path: Path, people: list[User], moderator: User
) -> None:
    same, differ, own, one = (make_task(tmp_path, text=name) for name in ("same", "differ", "own", "one"))
    Task.objects.update(answers_wanted=3)
    say(same, people, lenet(), lenet())
    say(differ, people, lenet(c1={"filters": 7}), lenet(c1={"filters": 9}))
    say(own, [moderator, people[0]], lenet(), lenet())
    say(one, people, lenet())
    criteria = Criteria(probability=0.3, disputed=0, answers=2)
    looked = {outcome.task: outcome for outcome in bulk(moderator=moderator, criteria=criteria)}
    assert set(looked) == {same, own}
    assert (looked[same].why_not, Review.objects.count()) == ("", 0), "a dry run does nothing"
    assert "answered this question yourself" in looked[own].why_not
    chosen = {task.pk: outcome.consensus.pk for task, outcome in looked.items() if outcome.consensus}
    batch = uuid.uuid4()
    for _ in range(2):  # sent twice, it counts once
        done = bulk(moderator=moderator, tasks=chosen, dry_run=False, batch=batch)
    assert [outcome.task for outcome in done if outcome.review or "already" in outcome.why_not] == [same]
    assert (fresh(same).state, Review.objects.count()) == (State.APPROVED, 1)
    (taken,) = undo_batch(batch=batch, moderator=moderator)
    assert taken.task == same
    assert fresh(same).state != State.APPROVED
    assert undo_batch(batch=batch, moderator=moderator) == []


def test_what_changed_since_it_was_looked_at_is_left_alone(task: Task, people: list[User], moderator: User) -> None:
    seen = say(task, people, lenet())
    answer(task, people[1], lenet(c1={"filters": 9}))
    (outcome,) = bulk(moderator=moderator, tasks={task.pk: seen.pk}, dry_run=False)
    assert (outcome.review, outcome.why_not) == (None, "The answers have changed since you looked.")
