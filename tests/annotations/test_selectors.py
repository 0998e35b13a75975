"""What pages are told: by whom they are asked matters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotations.models import Task
from annotations.selectors.review import next_in_queue, queue, review_page
from annotations.selectors.tasks import contribute_page, get_task
from annotations.services import tasks
from annotations.services.review import decide
from tests.builders import answer, lenet, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Task]:
    return lambda text: make_task(tmp_path, text=text)


def test_the_queue_is_in_the_order_of_waiting_and_holds_what_is_undecided(
    make: Callable[[str], Task], volunteer: User, moderator: User
) -> None:
    one, two, three, _open = (make(name) for name in ("one", "two", "three", "open"))
    answer(two, volunteer)
    first = answer(one, volunteer)
    decide(submission=answer(three, volunteer), moderator=moderator, decision="approve")
    assert list(queue()) == [two, one]
    assert [row.waiting_answers for row in queue()][1] == [first]  # type: ignore[attr-defined]
    assert next_in_queue(user=moderator) == two
    assert next_in_queue(user=moderator, after=two) == one


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
    visitor, own, other = contribute_page(None), contribute_page(volunteer), contribute_page(moderator)
    assert (visitor.waiting, visitor.example, visitor.returned) == ({"correct": 1}, free, [])
    assert (own.at_work, own.returned, own.waiting) == ([held], [returned], {"correct": 1})
    assert own.returned[0].last_review.reason == "Look again."  # type: ignore[attr-defined]
    assert (other.at_work, other.returned) == ([], [])
