"""How good people are, for themselves, for others and for moderators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Count, DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from annotations.consensus.model import ElementKind
from annotations.levels import HIGHEST, LOWEST, RULES, SPAMMER, Rule, lower_bound
from annotations.models import Assessment, Contributor, Submission, Task
from annotations.services.crowd import load_crowd, name_of
from annotations.services.permissions import Person, is_moderator

#: Kinds of elements in words, in the order in which they are shown.
KINDS = {
    ElementKind.FIGURE: "Kind of figure",
    ElementKind.LAYER: "Layers",
    ElementKind.TYPE: "Layer types",
    ElementKind.PARAMETER: "Parameters",
    ElementKind.CONNECTION: "Connections",
}
#: A share of fewer elements says nothing.
LEAST_ELEMENTS = 5
_EVERYBODY, _EVERYBODY_SECONDS = "skill-everybody", 600

#: From here on somebody is listed for moderators.
SUSPICIOUS = 0.5
#: Nobody looks at a figure and corrects its flow in less.
HURRY = timedelta(seconds=4)
#: So many answers with so many points each: there is hardly a correction among the changes.
_FEW, _WORSE = 3, -8
#: So many answers, and nearly all of them like that.
_LEAST_ANSWERS, _NEARLY_ALL = 8, 0.8


def standing() -> QuerySet[Assessment]:
    """Assessments that hold: nothing has replaced them, and they say something."""
    # One that takes back all that was known has neither; what is all wrong costs points.
    return Assessment.objects.filter(replaced_by=None).exclude(score=0, points=0)


def level(user: Person) -> int:
    """From 1 to 3: which tasks somebody gets. Moderators get all."""
    if is_moderator(user):
        return HIGHEST
    return Contributor.objects.filter(user_id=cast(int, user.pk)).values_list("level", flat=True).first() or LOWEST


def found_spammers(users: Iterable[int]) -> frozenset[int]:
    """Those of these people (ids) whose answers say nothing about the figures: they don't count in a consensus."""
    found = Contributor.objects.filter(user__in=set(users), spam_probability__gte=SPAMMER)
    return frozenset(found.values_list("user_id", flat=True))


# --- How often somebody is right --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """How often somebody is right about one kind of element, beside everybody together."""

    kind: str
    label: str
    right: int
    wrong: int
    #: Everybody's share; `None` where nothing is known.
    everybody: float | None

    @property
    def share(self) -> float | None:
        """0 to 1; `None` where too little is known."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong >= LEAST_ELEMENTS else None


def rates(user: User) -> list[Rate]:
    """By kind of element, without those of which too little is known."""
    mine, all_of_them = _sums(standing().filter(user=user)), _everybody()
    found = [Rate(str(kind), label, *mine[kind], all_of_them.get(kind)) for kind, label in KINDS.items()]
    return [rate for rate in found if rate.share is not None]


def _everybody() -> dict[str, float]:
    known: dict[str, float] | None = cache.get(_EVERYBODY)
    if known is None:
        sums = _sums(standing())
        known = {str(kind): right / (right + wrong) for kind, (right, wrong) in sums.items() if right + wrong}
        cache.set(_EVERYBODY, known, _EVERYBODY_SECONDS)
    return known


def _sums(assessments: QuerySet[Assessment]) -> dict[ElementKind, tuple[int, int]]:
    """Elements told right and wrong, counted by the database."""
    wanted = {
        f"{kind}_{side}": Sum(Cast(KeyTextTransform(str(kind), side), IntegerField()))
        for kind in KINDS
        for side in ("right", "wrong")
    }
    found: dict[str, int | None] = assessments.order_by().aggregate(**wanted)
    return {kind: (found[f"{kind}_right"] or 0, found[f"{kind}_wrong"] or 0) for kind in KINDS}


# --- Levels -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's level, and what is missing for the next."""

    level: int
    highest: int
    row: Contributor | None
    #: The next level; `None` at the highest.
    next: Rule | None
    #: What is missing for it, in words.
    missing: tuple[str, ...]


def standing_of(user: User) -> Standing:
    row = Contributor.objects.filter(user=user).first()
    if is_moderator(user):
        return Standing(HIGHEST, HIGHEST, row, None, ())
    now = row.level if row else LOWEST
    rule = next((rule for rule in RULES if rule.level > now), None)
    return Standing(now, HIGHEST, row, rule, tuple(_missing(rule, row)) if rule else ())


def _missing(rule: Rule, row: Contributor | None) -> Iterable[str]:
    answers, points = (row.answers, row.reputation) if row else (0, 0)
    if answers < rule.answers:
        left = rule.answers - answers
        yield f"{left} more answer{'s' if left > 1 else ''} whose right one is known"
    if points < rule.points:
        left = rule.points - points
        yield f"{left} more point{'s' if left > 1 else ''} from corrections that are right"
    if row and answers >= rule.answers and lower_bound(row.right, row.wrong) < rule.accuracy:
        yield f"{rule.accuracy:.0%} of all elements right, for sure"


# --- Who is no honest contributor -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suspect:
    """Somebody whose answers may not be honest, with what speaks for it, in words."""

    user: User
    spam_probability: float
    reasons: tuple[str, ...]
    #: Whether their answers count for nothing already.
    found: bool


def suspects(users: Iterable[int] | None = None) -> list[Suspect]:
    """People to look at, the surest first; of these (ids) only, or of all.

    What the crowd's arithmetic found counts by itself (`found_spammers`). How somebody behaves is only a hint: a
    moderator decides.
    """
    reasons: dict[int, list[str]] = {}
    for told in (_by_evidence(users), _making_worse(users), _copying(users), _too_fast(users), _always_the_same(users)):
        for user, reason in told.items():
            reasons.setdefault(user, []).append(reason)
    people = User.objects.select_related("contributor").in_bulk(list(reasons)) if reasons else {}
    found = []
    for pk, why in reasons.items():
        row: Contributor | None = getattr(people[pk], "contributor", None)
        chance = row.spam_probability if row else 0.0
        found.append(Suspect(people[pk], chance, tuple(why), chance >= SPAMMER))
    return sorted(found, key=lambda suspect: (-suspect.spam_probability, -len(suspect.reasons), suspect.user.username))


def _by_evidence(users: Iterable[int] | None) -> dict[int, str]:
    rows = _of(Contributor.objects.filter(spam_probability__gte=SUSPICIOUS, answers__gt=0), users)
    return {
        user: f"answers have nothing to do with what the figures show, {chance:.0%} sure"
        for user, chance in rows.values_list("user", "spam_probability")
    }


def _making_worse(users: Iterable[int] | None) -> dict[int, str]:
    """What was right before is made wrong, again and again."""
    rows = _of(Contributor.objects.filter(answers__gte=_FEW, reputation__lte=F("answers") * _WORSE), users)
    return {
        user: f"makes wrong what was right, {-points / answers:.0f} points lost an answer"
        for user, points, answers in rows.values_list("user_id", "reputation", "answers")
    }


def _copying(users: Iterable[int] | None) -> dict[int, str]:
    """What is shown is left as it is, whatever the figure says."""
    rows = _of(Contributor.objects.filter(answers__gte=_LEAST_ANSWERS, reputation__lte=0), users)
    people = list(rows.values_list("user_id", flat=True))
    if not people:
        return {}
    crowd = load_crowd(people)
    chances = {user: crowd.copy_probability(name_of(user)) for user in people}
    return {
        user: f"leaves what is shown as it is, {chance:.0%} sure"
        for user, chance in chances.items()
        if chance >= SPAMMER
    }


def _too_fast(users: Iterable[int] | None) -> dict[int, str]:
    """Flows handed in sooner after the task was taken than anybody could have looked at it."""
    took = ExpressionWrapper(F("created_at") - F("lease__created_at"), output_field=DurationField())
    answers = _of(Submission.objects.filter(task__kind=Task.Kind.CORRECT, follows=None), users).annotate(took=took)
    rows = answers.order_by().values("user").annotate(all=Count("pk"), fast=Count("pk", filter=Q(took__lt=HURRY)))
    return {
        row["user"]: f"{row['fast']} of {row['all']} flows handed in within {HURRY.seconds} seconds"
        for row in rows.filter(all__gte=_LEAST_ANSWERS, fast__gte=F("all") * _NEARLY_ALL)
    }


def _always_the_same(users: Iterable[int] | None) -> dict[int, str]:
    """The same kind for every figure, though it was wrong for several."""
    asked = Submission.objects.exclude(answer_kind="")
    rows = _of(asked, users).order_by().values("user", "answer_kind").annotate(count=Count("pk"))
    told: dict[int, dict[str, int]] = {}
    for row in rows:
        told.setdefault(row["user"], {})[row["answer_kind"]] = row["count"]
    stuck = {
        user: max(kinds.items(), key=lambda item: item[1])
        for user, kinds in told.items()
        if sum(kinds.values()) >= 2 * _LEAST_ANSWERS and max(kinds.values()) > 0.95 * sum(kinds.values())
    }
    if not stuck:
        return {}
    wrong = standing().filter(user__in=stuck, score=0, submission__answer_kind__gt="").order_by().values("user")
    often = wrong.annotate(count=Count("pk")).filter(count__gte=3).values_list("user", "count")
    return {
        user: f"said “{stuck[user][0]}” of {stuck[user][1]} figures, wrong at least {count} times"
        for user, count in often
    }


def _of(rows: QuerySet[Any], users: Iterable[int] | None) -> QuerySet[Any]:
    return rows if users is None else rows.filter(user__in=set(users))
