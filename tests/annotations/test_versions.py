"""Versions of a network: a better one proposed, an earlier one brought back, one withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import GoldFlow, Notice, Task
from annotations.selectors import gold as selectors
from annotations.selectors.tasks import get_task, task_payload
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.gold import propose, revert, withdraw
from annotations.services.review import decide
from annotations.services.tasks import close, take
from tests.builders import answer, lenet, make_task
from tests.pages.conftest import give_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def gold(tmp_path: Path, volunteer: User, moderator: User) -> GoldFlow:
    task = make_task(tmp_path)
    decide(submission=answer(task, volunteer, lenet(c1={"filters": 8})), moderator=moderator, decision="approve")
    return GoldFlow.objects.get()


@pytest.fixture
def other(make_user: Callable[..., User]) -> User:
    return make_user("other")


def better(gold: GoldFlow, user: User, moderator: User) -> GoldFlow:
    task = propose(gold=gold, user=user, reason="It has 16 filters.")
    decide(submission=answer(task, user, lenet(c1={"filters": 16})), moderator=moderator, decision="approve")
    return GoldFlow.objects.get(previous=gold)


def test_a_proposal_starts_a_round_from_the_gold_flow(gold: GoldFlow, volunteer: User, other: User) -> None:
    with pytest.raises(Invalid, match="what is wrong"):
        propose(gold=gold, user=other, reason=" ")
    task = propose(gold=gold, user=other, reason="It has 16 filters.")
    assert propose(gold=gold, user=other, reason="It has 16 filters.") == task, "sent twice it counts once"
    task.refresh_from_db()
    assert (task.state, task.round, task.retired) == (Task.State.OPEN, 2, "")
    with pytest.raises(Conflict, match="worked on already"):
        propose(gold=gold, user=volunteer, reason="It has 12 filters.")
    for person in (volunteer, other):
        take(task=task, user=person) if person == other else None
        told = task_payload(task=get_task(task.pk), user=person)
        assert told["reading"]["flow"] == gold.flow
        # What somebody handed in before is kept, and they begin with the new start all the same.
        assert told["draft"] is None or told["draft"]["flow"] == gold.flow


def test_of_a_question_that_was_closed_it_is_said(gold: GoldFlow, other: User, moderator: User) -> None:
    close(task=propose(gold=gold, user=other, reason="It has 16 filters."), moderator=moderator, reason="It has 8.")
    with pytest.raises(Conflict, match="closed the question"):
        propose(gold=gold, user=other, reason="It has 16 filters.")


def test_what_is_told_in_a_round_is_compared_with_gold(gold: GoldFlow, other: User, moderator: User) -> None:
    task = propose(gold=gold, user=other, reason="It has 16 filters.")
    flow = lenet(c1={"filters": 8})
    flow["layers"][3]["params"]["units"] = 12
    _, c1, _, fc = answer(task, other, flow).flow["layers"]
    assert c1["provenance"]["filters"] == "person", "what people set in the first round stays theirs"
    assert fc["provenance"]["units"] == "person"
    decide(task=task, moderator=moderator, decision="approve")
    new = selectors.offered_of(gold.figure_id)
    assert new is not None
    assert [layer["params"] for layer in new.flow["layers"]] == [layer["params"] for layer in flow["layers"]]
    assert (new.version, new.previous, [credit.user for credit in new.credits.all()]) == (2, gold, [other])


def test_only_the_offered_version_is_bettered(gold: GoldFlow, other: User, moderator: User) -> None:
    new = better(gold, other, moderator)
    with pytest.raises(Conflict, match=f"No. {new.number} is offered now"):
        propose(gold=gold, user=other, reason="No.")
    assert list(selectors.gold_flows()) == [new]


def test_an_earlier_version_is_brought_back(
    gold: GoldFlow, other: User, moderator: User, make_user: Callable[..., User], volunteer: User
) -> None:
    better(gold, other, moderator)
    with pytest.raises(NotAllowed, match="Only moderators"):
        revert(gold=gold, moderator=volunteer, reason="It was right.")
    back = revert(gold=gold, moderator=moderator, reason="It was right.")
    assert revert(gold=gold, moderator=moderator, reason="It was right.") == back
    assert (back.version, back.reverts_to, back.flow, back.digest) == (3, gold, gold.flow, gold.digest)
    assert [credit.user for credit in back.credits.all()] == [volunteer]
    assert back.artifacts.count() == 3
    assert list(selectors.gold_flows()) == [back]
    with pytest.raises(Conflict, match="offered now"):
        revert(gold=back, moderator=moderator, reason="Again.")
    assert propose(gold=back, user=other, reason="Still wrong.").round == 3, "its question is the first one's"
    assert "as version 1 again" in Notice.objects.filter(user=volunteer)[0].text


def test_nobody_brings_their_own_work_back(gold: GoldFlow, other: User, make_user: Callable[..., User]) -> None:
    better(gold, other, make_user("third", "moderator"))
    author = gold.credits.get().user
    author.groups.add(*make_user("fourth", "moderator").groups.all())
    with pytest.raises(NotAllowed, match="your own answer"):
        revert(gold=gold, moderator=User.objects.get(pk=author.pk), reason="It was right.")


def test_a_withdrawn_version_stays_to_be_seen_and_its_code_is_not_offered(
    gold: GoldFlow, other: User, moderator: User
) -> None:
    new = better(gold, other, moderator)
    give_code(new)
    assert selectors.verified_artifact(new.number, "keras") is not None
    first = withdraw(gold=new, moderator=moderator, reason="The figure shows 8.")
    assert withdraw(gold=new, moderator=moderator, reason="The figure shows 8.") == first
    assert selectors.verified_artifact(new.number, "keras") is None
    assert list(selectors.gold_flows()) == [gold], "the version before it is offered again"
    page = Client().get(new.get_absolute_url()).content.decode()
    assert "withdrawn by" in page
    assert "The figure shows 8." in page
    assert "Download Keras" not in page
    assert f"No. {gold.number}, version 1" in page
    with pytest.raises(Conflict, match="was withdrawn"):
        revert(gold=new, moderator=moderator, reason="No.")
    withdraw(gold=gold, moderator=moderator, reason="Neither.")
    assert not selectors.gold_flows().exists()


def test_the_page_offers_what_one_may_do(gold: GoldFlow, volunteer: User, other: User, moderator: User) -> None:
    def offered(user: User | None) -> set[str]:
        client = Client()
        if user:
            client.force_login(user)
        html = client.get(gold.get_absolute_url()).content.decode()
        forms = {name: reverse(f"network-{name}", args=[gold.pk]) for name in ("propose", "revert", "withdraw")}
        return {name for name, address in forms.items() if address in html}

    assert (offered(None), offered(volunteer), offered(moderator)) == (set(), {"propose"}, {"propose", "withdraw"})
    client = Client()
    client.force_login(other)
    response: Any = client.post(reverse("network-propose", args=[gold.pk]), {"reason": "It has 16 filters."})
    assert gold.review is not None
    assert response["Location"] == reverse("task", args=[gold.review.task_id])
    assert offered(volunteer) == set(), "one proposal at a time"
    client.force_login(moderator)
    client.post(reverse("network-withdraw", args=[gold.pk]), {"reason": "Spam."})
    assert GoldFlow.objects.get(pk=gold.pk).withdrawal.reason == "Spam."
