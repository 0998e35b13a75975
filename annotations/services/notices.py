"""Telling people: a notice on the site and, unless they switched it off, a mail.

A notice is stored with what it tells of. Its mail goes out after that, through a job, at most once: whoever sends it
takes it first, by setting `mailed_at`. A message that is lost is found by the sweep; a mail server that does not answer
is tried again for three days; a worker that is killed between taking and sending loses the mail, never the notice.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from annotations.models import GoldFlow, Notice, NoticePreference, Request
from annotations.services.errors import Invalid
from annotations.services.mails import Unreachable, compose, read_token, send
from extraction.dispatch import send_on_commit
from extraction.plain import one_line, plain

logger = logging.getLogger(__name__)

MAIL_NOTICE = "annotations.jobs.mail_notice"
MAX_TEXT, MAX_KEY, MAX_URL = 500, 100, 300
#: What could not be mailed for so long is on the site only.
MAIL_WITHIN = timedelta(days=3)
#: One person gets no more mails an hour; the rest waits. Nobody's mailbox can be filled through this site.
MAILS_AN_HOUR = 20
#: How many mails one sweep sends.
SWEEP_SIZE = 200


def notify(*, user: User, kind: str, text: str, url: str, key: str, actor: User | None = None) -> Notice | None:
    """Tell a person something, once for each `key`. Call it in the transaction of what it tells of.

    `text` is one sentence of at most 500 signs, `url` a path of this site, `key` what it tells of ("mention-17").
    What they did themselves (`actor`) nobody is told: then nothing is stored, and `None` comes back.

    Raises:
        ValueError: `kind` is none of `Notice.Kind`, or `url` no path of this site.
    """
    if kind not in Notice.Kind.values:
        raise ValueError(f"no kind of notice: {kind}")
    if not url.startswith("/") or url.startswith("//") or "\\" in url:
        raise ValueError(f"no path of this site: {url}")
    if actor is not None and actor.pk == user.pk:
        return None
    text = one_line(plain(text))
    values = {
        "kind": kind,
        "actor": actor,
        "text": text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…",
        "url": url if len(url) <= MAX_URL else reverse("notices"),
    }
    notice, created = Notice.objects.get_or_create(user=user, key=_key(key), defaults=values)
    if created and to_mail().filter(pk=notice.pk).exists():
        send_on_commit(MAIL_NOTICE, notice.pk)
    return notice


def _key(key: str) -> str:
    """A longer key is told by its digest: cut off, two could become one."""
    return key if len(key) <= MAX_KEY else hashlib.sha256(key.encode()).hexdigest()


def tell_requesters(*, gold: GoldFlow) -> None:
    """Some code of this network runs: tell everybody who asked for code of its figure, once and for all."""
    text = f"The code that you asked for is there: {gold.figure} of “{gold.paper}” runs as {gold.title}."
    for request in Request.objects.filter(figure_id=gold.figure_id).select_related("user").order_by("pk"):
        notify(
            user=request.user,
            kind=Notice.Kind.REQUEST,
            text=text,
            url=gold.get_absolute_url(),
            key=f"request-{gold.figure_id}",
        )


# --- What people do with them -----------------------------------------------------------------------------------------


def mark_read(*, user: User, notice_id: int | None = None, upto: int | None = None) -> int:
    """Mark one notice of a person as read, or all up to the one of this number: newer ones they have not seen.

    Returns how many were unread. Safe to repeat.
    """
    unread = Notice.objects.filter(user=user, read_at__isnull=True)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    if upto is not None:
        unread = unread.filter(pk__lte=upto)
    return unread.update(read_at=timezone.now())


def set_mail(*, user: User, wanted: dict[str, bool]) -> None:
    """Say of some kinds of notices whether they come by mail.

    Raises:
        Invalid: no such kind.
    """
    if unknown := set(wanted) - set(Notice.Kind.values):
        raise Invalid(f"There are no notices of the kind “{min(unknown)[:40]}”.")
    with transaction.atomic():
        for kind, mail in wanted.items():
            NoticePreference.objects.update_or_create(user=user, kind=kind, defaults={"mail": mail})


def switch_off(*, token: str) -> tuple[User, str]:
    """What the link in a mail does: no more mails of that kind. Returns whose, and of which kind. Safe to repeat.

    Raises:
        Invalid: the link was not made here, or its person is gone.
    """
    user_id, kind = read_token(token)
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Invalid("This link belongs to nobody any more.")
    set_mail(user=user, wanted={kind: False})
    return user, kind


# --- For the worker ---------------------------------------------------------------------------------------------------


def to_mail() -> QuerySet[Notice]:
    """Notices that are to be mailed: new, unread, to people with a confirmed address who did not switch them off."""
    now = timezone.now()
    return Notice.objects.filter(
        Exists(EmailAddress.objects.filter(user=OuterRef("user"), verified=True)),
        ~Exists(NoticePreference.objects.filter(user=OuterRef("user"), kind=OuterRef("kind"), mail=False)),
        mailed_at__isnull=True,
        read_at__isnull=True,
        created_at__gt=now - MAIL_WITHIN,
        user__is_active=True,
    )


def _not_too_many(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    recent = Notice.objects.filter(user=OuterRef("user"), mailed_at__gt=timezone.now() - timedelta(hours=1))
    return notices.exclude(
        Exists(recent.order_by().values("user").annotate(mails=Count("pk")).filter(mails__gte=MAILS_AN_HOUR))
    )


def mail(*, notice_id: int) -> bool:
    """Mail one notice, if it is still to be mailed and nobody else has taken it. Returns whether it went out.

    A server that does not answer is no error here: the sweep tries again.
    """
    try:
        return _mail(_not_too_many(to_mail()).filter(pk=notice_id), limit=1) == 1
    except Unreachable as error:
        logger.warning("Notice %s could not be mailed yet: %s", notice_id, error)
        return False


def mail_waiting() -> int:
    """Mail what should have gone out a while ago: its message was lost, or the server was away. Returns how many went.

    Safe to repeat, and for several at a time.
    """
    late = to_mail().filter(created_at__lt=timezone.now() - timedelta(seconds=settings.STALE_SECONDS))
    try:
        return _mail(_not_too_many(late), limit=SWEEP_SIZE)
    except Unreachable as error:
        logger.warning("Waiting notices could not be mailed: %s", error)
        return 0


def _mail(notices: QuerySet[Notice], *, limit: int) -> int:
    """Mail these, the oldest first. The first one that the server can't take now ends it."""
    sent = 0
    connection = get_connection()
    try:
        for notice in notices.select_related("user").order_by("pk")[:limit]:
            address = EmailAddress.objects.filter(user=notice.user, verified=True).order_by("-primary", "pk").first()
            # One statement, so that of several workers one gets it.
            mine = Notice.objects.filter(pk=notice.pk, mailed_at__isnull=True).update(mailed_at=timezone.now())
            if not mine or address is None:
                continue
            try:
                sent += send(compose(notice, to=address.email), connection)
            except Unreachable:
                Notice.objects.filter(pk=notice.pk).update(mailed_at=None)
                raise
    finally:
        with contextlib.suppress(OSError):  # of which all errors of SMTP are some
            connection.close()
    return sent
