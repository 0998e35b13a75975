"""What pages are told: by whom they are asked matters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotations.models import Task
from annotations.selectors.page_contribute import contribute_page
from annotations.selectors.review import next_in_queue, queue, review_page
from annotations.selectors.tasks import get_task
from annotations.services import tasks
from annotations.services.review import decide
from tests.builders import answer, lenet, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Task]:
    return lambda text: make_task(tmp_path, text=text)


def test_the_queue_is_in_the_order_of_worth_and_holds_what_is_undecided(
    make: Callable[[str], Task], volunteer: User, moderator: User
) -> None:
    one, two, three, _open = (make(name) for name in ("one", "two", "three", "open"))
    for task in (one, two, three):
        answer(task, volunteer)
    decide(submission=three.submissions.get(), moderator=moderator, decision="approve")
    Task.objects.filter(pk=two.pk).update(demand=3)
    rows = list(queue())
    assert rows == [two, one]
    assert rows[0].worth > rows[1].worth > 0
    assert (rows[0].answers, 0 < rows[0].probability < 1) == (1, True)
    assert next_in_queue(user=moderator) == two
    assert next_in_queue(user=moderator, after=two) == one
    assert next_in_queue(user=moderator, after=one) == two, "after the last comes the first"


def test_ones_own_answer_is_not_next(make: Callable[[str], Task], volunteer: User, moderator: User) -> None:
    own, other = make("own"), make("other")
    answer(own, moderator)
    answer(other, volunteer)
    assert next_in_queue(user=moderator) == other
    decide(submission=other.submissions.get(), moderator=moderator, decision="approve")
    assert next_in_queue(user=moderator) is None
    assert own in queue()


def test_a_moderator_sees_what_changed_from_the_reading_and_from_the_earlier_gold_flow(
    make: Callable[[str], Task], volunteer: User, moderator: User, make_user: Callable[..., User]
) -> None:
    task = make("one")
    decide(submission=answer(task, volunteer, lenet(c1={"filters": 8})), moderator=moderator, decision="approve")
    tasks.reopen(task=task, moderator=moderator, reason="Look again.")
    answer(task, make_user("other"), lenet(c1={"filters": 9}))
    page = review_page(task=get_task(task.pk), user=moderator)
    latest, earlier = page.answers
    assert (latest.review, earlier.review is None) == (None, False)
    assert page.gold is not None
    for difference, before in ((latest.from_reading, 6), (latest.from_gold, 8)):
        assert difference is not None
        (change,) = [change for change in difference.layers if change.kind == "changed"]
        assert ("filters", before, 9) in change.fields
    assert latest.denied is None


def test_the_way_to_the_next_task_depends_on_who_asks(
    make: Callable[[str], Task], volunteer: User, moderator: User
) -> None:
    returned, held, free = (make(name) for name in ("returned", "held", "free"))
    decide(submission=answer(returned, volunteer), moderator=moderator, decision="return", reason="Look again.")
    tasks.take(task=held, user=volunteer)
    tasks.skip(task=free, user=volunteer, reason="later")
    visitor, own, other = contribute_page(None), contribute_page(volunteer), contribute_page(moderator)
    assert (visitor.waiting, visitor.returned, visitor.skipped) == ({"correct": 2}, [], [])
    assert (own.at_work, own.returned, own.skipped, own.waiting) == ([held], [returned], [free], {"correct": 1})
    assert own.returned[0].last_review.reason == "Look again."  # type: ignore[attr-defined]  # for the template
    assert own.skipped[0].skip_label == "I'll come back to it"  # type: ignore[attr-defined]  # for the template
    assert (other.at_work, other.returned, other.skipped) == ([], [], [])
