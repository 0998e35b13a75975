"""People are told once, on the site and by mail, and only what they want to be told."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.jobs import mail_notice, requeue_stale
from annotations.models import Notice, NoticePreference
from annotations.services import notices
from annotations.services.errors import Invalid
from annotations.services.mails import make_token
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(volunteer: User) -> User:
    """Somebody with a confirmed address."""
    EmailAddress.objects.create(user=volunteer, email="ada@example.org", verified=True, primary=True)
    return volunteer


def tell(user: User, key: str = "mention-1", **values: Any) -> Notice | None:
    values = {"kind": "mention", "text": "grace mentions you in LeNet.", "url": "/networks/1/#comment-1", **values}
    return notices.notify(user=user, key=key, **values)


def late(**changes: Any) -> None:
    """As if all notices had been written two minutes ago."""
    Notice.objects.update(created_at=timezone.now() - timedelta(minutes=2), **changes)


class Down(EmailBackend):
    """A mail server that can't be reached."""

    def open(self) -> None:
        raise ConnectionRefusedError("nobody listens")

    def send_messages(self, messages: Any) -> int:
        self.open()
        return 0


class Refusing(EmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"ada@example.org": (550, b"no such user")})


def test_the_same_is_told_once(reader: User) -> None:
    first, second = tell(reader), tell(reader, text="again")
    assert first == second
    assert Notice.objects.get().text == "grace mentions you in LeNet."


def test_nobody_is_told_what_they_did_themselves(reader: User) -> None:
    assert tell(reader, actor=reader) is None
    assert not Notice.objects.exists()


@pytest.mark.parametrize("wrong", [{"url": "https://evil.example/"}, {"url": "//evil.example/"}, {"kind": "spam"}])
def test_notices_lead_nowhere_else(reader: User, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        tell(reader, **wrong)


def test_hostile_text_is_one_line_that_can_be_stored(reader: User) -> None:
    notice = tell(reader, text="a\r\nBcc: everybody@example.org\x00\ud800" + "x" * 9000, key="k" * 5000)
    assert notice is not None
    assert len(notice.text) == 500
    assert mail_notice(notice.pk) is None
    (sent,) = mail.outbox
    assert sent.recipients() == ["ada@example.org"]
    assert "\n" not in sent.subject
    assert sent.message()["Bcc"] is None


def test_a_mail_says_what_happened_and_how_to_stop_it(reader: User, client: Client) -> None:
    notice = tell(reader)
    assert notice is not None
    assert notices.mail(notice_id=notice.pk)
    (sent,) = mail.outbox
    assert sent.subject == "[DLPaper2Code] grace mentions you in LeNet."
    assert "http://localhost:8000/networks/1/#comment-1\n" in sent.body
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    path = link.removeprefix("http://localhost:8000")
    assert "somebody mentions me" in client.get(path).content.decode()
    assert not NoticePreference.objects.exists(), "who only looks at the link switches nothing off"
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert NoticePreference.objects.get().mail is False
    other = tell(reader, key="mention-2")
    assert other is not None
    assert not notices.mail(notice_id=other.pk)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("token", ["x", make_token(user_id=1, kind="mention")[:-1], make_token(user_id=1, kind="wine")])
def test_a_forged_link_is_refused(token: str, client: Client) -> None:
    assert client.post(reverse("notices-off", args=[token])).status_code == 404
    with pytest.raises(Invalid):
        notices.switch_off(token=token)


def test_a_mail_is_sent_by_a_job_when_the_transaction_is_stored(
    reader: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        tell(reader)
        tell(reader)
    assert len(callbacks) == 1
    assert mail.outbox == []


def test_who_has_no_confirmed_address_gets_no_mail_and_no_job(
    volunteer: User, django_capture_on_commit_callbacks: Any
) -> None:
    EmailAddress.objects.create(user=volunteer, email="ada@example.org", verified=False, primary=True)
    with django_capture_on_commit_callbacks() as callbacks:
        tell(volunteer)
    assert callbacks == []
    late()
    requeue_stale()
    assert mail.outbox == []
    assert Notice.objects.get().mailed_at is None


def test_a_lost_message_is_found_by_the_sweep_and_no_mail_goes_twice(reader: User) -> None:
    notice = tell(reader)
    assert notice is not None
    requeue_stale()
    assert mail.outbox == [], "its own job is still on the way"
    late()
    requeue_stale()
    requeue_stale()
    mail_notice(notice.pk)
    assert len(mail.outbox) == 1


def test_what_was_read_meanwhile_is_not_mailed(reader: User) -> None:
    tell(reader)
    late(read_at=timezone.now())
    assert notices.mail_waiting() == 0


def test_a_server_that_is_away_is_tried_again(reader: User, settings: Any, caplog: Any) -> None:
    notice = tell(reader)
    assert notice is not None
    late()
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    mail_notice(notice.pk)
    assert notices.mail_waiting() == 0
    assert "nobody listens" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.mail_waiting() == 1


def test_an_address_that_does_not_exist_is_tried_once(reader: User, settings: Any, caplog: Any) -> None:
    tell(reader)
    late()
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert notices.mail_waiting() == 0
    assert "for good" in caplog.text
    assert not notices.to_mail().exists()


def test_nobodys_mailbox_can_be_filled(reader: User) -> None:
    for number in range(notices.MAILS_AN_HOUR + 5):
        notice = tell(reader, key=f"mention-{number}")
        assert notice is not None
        mail_notice(notice.pk)
    late()
    requeue_stale()
    assert len(mail.outbox) == notices.MAILS_AN_HOUR
    assert Notice.objects.count() == notices.MAILS_AN_HOUR + 5


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_mails(make_user: Callable[..., User]) -> None:
    user = make_user("ada")
    EmailAddress.objects.create(user=user, email="ada@example.org", verified=True)
    numbers = [notice.pk for n in range(4) if (notice := tell(user, key=f"mention-{n}"))]

    def work() -> None:
        for number in numbers:
            notices.mail(notice_id=number)

    assert at_once(*[work] * 4) == [None] * 4
    assert len(mail.outbox) == len(numbers)


def sign_up(client: Client, name: str) -> int:
    sent = {
        "username": name,
        "email": f"{name}@example.org",
        "password1": "an-engine-1843",
        "password2": "an-engine-1843",
    }
    return client.post("/accounts/signup/", sent).status_code


def test_an_address_is_confirmed_by_the_link_in_a_mail(client: Client) -> None:
    assert sign_up(client, "ada") == 302
    assert not EmailAddress.objects.get().verified
    assert "not confirmed" in client.get("/accounts/email/").content.decode()
    (sent,) = mail.outbox
    link = next(word for word in sent.body.split() if "/accounts/confirm-email/" in word)
    client.post(link.removeprefix("http://testserver"))
    assert EmailAddress.objects.get().verified
    tell(User.objects.get())
    late()
    assert notices.mail_waiting() == 1


def test_a_sign_up_does_not_wait_for_the_mail_server(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    assert sign_up(client, "ada") == 302
    page = client.get("/contribute/").content.decode()
    assert "The mail could not be sent now." in page
    assert "ada@example.org" not in page
