"""Errors of the API: always an object with `detail`, a sentence that can be shown."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotations.services.errors import Conflict, Invalid, LeaseLost, NotAllowed, StaleDraft, TooMany
from extraction.flow.model import FlowError


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    match error:
        case StaleDraft():
            return Response({"detail": str(error), "code": "stale_draft", "revision": error.revision}, status=409)
        case LeaseLost():
            return Response({"detail": str(error), "code": "lease_lost"}, status=409)
        case Conflict():
            return Response({"detail": str(error)}, status=409)
        case NotAllowed():
            return Response({"detail": str(error)}, status=403)
        case TooMany():
            return Response({"detail": str(error)}, status=429)
        case Invalid() | FlowError():
            return Response({"detail": str(error)}, status=400)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        response.data = {"detail": _first(error.detail), "fields": error.detail}
    return response


def _first(detail: Any, where: str = "") -> str:
    """The first of DRF's nested messages, with the field it is about."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _first(inner, "" if name == "non_field_errors" else f"{where}.{name}".strip("."))
    if isinstance(detail, list):
        return _first(detail[0], where) if detail else "The request can't be used."
    return f"{where}: {detail}" if where else str(detail)
