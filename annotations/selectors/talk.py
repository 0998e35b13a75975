"""What is said about a network, as one person may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotations.models import Comment, CommentHiding, GoldFlow
from annotations.models.gold import FRAMEWORKS
from annotations.selectors.stars import withdrawn
from annotations.services.permissions import (
    Denied,
    Person,
    is_moderator,
    may_contribute,
    may_hide,
    may_show,
    may_write,
)
from annotations.services.talk import connections_of, layers_of
from annotations.talk_text import names

#: Conversations on a page.
PAGE_SIZE = 20
#: Elements of one kind to choose from, in a form.
MAX_CHOICES = 300


# --- What is talked about ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """A part of a network that can be talked about; both empty: all of it."""

    framework: str = ""
    element: str = ""

    @classmethod
    def parse(cls, text: str) -> About:
        """From an address: "code:keras", "at:c1", "at:c1>p1"; anything else is all of it."""
        sort, _, name = text.partition(":")
        if sort == "code" and name in dict(FRAMEWORKS):
            return cls(framework=name)
        return cls(element=name) if sort == "at" else cls()

    def __str__(self) -> str:
        if self.framework:
            return f"code:{self.framework}"
        return f"at:{self.element}" if self.element else ""

    def __bool__(self) -> bool:
        return bool(self.framework or self.element)


@dataclass(frozen=True, slots=True)
class Choice:
    about: About
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be talked about, for the form and the filter."""

    whole: Choice
    code: tuple[Choice, ...]
    layers: tuple[Choice, ...]
    connections: tuple[Choice, ...]

    def __iter__(self) -> Iterator[Choice]:
        yield from (self.whole, *self.code, *self.layers, *self.connections)

    @property
    def talked(self) -> list[Choice]:
        """The parts that somebody talked about."""
        return [choice for choice in self if choice.count and choice.about]


def choices(gold: GoldFlow, counts: Counter[About], chosen: About) -> Choices:
    """Of a very large network the first elements, those that somebody talked about, and the chosen one."""

    def of(named: dict[str, str]) -> tuple[Choice, ...]:
        found = (Choice(About(element=name), label, counts[About(element=name)]) for name, label in named.items())
        return tuple(c for at, c in enumerate(found) if at < MAX_CHOICES or c.count or c.about == chosen)

    return Choices(
        Choice(About(), "The whole network", counts[About()]),
        tuple(Choice(About(name), f"{label} code", counts[About(name)]) for name, label in FRAMEWORKS),
        of(layers_of(gold)),
        of(connections_of(gold)),
    )


# --- Comments ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as one person may see it."""

    comment: Comment
    #: What it is about, in words; empty for all of the network.
    about: str
    #: Why it is off the page; none where it is on it.
    hiding: CommentHiding | None
    #: Whether the text is shown: also of a hidden one to its author and the moderators.
    readable: bool
    own: bool
    may_hide: bool
    may_show: bool


@dataclass(frozen=True, slots=True)
class Thread:
    first: Said
    replies: tuple[Said, ...]
    #: It is not about the version that is looked at.
    version: int | None


@dataclass(frozen=True, slots=True)
class Talk:
    threads: tuple[Thread, ...]
    #: Only this is shown.
    about: About
    label: str
    choices: Choices
    #: All visible comments, whatever is shown of them.
    total: int
    #: Which conversations are shown: those that began up to this comment; the page of older ones begins with `older`.
    upto: int | None
    older: int | None
    #: User names that are names: only these become links.
    people: frozenset[str]
    #: Why the person who looks can't write.
    denied: Denied | None
    may_report: bool

    @property
    def query(self) -> str:
        """What is shown, for addresses."""
        return urlencode({k: v for k, v in (("about", self.about), ("upto", self.upto)) if v})

    @property
    def empty(self) -> bool:
        """Nobody talked about the chosen part."""
        return bool(self.about) and all(choice.about != self.about for choice in self.choices.talked)

    @property
    def counts(self) -> dict[str, int]:
        """Comments of each element, for the marks beside them."""
        return {choice.about.element: choice.count for choice in self.choices.talked if choice.about.element}


def visible(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """Those that were not taken away."""
    newest = CommentHiding.objects.filter(comment=OuterRef("pk")).order_by("-pk").values("hidden")[:1]
    return comments.annotate(away=Coalesce(Subquery(newest), False)).filter(away=False)


def talk(*, gold: GoldFlow, user: Person, about: About | None = None, upto: int | None = None) -> Talk:
    """What is said about a network, in all its versions; the newest conversations first, of each the oldest first.

    `gold` has its figure's versions' talk together: what was said of a layer of version 1 stands below version 2 too.
    """
    chosen = about or About()
    here = Comment.objects.filter(gold__figure=gold.figure_id)
    counts = _counts(here)
    first: QuerySet[Comment] = here.filter(answers__isnull=True)
    if chosen:
        first = first.filter(framework=chosen.framework, element=chosen.element)
    if not is_moderator(user):
        first = _worth_seeing(first, user)
    if upto is not None:
        first = first.filter(pk__lte=upto)
    shown = list(_loaded(first).select_related("gold").defer("gold__flow").order_by("-pk")[: PAGE_SIZE + 1])
    older = shown[PAGE_SIZE].pk if len(shown) > PAGE_SIZE else None
    shown = shown[:PAGE_SIZE]
    replies = list(_loaded(Comment.objects.filter(answers__in=shown)).order_by("pk")) if shown else []
    parts = choices(gold, counts, chosen)
    labels = {choice.about: choice.label for choice in parts if choice.about}
    see = _Eyes(user, labels)
    threads = [
        Thread(
            see.said(comment),
            tuple(see.said(reply) for reply in replies if reply.answers_id == comment.pk and see.can(reply)),
            comment.gold.version if comment.gold_id != gold.pk else None,
        )
        for comment in shown
    ]
    return Talk(
        threads=tuple(threads),
        about=chosen,
        label=labels.get(chosen, chosen.element or chosen.framework),
        choices=parts,
        total=sum(counts.values()),
        upto=upto,
        older=older,
        people=people_named([*shown, *replies]),
        denied=may_write(user) or withdrawn(gold),
        may_report=may_contribute(user) is None,
    )


def _counts(comments: QuerySet[Comment]) -> Counter[About]:
    rows = visible(comments).order_by().values_list("framework", "element").annotate(count=Count("pk"))
    return Counter({About(framework, element): count for framework, element, count in rows})


def _worth_seeing(first: QuerySet[Comment], user: Person) -> QuerySet[Comment]:
    """Without those that were taken away, but for one's own and those that somebody answered."""
    answered = Exists(visible(Comment.objects.filter(answers=OuterRef("pk"))))
    newest = CommentHiding.objects.filter(comment=OuterRef("pk")).order_by("-pk").values("hidden")[:1]
    return first.annotate(away=Coalesce(Subquery(newest), False)).filter(Q(away=False) | Q(user=user.pk) | answered)


def _loaded(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    hidings = CommentHiding.objects.select_related("actor").order_by("pk")
    return comments.select_related("user").prefetch_related(Prefetch("hidings", hidings, to_attr="all_hidings"))


def people_named(comments: Iterable[Comment]) -> frozenset[str]:
    """Of the names in these comments those that belong to somebody. Asks only where there are any."""
    asked = {name for comment in comments for name in names(comment.text)}
    if not asked:
        return frozenset()
    return frozenset(User.objects.filter(username__in=asked, is_active=True).values_list("username", flat=True))


class _Eyes:
    """One person's view of comments."""

    def __init__(self, user: Person, labels: dict[About, str]) -> None:
        self.user, self.labels = user, labels
        self.moderator = is_moderator(user)

    def can(self, comment: Comment) -> bool:
        """Whether there is anything to see."""
        return self._hiding(comment) is None or self.moderator or comment.user_id == self.user.pk

    def said(self, comment: Comment) -> Said:
        hiding = self._hiding(comment)
        return Said(
            comment=comment,
            about=self.labels.get(About(comment.framework, comment.element), comment.element),
            hiding=hiding,
            readable=self.can(comment),
            own=comment.user_id == self.user.pk,
            may_hide=hiding is None and may_hide(self.user, comment) is None,
            may_show=hiding is not None and may_show(self.user, comment, hiding) is None,
        )

    @staticmethod
    def _hiding(comment: Comment) -> CommentHiding | None:
        all_hidings: list[CommentHiding] = comment.all_hidings  # type: ignore[attr-defined]  # `to_attr`
        newest = all_hidings[-1] if all_hidings else None
        return newest if newest is not None and newest.hidden else None
