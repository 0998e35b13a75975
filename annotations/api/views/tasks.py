"""Tasks: the next one, its lease, its draft, the answer."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.base import SignedIn, body, person
from annotations.api.serializers import (
    DraftIn,
    DraftOut,
    ErrorOut,
    LeaseOut,
    NextOut,
    ReasonIn,
    SkipIn,
    SubmitIn,
    SubmittedOut,
    TaskOut,
    TaskRowOut,
)
from annotations.models import Task
from annotations.selectors import tasks as selectors
from annotations.services import submissions, tasks


def find(pk: int) -> Task:
    try:
        return selectors.get_task(pk)
    except Task.DoesNotExist:
        raise Http404("There is no task of this number.") from None


class Tasks(ListAPIView[Task]):
    """The tasks that you could be given, the most wanted first."""

    serializer_class = TaskRowOut
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        found = selectors.available(person(self.request))
        return found.select_related("paper", "figure").order_by("-priority", "pk")


class NextTask(SignedIn):
    @extend_schema(request=None, responses={200: NextOut, 204: None})
    def post(self, request: Request) -> Response:
        """The task to do now, with a lease on it. 204 where nothing is left for you."""
        assignment = tasks.next_task(user=person(request))
        if assignment is None:
            return Response(status=204)
        payload = selectors.task_payload(task=find(assignment.task.pk), user=person(request))
        return Response({**payload, "chosen_by": assignment.chosen_by})


class OneTask(SignedIn):
    @extend_schema(responses=TaskOut)
    def get(self, request: Request, pk: int) -> Response:
        """A task with the reading to start from, your draft and your lease; of others it says nothing."""
        return Response(selectors.task_payload(task=find(pk), user=person(request)))


class TakeLease(SignedIn):
    @extend_schema(request=None, responses={200: LeaseOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Take the task, or renew your lease on it."""
        return Response(selectors.lease_payload(tasks.take(task=find(pk), user=person(request))))


class SaveDraft(SignedIn):
    @extend_schema(request=DraftIn, responses={200: DraftOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def put(self, request: Request, pk: int) -> Response:
        """Keep what you have so far, and renew your lease. 409 where a newer draft is stored, with its `revision`."""
        sent = body(DraftIn, request)
        draft, lease = tasks.save_draft(
            task=find(pk), user=person(request), flow=sent["flow"], revision=sent["revision"]
        )
        return Response(
            {
                "revision": draft.revision,
                "saved_at": draft.saved_at.isoformat(),
                "lease": selectors.lease_payload(lease),
            }
        )


class Submit(SignedIn):
    @extend_schema(request=SubmitIn, responses={200: SubmittedOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Hand in your answer. The same `key` sent twice is one answer."""
        sent = body(SubmitIn, request)
        submission = submissions.submit(
            task=find(pk),
            user=person(request),
            key=sent["key"],
            flow=sent.get("flow"),
            answer_kind=sent.get("answer_kind", ""),
            comment=sent["comment"],
        )
        return Response({"submission": submission.pk, "next_url": reverse("contribute")})


class Skip(SignedIn):
    @extend_schema(request=SkipIn, responses={204: None, 400: ErrorOut, 403: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Give the task back for good, and say why."""
        sent = body(SkipIn, request)
        tasks.skip(task=find(pk), user=person(request), reason=sent["reason"], comment=sent["comment"])
        return Response(status=204)


class Close(SignedIn):
    @extend_schema(request=ReasonIn, responses={204: None, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Ask nobody any more. For moderators."""
        tasks.close(task=find(pk), moderator=person(request), reason=body(ReasonIn, request)["reason"])
        return Response(status=204)


class Reopen(SignedIn):
    @extend_schema(request=ReasonIn, responses={204: None, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Ask again, about a task that was closed or a gold flow in which something is wrong. For moderators."""
        tasks.reopen(task=find(pk), moderator=person(request), reason=body(ReasonIn, request)["reason"])
        return Response(status=204)


class Release(SignedIn):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Give the task back for now. Your draft stays."""
        tasks.release(task=find(pk), user=person(request))
        return Response(status=204)
