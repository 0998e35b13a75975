"""A site to try: scripted people at work on the example paper, so that there is a task at every stage.

They answer through the same services as everybody. What they answer is made from the reading of the example that the
worker made on this machine; nothing of it is stored ready-made. A figure is prepared whole or not at all, and once:
whatever people who try the site do with it stays.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from annotations import demo_answers
from annotations.models import Event, Report, Skip, Submission, Task
from annotations.services import reports, review, skips, submissions, talk, tasks
from annotations.services.errors import ServiceError
from annotations.services.log import log
from annotations.services.permissions import MODERATOR
from annotations.services.states import lock
from extraction.flow.model import Flow
from extraction.models import Paper

logger = logging.getLogger(__name__)

STAGE_DEMO = "annotations.jobs.stage_demo"
GROUP = "demo"
ADA, BEN, CORA, DAN, EVE, FAY, GUS = (f"demo-{name}" for name in ("ada", "ben", "cora", "dan", "eve", "fay", "gus"))
MIA, NOA = "demo-mia", "demo-noa"
#: Who they are, for the page of `seed_demo`.
PEOPLE = {
    ADA: "careful",
    BEN: "careful",
    CORA: "hasty",
    DAN: "leaves everything as read",
    EVE: "not honest",
    FAY: "rates and comments",
    GUS: "careful",
    MIA: "moderator",
    NOA: "moderator",
}
ANSWERS = {
    ADA: demo_answers.careful,
    BEN: demo_answers.careful,
    CORA: demo_answers.hasty,
    DAN: demo_answers.as_read,
    EVE: demo_answers.thoughtless,
    GUS: demo_answers.careful,
}


def ensure_people() -> None:
    """Create the scripted people. Nobody can sign in as one of them."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    moderators = Group.objects.get(name=MODERATOR)
    for name in PEOPLE:
        user, created = User.objects.get_or_create(username=name)
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        user.groups.add(group, *([moderators] if name in {MIA, NOA} else []))


def example() -> Paper | None:
    """The example paper, where it is here."""
    return Paper.objects.filter(sha256=_digest(settings.EXAMPLE_PAPER)).first()


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def is_wanted(paper: Paper) -> bool:
    """Whether the scripted people are here and this is their paper: never on a site for others."""
    if settings.DEPLOYED or paper.sha256 != _digest(settings.EXAMPLE_PAPER):
        return False
    return Group.objects.filter(name=GROUP).exists()


def catch_up() -> None:
    """Prepare what a lost message left behind. Safe to repeat."""
    if settings.DEPLOYED or not Group.objects.filter(name=GROUP).exists():
        return
    paper = example()
    if paper is not None and paper.state == Paper.State.READ and _waiting(paper):
        stage(paper=paper)


def stage(*, paper: Paper) -> dict[str, str]:
    """Bring the example's tasks to the stages of `STAGES`. Returns what became of each figure. Safe to repeat.

    A figure that was read otherwise than expected (no task, or one of another kind) is left out and said so.
    """
    found = {}
    for task in _waiting(paper):
        words, act = STAGES[task.kind, task.figure.number]
        try:
            with transaction.atomic():
                held = lock(task.pk)
                if held.events.filter(verb="demo").exists():
                    continue
                if held.submissions.exists():
                    found[str(task.figure)] = "somebody was quicker; it is left to them"
                else:
                    act(held)
                    found[str(task.figure)] = words
                log("demo", task=held, after=words)
        except ServiceError as error:
            found[str(task.figure)] = words = f"could not be prepared: {error}"
            logger.warning("%s of the example %s", task.figure, words)
            log("demo", task=task, after=words)  # once is enough
    return found


def _waiting(paper: Paper) -> list[Task]:
    """Tasks of the example that are not prepared yet."""
    done = Event.objects.filter(verb="demo", task__paper=paper).values("task")
    rows = Task.objects.filter(paper=paper, purpose=Task.Purpose.QUESTION).exclude(pk__in=done)
    rows = rows.filter(figure__table=None).select_related("figure", "paper", "reading").order_by("figure__position")
    return [task for task in rows if (task.kind, task.figure.number) in STAGES]


def missing(paper: Paper) -> list[str]:
    """Stages for which the reading gave no task."""
    there = set(Task.objects.filter(paper=paper, figure__table=None).values_list("kind", "figure__number"))
    found = {words for key, (words, _) in STAGES.items() if key in there}
    return sorted({words for words, _ in STAGES.values()} - found)


# --- The stages -------------------------------------------------------------------------------------------------------


def _person(name: str) -> User:
    return User.objects.get(username=name)


def _answer(task: Task, name: str, how: demo_answers.Answer | None = None) -> Submission:
    assert task.reading is not None
    flow = (how or ANSWERS[name])(Flow.from_dict(task.reading.flow), task.figure.caption)
    return submissions.submit(task=task, user=_person(name), key=uuid4(), flow=flow.to_dict())


def _until_in_review(task: Task, *names: str) -> None:
    """They answer one after the other, until no more answers are asked for."""
    for name in names:
        if Task.objects.get(pk=task.pk).state == Task.State.OPEN:
            _answer(task, name)


def _in_review(task: Task) -> None:
    _until_in_review(task, BEN, CORA, ADA, GUS, DAN)


def _approved(task: Task) -> None:
    _until_in_review(task, CORA, EVE, ADA, DAN, BEN)
    decided = review.decide(task=task, moderator=_person(MIA), decision="approve")
    task.refresh_from_db()
    if task.state == Task.State.SECOND:
        decided = review.decide(task=task, moderator=_person(NOA), decision="approve")
    gold = decided.gold_flow
    fay = _person(FAY)
    talk.rate(gold=gold, user=fay, stars=4)
    last = gold.flow["layers"][-1]
    talk.comment(
        gold=gold,
        user=fay,
        key=uuid4(),
        element=last["id"],
        text="Is there really no activation after this one? The figure prints none, so the code has none.",
    )
    eve = talk.comment(gold=gold, user=_person(EVE), key=uuid4(), text="Nice!!! Cheap GPUs, write me.")
    reports.report(reporter=fay, comment=eve, code=Report.Code.SPAM)


def _differing(task: Task) -> None:
    _answer(task, ADA)
    _answer(task, DAN, demo_answers.in_a_row)


def _returned(task: Task) -> None:
    answer = _answer(task, CORA)
    assert task.reading is not None
    lost = demo_answers.forgotten(Flow.from_dict(task.reading.flow))
    remarks = [(lost[0].id, f"“{lost[0].label}”: {lost[1].replace('_', ' ')} is missing.")] if lost else []
    review.decide(
        submission=answer,
        moderator=_person(MIA),
        decision="return",
        reason="Nearly right. A value that is printed got lost.",
        remarks=remarks,
    )


def _second(task: Task) -> None:
    answer = _answer(task, CORA, demo_answers.unfinished)
    assert task.reading is not None
    right = demo_answers.careful(Flow.from_dict(task.reading.flow), task.figure.caption)
    review.decide(submission=answer, moderator=_person(MIA), decision="approve", flow=right.to_dict())


def _closed(task: Task) -> None:
    """Where the machine took it for a network, people say that it is none; where it asks, a moderator ends it."""
    if task.kind == Task.Kind.CORRECT:
        for name in (ADA, BEN, CORA):
            skips.skip(task=task, user=_person(name), reason=Skip.Reason.NOT_A_NETWORK)
    else:
        reason = "It shows how the data were divided. The text says the same in one sentence."
        tasks.close(task=task, moderator=_person(MIA), reason=reason)


#: Kind of task and number of the figure -> what it shows, and how it gets there. Figure 1 is left to who tries it all.
STAGES: dict[tuple[str, str], tuple[str, Callable[[Task], None]]] = {
    ("correct", "2"): ("approved, its code is being built; rated and commented on", _approved),
    ("correct", "4"): ("in review", _in_review),
    ("correct", "5"): ("waiting for a second moderator", _second),
    ("correct", "6"): ("open, with answers that differ", _differing),
    ("correct", "7"): ("returned to its author", _returned),
    ("correct", "8"): ("closed", _closed),
    ("classify", "8"): ("closed", _closed),
}
