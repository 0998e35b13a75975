"""Tasks: the next one, its lease, its draft, the answer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
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
    NextIn,
    NextOut,
    ReasonIn,
    ReleaseIn,
    SkipIn,
    SkippedOut,
    SubmitIn,
    SubmittedOut,
    TaskOut,
    TaskRowOut,
)
from annotations.models import Task
from annotations.selectors import tasks as selectors
from annotations.services import submissions, tasks
from annotations.services.known import next_known


def find(pk: int) -> Task:
    try:
        return selectors.get_task(pk)
    except Task.DoesNotExist:
        raise Http404("There is no task of this number.") from None


WISHES = [
    OpenApiParameter("kind", enum=Task.Kind.values),
    OpenApiParameter("paper", int, description="The number of a paper."),
    OpenApiParameter("field", enum=Task.Field.values, description="What the paper is about."),
    OpenApiParameter("difficulty", int, enum=[1, 2, 3], description="1 is for newcomers; your level opens the others."),
]


def wishes(request: Request) -> dict[str, Any]:
    """What the caller wants to work on, from the address or what was sent."""
    sent = request.data if isinstance(request.data, dict) else {}
    return {name: sent.get(name, request.query_params.get(name)) for name in ("kind", "paper", "field", "difficulty")}


class Tasks(ListAPIView[Task]):
    """The tasks that you could be given, the most wanted first."""

    serializer_class = TaskRowOut
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        found = selectors.available(person(self.request))
        if known := next_known(user=person(self.request)):
            # What comes next stands in the list, whatever is known of it.
            found = Task.objects.filter(Q(pk__in=found.values("pk")) | Q(pk=known.pk))
        wanted = selectors.Wanted.of(**wishes(self.request))
        rows = wanted.narrow(found).select_related("paper", "figure")
        return rows.defer("paper__abstract", "paper__search_text").order_by("-priority", "pk")

    @extend_schema(parameters=WISHES)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class NextTask(SignedIn):
    @extend_schema(request=NextIn, parameters=WISHES, responses={200: NextOut, 204: None, 400: ErrorOut})
    def post(self, request: Request) -> Response:
        """The task to do now, with a lease on it. 204 where nothing is left for you.

        What you want to work on can stand in the address or in what you send.
        """
        wanted = selectors.Wanted.of(**wishes(request))
        assignment = tasks.next_task(
            user=person(request),
            kind=wanted.kind,
            paper=wanted.paper,
            field=wanted.field,
            difficulty=wanted.difficulty,
        )
        if assignment is None:
            return Response(status=204)
        payload = selectors.task_payload(task=find(assignment.task.pk), user=person(request))
        return Response({**payload, "chosen_by": assignment.shown_step})


class Skipped(ListAPIView[Task]):
    """The tasks that you skipped and can come back to: `lease/` takes one up again."""

    serializer_class = SkippedOut
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        return selectors.skipped_by(person(self.request))


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


class Heartbeat(SignedIn):
    @extend_schema(request=None, responses={200: LeaseOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Say that you are still at it: your lease is renewed. 409 where somebody else has the task meanwhile."""
        return Response(selectors.lease_payload(tasks.heartbeat(task=find(pk), user=person(request))))


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
        known = submission.task.purpose == Task.Purpose.KNOWN
        following = reverse("task-feedback", args=[pk]) if known else reverse("contribute")
        return Response({"submission": submission.pk, "next_url": following})


class Skip(SignedIn):
    @extend_schema(request=SkipIn, responses={204: None, 400: ErrorOut, 403: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Give the task back, and say why. You are offered it again when nothing else is left for you."""
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
    @extend_schema(request=ReleaseIn, responses={204: None, 400: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Give the task back for now. Your draft stays."""
        sent = body(ReleaseIn, request)
        tasks.release(task=find(pk), user=person(request), until=sent.get("until"))
        return Response(status=204)
