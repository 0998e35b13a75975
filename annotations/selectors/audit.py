"""The record of who did what: filtered, in pages, or all of it as rows to take away.

Two tables make one record: `Event`, of people and their work, and `PaperEvent`, of papers being read. Both only grow,
so a page is told by the last row of each that came before it, and reading on costs the same however long the record is.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from annotations.models import Event, Task
from annotations.numbers import number
from annotations.services.errors import Invalid
from extraction.models import PaperEvent

PAGE_SIZE = 50
CHUNK = 1000
PAPER = "paper"

#: Verb -> what it says to people. A verb that is not here is shown as it is.
VERBS = {
    "approve": "approved",
    "artifact": "code built",
    "ask": "one more answer asked for",
    "ask_more": "more answers asked for",
    "ask_second": "second moderator asked for",
    "ban": "banned",
    "close": "task closed",
    "comment": "commented",
    "complete": "answers complete",
    "confirm": "confirmed by a second moderator",
    "create": "task created",
    "demo": "prepared for trying out",
    "dismiss report": "report dismissed",
    "gold": "network approved",
    "hide comment": "comment taken away",
    "lapse": "not answered again in time",
    "lease": "task taken",
    "lease expired": "time ran out",
    "level": "level changed",
    "lift": "restrictions ended",
    "mute": "muted",
    PAPER: "paper",
    "proposal": "better version proposed",
    "propose": "asked anew for a better version",
    "rate": "rated",
    "rebuild": "code built again",
    "reject": "rejected",
    "release": "task given back",
    "reopen": "task reopened",
    "report": "reported",
    "request": "code requested",
    "retrain": "retraining of the classifier started",
    "retire": "no more answers needed",
    "return": "returned",
    "revert": "earlier version brought back",
    "role": "role changed",
    "round": "new round",
    "show comment": "comment shown again",
    "skip": "skipped",
    "submit": "answered",
    "undo": "decision taken back",
    "use classifier": "version of the classifier chosen",
    "uphold report": "report upheld",
    "withdraw": "answer withdrawn",
    "withdraw network": "network withdrawn",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty asks for all."""

    actor: User | None = None
    #: What nobody did: the site itself.
    site: bool = False
    person: User | None = None
    verb: str = ""
    task: int | None = None
    gold: int | None = None
    paper: int | None = None
    batch: UUID | None = None
    #: Days in UTC, both included.
    since: date | None = None
    until: date | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Filters:
        """From the parameters of an address.

        Raises:
            Invalid: says which one can't be used.
        """
        given = {field.name: str(query.get(field.name, "")).strip()[:100] for field in fields(cls)}
        return cls(
            actor=_person(given["actor"]),
            site=given["site"] not in {"", "0", "false"},
            person=_person(given["person"]),
            verb=given["verb"][:40],
            task=_number(given["task"], "task"),
            gold=_number(given["gold"], "network"),
            paper=_number(given["paper"], "paper"),
            batch=_batch(given["batch"]),
            since=_day(given["since"]),
            until=_day(given["until"]),
        )

    def query(self) -> str:
        """The parameters that ask for the same."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: 1 if value is True else str(value) for name, value in values.items() if value})

    def of_people(self) -> QuerySet[Event]:
        found = Event.objects.filter(self._common())
        if self.verb == PAPER:
            return found.none()
        if self.verb:
            found = found.filter(verb=self.verb)
        if self.person:
            found = found.filter(person=self.person)
        if self.task is not None:
            found = found.filter(task_id=self.task)
        if self.gold is not None:
            found = found.filter(gold_id=self.gold)
        if self.batch is not None:
            found = found.filter(batch=self.batch)
        if self.paper is not None:
            found = found.filter(Q(task__paper_id=self.paper) | Q(gold__paper_id=self.paper))
        return found

    def of_papers(self) -> QuerySet[PaperEvent]:
        found = PaperEvent.objects.filter(self._common())
        others = self.person or self.batch or self.task is not None or self.gold is not None
        if others or self.verb not in {"", PAPER}:
            return found.none()
        return found.filter(paper_id=self.paper) if self.paper is not None else found

    def _common(self) -> Q:
        wanted = Q(actor=self.actor) if self.actor else Q()
        if self.site:
            wanted &= Q(actor__isnull=True)
        if self.since:
            wanted &= Q(at__gte=_midnight(self.since))
        if self.until:
            wanted &= Q(at__lt=_midnight(self.until) + timedelta(days=1))
        return wanted


def _person(name: str) -> User | None:
    if not name:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise Invalid(f"There is nobody called “{name}”. Names are written as on their pages.") from error


def _number(text: str, what: str) -> int | None:
    if not text:
        return None
    if (found := number(text)) is None:
        raise Invalid(f"“{text}” is no number of a {what}.")
    return found


def _batch(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(f"“{text}” is no batch. Follow the link in a line of the log.") from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"“{text}” is no day. Write it like 2026-01-31.") from error


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


#: States of tasks in words.
_STATES: dict[str, str] = {value: str(label) for value, label in Task.State.choices}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record."""

    at: datetime
    #: Of which table it is, and its number there: "e12" or "p3".
    id: str
    #: Empty: the site itself.
    actor: str
    verb: str
    person: str
    task: int | None
    gold: int | None
    paper: int | None
    #: Title and figure, for people.
    subject: str
    before: str
    after: str
    note: str
    batch: UUID | None

    @property
    def says(self) -> str:
        return VERBS.get(self.verb, self.verb)

    @property
    def was(self) -> str:
        return _STATES.get(self.before, self.before)

    @property
    def became(self) -> str:
        return _STATES.get(self.after, self.after)

    def row(self) -> dict[str, Any]:
        """As it goes out: plain values, one a column."""
        return {
            "id": self.id,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "actor": self.actor,
            "verb": self.verb,
            "person": self.person,
            "task": self.task,
            "gold": self.gold,
            "paper": self.paper,
            "subject": self.subject,
            "before": self.before,
            "after": self.after,
            "note": self.note,
            "batch": str(self.batch) if self.batch else None,
        }


COLUMNS = (
    "id", "at", "actor", "verb", "person", "task", "gold", "paper", "subject", "before", "after", "note", "batch"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogPage:
    entries: list[Entry]
    #: Asks for the lines before these; empty where these are the first ones ever.
    older: str


def log_page(filters: Filters, *, before: str = "", size: int = PAGE_SIZE) -> LogPage:
    """The newest lines, or those older than a cursor that an earlier page gave.

    Raises:
        Invalid: no such cursor.
    """
    event, paper = _cursor(before)
    people = filters.of_people() if event is None else filters.of_people().filter(pk__lt=event)
    papers = filters.of_papers() if paper is None else filters.of_papers().filter(pk__lt=paper)
    lines = heapq.merge(
        map(_of_people, people.order_by("-pk").values_list(*_PEOPLE)[: size + 1]),
        map(_of_papers, papers.order_by("-pk").values_list(*_PAPERS)[: size + 1]),
        key=lambda entry: entry.at,
        reverse=True,
    )
    entries = list(islice(lines, size + 1))
    shown = entries[:size]
    for entry in shown:
        if entry.id[0] == "e":
            event = int(entry.id[1:])
        else:
            paper = int(entry.id[1:])
    more = f"e{'' if event is None else event}p{'' if paper is None else paper}" if len(entries) > size else ""
    return LogPage(shown, more)


def _cursor(text: str) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    event, mark, paper = text.removeprefix("e").partition("p")
    if not text.startswith("e") or not mark:
        raise Invalid("This page of the log has no such address. Start from the newest line.")
    return _number(event, "line"), _number(paper, "line")


def everything(filters: Filters) -> Iterator[Entry]:
    """All lines from the oldest, read in portions: memory does not grow with the record."""
    return heapq.merge(
        map(_of_people, filters.of_people().order_by("pk").values_list(*_PEOPLE).iterator(CHUNK)),
        map(_of_papers, filters.of_papers().order_by("pk").values_list(*_PAPERS).iterator(CHUNK)),
        key=lambda entry: entry.at,
    )


_PEOPLE = (
    "pk", "at", "actor__username", "verb", "person__username", "before", "after", "note", "batch",
    "task_id", "task__paper_id", "task__paper__title", "task__paper__file_name", "task__figure__number",
    "task__figure__page", "task__figure__table",
    "gold_id", "gold__paper_id", "gold__paper__title", "gold__paper__file_name", "gold__figure__number",
    "gold__figure__page", "gold__figure__table",
)  # fmt: skip
_PAPERS = (
    "pk", "at", "actor__username", "before", "after", "note", "paper_id", "paper__title", "paper__file_name"
)  # fmt: skip


def _of_people(row: tuple[Any, ...]) -> Entry:
    pk, at, actor, verb, person, before, after, note, batch, task, *others = row
    of_task, gold, of_gold = others[:6], others[6], others[7:]
    paper, title, file, number, page, table = of_task if of_gold[0] is None else of_gold
    what = "table" if table else "figure"
    figure = f"{what} {number}" if number else f"a {what} on page {page}"
    return Entry(
        at=at,
        id=f"e{pk}",
        actor=actor or "",
        verb=verb,
        person=person or "",
        task=task,
        gold=gold,
        paper=paper,
        subject=f"{figure} of {title or file}" if paper is not None else "",
        before=before,
        after=after,
        note=note,
        batch=batch,
    )


def _of_papers(row: tuple[Any, ...]) -> Entry:
    pk, at, actor, before, after, note, paper, title, file = row
    return Entry(
        at=at,
        id=f"p{pk}",
        actor=actor or "",
        verb=PAPER,
        person="",
        task=None,
        gold=None,
        paper=paper,
        subject=title or file,
        before=before,
        after=after,
        note=note,
        batch=None,
    )
