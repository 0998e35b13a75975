"""What the network page and its parts show of ratings and comments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

from annotations.models import GoldFlow
from annotations.numbers import number
from annotations.selectors.stars import ratings
from annotations.selectors.talk import About, talk
from annotations.services.errors import Conflict, Invalid, NotAllowed, ServiceError, TooMany
from annotations.views._http import person


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote and what was wrong with it; empty for a fresh form."""

    text: str = ""
    error: str = ""
    #: Which part it is about.
    about: str = ""
    #: The conversation that it belongs to; none: a new one.
    answers: int | None = None
    #: A form that was refused gets a key of its own: it can be sent again.
    key: uuid.UUID = field(default_factory=uuid.uuid4)


_STATUS: dict[type[ServiceError], int] = {NotAllowed: 403, Invalid: 422, Conflict: 409, TooMany: 429}


def status_of(error: ServiceError) -> int:
    """The status of a page that says why something was not done."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def talk_context(
    request: HttpRequest, gold: GoldFlow, *, shown: QueryDict | None = None, draft: Draft | None = None
) -> dict[str, Any]:
    """The stars and comments of a network. `shown` says which comments, by default as the address does."""
    query = request.GET if shown is None else shown
    about = About.parse(query.get("about", "")[:210])
    found = talk(gold=gold, user=person(request), about=about, upto=number(query.get("upto", "")))
    return {
        "gold": gold,
        "talk": found,
        "draft": draft or Draft(about=str(about)),
    }


def rating_context(request: HttpRequest, gold: GoldFlow) -> dict[str, Any]:
    return {"gold": gold, "ratings": ratings(gold=gold, user=person(request))}
