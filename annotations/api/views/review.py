"""What moderators decide."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import body, person
from annotations.api.serializers import DecideIn, ErrorOut, ReviewOut, ReviewTaskOut, TaskRowOut
from annotations.api.views.tasks import find
from annotations.models import Submission, Task
from annotations.selectors import review as selectors
from annotations.services import review
from annotations.services.permissions import may_review


class MayReview(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        denied = may_review(request.user)
        self.message = denied.reason if denied else None
        return denied is None


class Queue(ListAPIView[Task]):
    """Tasks that wait for a decision, the longest waiting first."""

    serializer_class = TaskRowOut
    permission_classes = [MayReview]

    def get_queryset(self) -> Any:
        return selectors.queue()


class OneReview(APIView):
    permission_classes = [MayReview]

    @extend_schema(responses=ReviewTaskOut)
    def get(self, request: Request, pk: int) -> Response:
        """A task with its answers, each compared with the reading and with the earlier gold flow."""
        page = selectors.review_page(task=find(pk), user=person(request))
        return Response(ReviewTaskOut(page).data)


class Decide(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=DecideIn, responses={200: ReviewOut, 400: ErrorOut, 403: ErrorOut, 409: ErrorOut})
    def post(self, request: Request, pk: int) -> Response:
        """Approve, return or reject an answer. The same decision sent twice counts once."""
        sent = body(DecideIn, request)
        submission = Submission.objects.filter(task_id=pk, pk=sent["submission"]).first()
        if submission is None:
            raise Http404("This task has no such answer.")
        decided = review.decide(
            submission=submission, moderator=person(request), decision=sent["decision"], reason=sent["reason"]
        )
        return Response(ReviewOut(decided).data)
