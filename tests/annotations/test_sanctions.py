"""Muting and banning: who may, what follows, and that it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.models import Contributor, Event, Lease, Notice, Sanction
from annotations.services import permissions, roles, sanctions
from annotations.services.errors import Conflict, Invalid, NotAllowed
from annotations.services.review import decide
from annotations.services.submissions import submit
from annotations.services.tasks import take
from tests.builders import LENET, answer, make_task

pytestmark = pytest.mark.django_db
MakeUser = Callable[..., User]


def soon(**time: float) -> datetime:
    return timezone.now() + timedelta(**(time or {"days": 7}))


def fresh(user: User) -> User:
    """The person as the next request has them."""
    return User.objects.get(pk=user.pk)


def reason(denied: permissions.Denied | None) -> str:
    assert denied is not None
    return denied.reason


def test_a_mute_keeps_from_writing_alone(volunteer: User, moderator: User) -> None:
    until = soon()
    sanctions.mute(person=volunteer, actor=moderator, until=until, reason="Rude.")
    said = reason(permissions.may_write(volunteer))
    assert "Rude." in said
    assert permissions.when(until) in said
    assert permissions.may_contribute(volunteer) is None


def test_a_ban_keeps_from_everything_and_says_until_when_and_why(volunteer: User, moderator: User) -> None:
    until = soon()
    sanctions.ban(person=volunteer, actor=moderator, until=until, reason="Spam.")
    for denied in (permissions.may_contribute(volunteer), permissions.may_write(fresh(volunteer))):
        assert "Spam." in reason(denied)
        assert permissions.when(until) in reason(denied)
    notice = Notice.objects.get(user=volunteer)
    assert (notice.kind, notice.url) == ("sanction", "/restrictions/")
    assert "Spam." in notice.text


def test_it_ends_by_itself(volunteer: User, moderator: User) -> None:
    sanctions.ban(person=volunteer, actor=moderator, until=soon(), reason="Spam.")
    Contributor.objects.update(banned_until=timezone.now() - timedelta(seconds=1))
    assert permissions.may_contribute(fresh(volunteer)) is None


def test_a_lift_ends_both_and_there_must_be_something_to_lift(volunteer: User, moderator: User) -> None:
    with pytest.raises(Conflict, match="may do everything"):
        sanctions.lift(person=volunteer, actor=moderator, reason="Sorry.")
    sanctions.mute(person=volunteer, actor=moderator, until=soon(days=30), reason="Rude.")
    sanctions.ban(person=volunteer, actor=moderator, until=soon(days=1), reason="Spam.")
    # A ban that ends earlier leaves the mute as it is.
    assert Contributor.objects.get(user=volunteer).muted_until > soon(days=29)
    sanctions.lift(person=volunteer, actor=moderator, reason="Sorry.")
    assert permissions.may_write(volunteer) is None
    assert [sanction.kind for sanction in Sanction.objects.all()] == ["mute", "ban", "lift"]
    assert list(Event.objects.filter(person=volunteer).values_list("verb", "actor__username", "note")) == [
        ("mute", "moderator", "Rude."),
        ("ban", "moderator", "Spam."),
        ("lift", "moderator", "Sorry."),
    ]


@pytest.mark.parametrize(
    ("actor", "person", "allowed"),
    [
        ("volunteer", "other", False),
        ("moderator", "other", True),
        ("moderator", "moderator", False),
        ("moderator", "second", False),
        ("moderator", "administrator", False),
        ("moderator", "root", False),
        ("administrator", "second", True),
        ("administrator", "administrator", False),
        ("banned", "other", False),
    ],
)
def test_who_may_restrict_whom(make_user: MakeUser, actor: str, person: str, allowed: bool) -> None:
    people = {name: make_user(name) for name in ("volunteer", "other")}
    people |= {name: make_user(name, "moderator") for name in ("moderator", "second", "banned")}
    people["administrator"] = make_user("administrator", "administrator")
    people["root"] = User.objects.create_superuser("root")
    sanctions.ban(person=people["banned"], actor=people["root"], until=soon(), reason="Lost password.")
    if allowed:
        sanctions.ban(person=people[person], actor=people[actor], until=soon(), reason="x")
    else:
        with pytest.raises(NotAllowed):
            sanctions.ban(person=people[person], actor=people[actor], until=soon(), reason="x")
    assert Sanction.objects.filter(user=people[person]).exists() is (allowed or person == "banned")


def test_it_needs_an_end_in_sight_and_a_reason(volunteer: User, moderator: User) -> None:
    for until, why in ((soon(seconds=-1), "x"), (soon(days=3000), "x"), (soon(), " \n")):
        with pytest.raises(Invalid):
            sanctions.mute(person=volunteer, actor=moderator, until=until, reason=why)
    assert not Sanction.objects.exists()


def test_the_same_sent_twice_is_one(volunteer: User, moderator: User) -> None:
    until = soon()
    for _ in range(2):
        sanctions.mute(person=volunteer, actor=moderator, until=until, reason="Rude.")
    assert Sanction.objects.count() == Notice.objects.count() == Event.objects.filter(verb="mute").count() == 1


def test_a_ban_gives_back_what_they_are_at_work_on(volunteer: User, moderator: User, tmp_path: Path) -> None:
    task = make_task(tmp_path)
    take(task=task, user=volunteer)
    returned = make_task(tmp_path, text="returned")
    decide(submission=answer(returned, volunteer), moderator=moderator, decision="return", reason="Look again.")
    sanctions.ban(person=volunteer, actor=moderator, until=soon(), reason="Spam.")
    assert set(Lease.objects.filter(task=task).values_list("state", flat=True)) == {"released"}
    returned.refresh_from_db()
    assert returned.state == "open"
    with pytest.raises(NotAllowed, match="Spam"):
        answer(task, volunteer)


def test_nobody_takes_a_task_or_answers_while_banned(volunteer: User, moderator: User, tmp_path: Path) -> None:
    import uuid

    task = make_task(tmp_path)
    sanctions.ban(person=volunteer, actor=moderator, until=soon(), reason="Spam.")
    for act in (
        lambda: take(task=task, user=fresh(volunteer)),
        lambda: submit(task=task, user=fresh(volunteer), key=uuid.uuid4(), flow=LENET),
    ):
        with pytest.raises(NotAllowed, match="banned you until"):
            act()


def test_all_that_permissions_need_is_one_query_a_request(moderator: User) -> None:
    user = fresh(moderator)
    with CaptureQueriesContext(connection) as queries:
        assert permissions.may_review(user) is None
        assert permissions.may_write(user) is None
        assert permissions.is_administrator(user) is False
    assert len(queries) == 1


def test_roles_are_given_by_administrators_and_logged(
    volunteer: User, moderator: User, administrator: User, client: Any
) -> None:
    with pytest.raises(NotAllowed):
        roles.set_role(person=volunteer, role="moderator", actor=moderator)
    with pytest.raises(NotAllowed):
        roles.set_role(person=administrator, role="", actor=administrator)
    assert not permissions.is_moderator(volunteer)
    roles.set_role(person=volunteer, role="moderator", actor=administrator)
    assert permissions.is_moderator(volunteer)
    roles.set_role(person=volunteer, role="", actor=administrator)
    assert not permissions.is_moderator(fresh(volunteer))
    assert list(Event.objects.filter(verb="role").values_list("before", "after")) == [
        ("volunteer", "moderator"),
        ("moderator", "volunteer"),
    ]


def test_a_role_given_in_the_administration_pages_is_logged(volunteer: User, client: Any) -> None:
    from django.contrib.auth.models import Group

    root = User.objects.create_superuser("root")
    client.force_login(root)
    sent = {
        "username": "volunteer",
        "is_active": "on",
        "groups": [Group.objects.get(name="moderator").pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00:00",
    }
    assert client.post(f"/admin/auth/user/{volunteer.pk}/change/", sent).status_code == 302
    event = Event.objects.get(verb="role")
    assert (event.actor, event.person, event.before, event.after) == (root, volunteer, "volunteer", "moderator")
