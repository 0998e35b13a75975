"""What people are told, and how."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from annotations.models import Notice, NoticePreference
from annotations.services.permissions import Person

PAGE_SIZE = 30
#: The bell counts no further.
MAX_COUNT = 99


def notices(user: User, *, unread: bool = False) -> QuerySet[Notice]:
    """A person's notices, the newest first."""
    found = Notice.objects.filter(user=user).select_related("actor").order_by("-pk")
    return found.filter(read_at__isnull=True) if unread else found


def unread_count(user: Person) -> int:
    """How many they have not read, up to one more than `MAX_COUNT`."""
    if not isinstance(user, User):
        return 0
    return Notice.objects.filter(user=user, read_at__isnull=True).order_by()[: MAX_COUNT + 1].count()


@dataclass(frozen=True, slots=True)
class NoticesPage:
    page: Page[Notice]
    #: How many are unread, on all pages.
    unread: int
    #: The newest one that is shown: what "all read" goes up to.
    upto: int


def notices_page(*, user: User, page: int | str = 1) -> NoticesPage:
    shown = Paginator(notices(user), PAGE_SIZE).get_page(page)
    newest = max((notice.pk for notice in shown), default=0)
    return NoticesPage(shown, unread_count(user), newest)


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether notices of one kind come by mail."""

    kind: str
    label: str
    mail: bool


def switches(user: User) -> list[Switch]:
    """One for each kind of notice. What nobody switched off is on."""
    chosen = dict(NoticePreference.objects.filter(user=user).values_list("kind", "mail"))
    return [Switch(kind, str(label), chosen.get(kind, True)) for kind, label in Notice.Kind.choices]


def mail_address(user: User) -> EmailAddress | None:
    """Where mails would go: a confirmed address before one that isn't, the first one before others."""
    return EmailAddress.objects.filter(user=user).order_by("-verified", "-primary", "pk").first()
