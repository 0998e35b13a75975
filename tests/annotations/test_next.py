"""Which task somebody gets: one small step after the other, and what each of them chooses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.jobs import requeue_stale
from annotations.models import Contributor, Download, Event, FigureKind, GoldFlow, Lease, Rating, Request, Task
from annotations.services import demand, tasks
from annotations.services.errors import Conflict, Invalid, LeaseLost
from annotations.services.next_steps import STEPS
from annotations.services.review import decide
from annotations.services.task_creation import create_tasks
from extraction.models import Figure
from tests.builders import LENET, answer, lenet, make_paper, make_task, read

pytestmark = pytest.mark.django_db

Make = Callable[..., Task]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda text, **kwargs: make_task(tmp_path, text=text, **kwargs)


@pytest.fixture
def other(make_user: Callable[..., User]) -> User:
    return make_user("other")


def chosen(user: User, **wanted: Any) -> tuple[Task, str] | None:
    found = tasks.next_task(user=user, **wanted)
    if found is None:
        return None
    assert found.lease.user == user
    return found.task, found.chosen_by


# --- The steps --------------------------------------------------------------------------------------------------------


def test_the_steps_in_their_order() -> None:
    assert [name for name, _ in STEPS] == [
        "own_lease", "returned", "known", "started", "disagreement", "priority", "skipped",
    ]  # fmt: skip
    longest = Lease._meta.get_field("chosen_by").max_length
    assert longest is not None
    assert all(len(name) <= longest and step.__name__ == name and step.__doc__ for name, step in STEPS)


def test_what_was_begun_is_finished_first_then_what_people_differ_about(
    make: Make, volunteer: User, make_user: Callable[..., User]
) -> None:
    one, two = make_user("one"), make_user("two")
    new, begun, disputed = make("new"), make("begun"), make("disputed")
    Task.objects.filter(pk=new.pk).update(priority=9)
    answer(begun, one)
    answer(disputed, one)
    answer(disputed, two, lenet(c1={"filters": 7}))
    got = []
    for _ in range(3):
        found = chosen(volunteer)
        assert found is not None
        got.append(found)
        answer(found[0], volunteer)
    assert got == [(begun, "started"), (disputed, "disagreement"), (new, "priority")]


def test_the_priority_orders_what_nobody_has_answered(make: Make, volunteer: User) -> None:
    low, high = make("low"), make("high")
    Task.objects.filter(pk=high.pk).update(priority=3)
    assert chosen(volunteer) == (high, "priority")
    tasks.skip(task=high, user=volunteer, reason="later")
    assert chosen(volunteer) == (low, "priority")


def test_what_was_passed_on_comes_back_when_nothing_else_is_left(make: Make, volunteer: User) -> None:
    first, second, never = make("first"), make("second"), make("never")
    tasks.skip(task=first, user=volunteer, reason="later")
    tasks.skip(task=second, user=volunteer, reason="too_hard")
    tasks.skip(task=never, user=volunteer, reason="unreadable")
    assert chosen(volunteer) == (first, "skipped"), "the longest ago first"
    tasks.skip(task=first, user=volunteer, reason="later")
    assert chosen(volunteer) == (second, "skipped")
    assert [skip.number for skip in first.skips.order_by("number")] == [1, 2]
    answer(second, volunteer)
    assert chosen(volunteer) == (first, "skipped")
    answer(first, volunteer)
    assert chosen(volunteer) is None, "who says that the figure can't be read has answered"


def test_the_lease_and_the_log_say_which_step_it_was(make: Make, volunteer: User) -> None:
    task = make("one")
    chosen(volunteer)
    assert Lease.objects.get().chosen_by == "priority"
    assert Event.objects.get(task=task, verb="lease").note == "priority"
    assert chosen(volunteer) == (task, "own_lease")
    assert Lease.objects.get().chosen_by == "priority", "renewing is not choosing"


# --- Choosing ---------------------------------------------------------------------------------------------------------


def test_a_level_opens_harder_tasks(make: Make, volunteer: User, moderator: User) -> None:
    hard = make("hard")
    Task.objects.update(difficulty=3)
    assert chosen(volunteer) is None
    Contributor.objects.create(user=volunteer, level=2)
    assert chosen(volunteer) is None
    Contributor.objects.update(level=3)
    assert chosen(volunteer) == (hard, "priority")
    assert chosen(moderator) == (hard, "priority"), "moderators know what they do"


def test_who_opens_a_hard_task_from_its_paper_may_answer_it(make: Make, volunteer: User) -> None:
    hard = make("hard")
    Task.objects.update(difficulty=3)
    assert tasks.take(task=hard, user=volunteer).chosen_by == ""
    assert chosen(volunteer) == (hard, "own_lease")


def test_one_chooses_by_kind_paper_field_and_difficulty(make: Make, volunteer: User) -> None:
    vision, language = make("vision"), make("language")
    Task.objects.filter(pk=language.pk).update(field="language", difficulty=1, priority=-1)
    Task.objects.filter(pk=vision.pk).update(field="vision")
    for wanted in ({"field": "language"}, {"paper": language.paper_id}, {"paper": language.paper_id, "difficulty": 1}):
        found = chosen(volunteer, **wanted)
        assert found is not None
        assert found[0] == language, wanted
    assert chosen(volunteer, kind="classify") is None
    assert chosen(volunteer, field="audio") is None
    found = chosen(volunteer, kind="correct", besides=(language.pk,))
    assert found is not None
    assert found[0] == vision


@pytest.mark.parametrize("wanted", [{"kind": "guess"}, {"field": "art"}, {"difficulty": 4}])
def test_a_wish_that_does_not_exist_is_refused(volunteer: User, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="choose"):
        tasks.next_task(user=volunteer, **wanted)


def test_the_search_asks_the_database_as_often_for_many_tasks_as_for_few(make: Make, volunteer: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert tasks.next_task(user=volunteer) is not None
        tasks.release(task=Lease.objects.latest("pk").task, user=volunteer)
        return len(captured)

    make("one")
    few = queries()
    for number in range(4):
        make(f"more {number}")
    assert queries() <= few


# --- What tasks are made of -------------------------------------------------------------------------------------------


def test_a_task_knows_its_field_how_hard_and_how_unsure_it_is(tmp_path: Path) -> None:
    big = lenet()
    big["layers"] += [{"id": f"x{i}", "type": "ReLU"} for i in range(20)]
    big["confidence"] = 0.4
    head = {"title": "Neural machine translation", "abstract": "Sentences of two languages."}
    paper = read(make_paper(), tmp_path, [LENET, big], **head)
    create_tasks(paper=paper)
    easy, hard = Task.objects.order_by("figure__position")
    assert (easy.field, easy.difficulty, easy.answers_wanted) == ("language", 1, 3)
    assert (hard.field, hard.difficulty) == ("language", 2)
    assert easy.uncertainty == pytest.approx(0.1)
    assert hard.uncertainty == pytest.approx(0.6)
    assert hard.priority > easy.priority


def test_tables_raise_no_questions_for_want_of_a_picture(tmp_path: Path) -> None:
    paper = make_paper()
    table = {"number": "1", "page": 2, "bbox": [0, 0, 9, 9], "caption": "Table 1.", "rows": [["conv"]], "flow": None}
    folder = tmp_path / "paper"
    (folder / "flows").mkdir(parents=True)
    import json

    (folder / "flows" / "table-1.json").write_text(json.dumps(LENET))
    read(paper, folder, [LENET], tables=[{**table, "flow": "flows/table-1.json"}])
    assert paper.readings.filter(table__isnull=False).count() == 1
    create_tasks(paper=paper)
    assert [task.reading.table_id for task in paper.tasks.select_related("reading")] == [None]


# --- What people want -------------------------------------------------------------------------------------------------


def test_what_people_want_comes_first(make: Make, volunteer: User, other: User) -> None:
    plain, wanted = make("plain"), make("wanted")
    demand.request_code(figure=wanted.figure, user=other)
    assert chosen(volunteer) == (wanted, "priority")
    wanted.refresh_from_db()
    assert wanted.demand == pytest.approx(2.0)
    assert demand.request_code(figure=wanted.figure, user=other) == Request.objects.get()
    plain.refresh_from_db()
    assert plain.demand == 0


def test_downloads_and_ratings_make_the_rest_of_a_paper_wanted(
    tmp_path: Path, volunteer: User, moderator: User, other: User
) -> None:
    paper = read(make_paper(), tmp_path, [LENET, LENET])
    create_tasks(paper=paper)
    done, rest = Task.objects.order_by("figure__position")
    decide(submission=answer(done, volunteer), moderator=moderator, decision="approve")
    gold = GoldFlow.objects.get()
    for _ in range(10):
        demand.record_download(gold=gold, what="keras")
    demand.record_download(gold=gold, what="zip")
    assert dict(Download.objects.values_list("what", "count")) == {"keras": 10, "zip": 1}
    demand.refresh(figure=done.figure)
    rest.refresh_from_db()
    fetched = rest.demand
    assert fetched > 0
    Rating.objects.create(gold=gold, user=other, stars=5)
    assert demand.refresh_all() == 1, "what is approved needs no order"
    rest.refresh_from_db()
    assert rest.demand > fetched
    with pytest.raises(ValueError, match="neither"):
        demand.record_download(gold=gold, what="cobol")


def test_few_stars_make_a_better_version_wanted_more_than_many(
    make: Make, volunteer: User, moderator: User, other: User
) -> None:
    demands = []
    for stars in (1, 5):
        task = make(f"with {stars}")
        decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
        Rating.objects.create(gold=GoldFlow.objects.get(figure=task.figure), user=other, stars=stars)
        tasks.reopen(task=task, moderator=moderator, reason="Look again.")
        demand.refresh(figure=task.figure)
        task.refresh_from_db()
        demands.append(task.demand)
    assert demands[0] > demands[1] > 0


def test_age_counts_and_answers_lower_the_doubt(make: Make, volunteer: User) -> None:
    old, new = make("old"), make("new")
    Task.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=90))
    assert demand.refresh_all() == 2
    for task in (old, new):
        task.refresh_from_db()
    assert old.priority == pytest.approx(new.priority + demand.AGE_WEIGHT, abs=0.01)


def test_a_figure_that_the_machine_took_for_none_is_asked_about_when_somebody_wants_its_code(
    tmp_path: Path, volunteer: User, moderator: User
) -> None:
    paper = read(make_paper(), tmp_path)
    Figure.objects.update(flow_probability=0.05, is_flow=False)
    create_tasks(paper=paper)
    assert not paper.tasks.exists()
    figure = paper.figures.get()
    demand.request_code(figure=figure, user=volunteer)
    task = paper.tasks.get()
    assert task.kind == "classify"
    review = decide(submission=answer_kind(task, volunteer, "none"), moderator=moderator, decision="approve")
    assert FigureKind.objects.get(review=review).kind == "none"
    demand.request_code(figure=figure, user=moderator)
    assert paper.tasks.count() == 1, "people said that it is none"


def answer_kind(task: Task, user: User, kind: str) -> Any:
    import uuid

    from annotations.services.submissions import submit

    return submit(task=task, user=user, key=uuid.uuid4(), answer_kind=kind)


def test_code_that_is_there_is_not_asked_for(make: Make, volunteer: User, moderator: User, other: User) -> None:
    task = make("one")
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    demand.request_code(figure=task.figure, user=other)
    GoldFlow.objects.get().artifacts.filter(framework="keras").update(state="verified")
    with pytest.raises(Conflict, match="There is code of this figure already"):
        demand.request_code(figure=task.figure, user=moderator)


# --- Signs of life ----------------------------------------------------------------------------------------------------


def test_a_sign_of_life_keeps_the_task_and_silence_gives_it_back(
    make: Make, volunteer: User, other: User, settings: Any
) -> None:
    settings.ANSWERS_FIRST = settings.ANSWERS_LIMIT = 1
    task = make("one")
    lease = tasks.take(task=task, user=volunteer)
    Lease.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    assert tasks.heartbeat(task=task, user=volunteer).expires_at > timezone.now() + timedelta(minutes=5)
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    requeue_stale()
    lease.refresh_from_db()
    assert lease.state == Lease.State.EXPIRED
    assert Event.objects.filter(task=task, verb="lease expired").count() == 1
    assert tasks.expire() == 0
    again = tasks.heartbeat(task=task, user=volunteer)
    assert again.pk != lease.pk, "the place was free"
    Lease.objects.filter(state="open").update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.take(task=task, user=other)
    with pytest.raises(LeaseLost):
        tasks.heartbeat(task=task, user=volunteer)


def test_who_gave_a_task_back_has_no_life_in_it(make: Make, volunteer: User) -> None:
    task = make("one")
    tasks.take(task=task, user=volunteer)
    tasks.release(task=task, user=volunteer)
    with pytest.raises(Conflict, match="don't hold"):
        tasks.heartbeat(task=task, user=volunteer)
