"""What moderators decide, and what becomes of networks."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db.models import Model
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.base import SignedIn, body, person
from annotations.api.review_serializers import (
    BulkIn,
    BulkOut,
    DecideIn,
    OutcomeOut,
    ProposedOut,
    ReviewOut,
    ReviewRowOut,
    ReviewTaskOut,
    VersionOut,
    WithdrawalOut,
)
from annotations.api.serializers import ErrorOut, ReasonIn
from annotations.api.views.tasks import find
from annotations.models import GoldFlow, Review, Task
from annotations.selectors import review as selectors
from annotations.services import gold, review
from annotations.services.permissions import may_review

REFUSALS = {400: ErrorOut, 403: ErrorOut, 404: ErrorOut, 409: ErrorOut}
M = TypeVar("M", bound=Model)


class MayReview(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        denied = may_review(request.user)
        self.message = denied.reason if denied else None
        return denied is None


class Queue(ListAPIView[Task]):
    """Tasks that wait for a decision, by what a decision is worth; also those that are still asked, once answered."""

    serializer_class = ReviewRowOut
    permission_classes = [MayReview]

    def get_queryset(self) -> Any:
        # The schema is made for nobody.
        return selectors.queue_of(person(self.request)) if self.request.user.is_authenticated else Task.objects.none()


class OneReview(APIView):
    permission_classes = [MayReview]

    @extend_schema(responses=ReviewTaskOut)
    def get(self, request: Request, pk: int) -> Response:
        """A task with its consensus and its answers, each compared with the reading and with the earlier gold flow."""
        page = selectors.review_page(task=find(pk), user=person(request))
        return Response(ReviewTaskOut(page).data)


def _one(rows: Any, pk: int | None, missing: str) -> Any:
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(missing)
    return found


class Decide(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=DecideIn, responses={200: ReviewOut, **REFUSALS})
    def post(self, request: Request, pk: int) -> Response:
        """Approve, return or reject the consensus or an answer; or approve a flow of your own.

        The same decision sent twice counts once. Approvals that matter much wait for a second moderator, who approves
        the same: then `state` is `second`.
        """
        task = find(pk)
        sent = body(DecideIn, request)
        submission = _one(task.submissions, sent.get("submission"), "This task has no such answer.")
        consensus = _one(task.consensuses, sent.get("consensus"), "This task has no such consensus.")
        decided = review.decide(
            task=task,
            submission=submission,
            consensus=consensus if submission is None else None,
            flow=sent.get("flow"),
            moderator=person(request),
            decision=sent["decision"],
            reason=sent["reason"],
            code=sent["code"],
            remarks=sent.get("remarks", ()),
            number=sent.get("number"),
            key=sent.get("key"),
        )
        return Response(ReviewOut(Review.objects.select_related("task", "moderator").get(pk=decided.pk)).data)


class Undo(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=None, responses={200: ReviewOut, **REFUSALS})
    def post(self, request: Request, pk: int) -> Response:
        """Take a decision back. Twice is once."""
        found = _one(Review.objects.all(), pk, "There is no decision of this number.")
        review.undo(review=found, moderator=person(request))
        return Response(ReviewOut(Review.objects.select_related("task", "moderator").get(pk=pk)).data)


class Bulk(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=BulkIn, responses={200: BulkOut, **REFUSALS})
    def post(self, request: Request) -> Response:
        """Decide about many tasks in the same way, or (as a dry run, which is the default) say what would happen."""
        sent = body(BulkIn, request)
        batch: UUID = sent.get("batch") or uuid4()
        tasks = {one["task"]: one["consensus"] for one in sent["tasks"]} if "tasks" in sent else None
        criteria = selectors.Criteria(sent["probability"], sent["kind"], sent["disputed"], sent["answers"])
        outcomes = review.bulk(
            moderator=person(request),
            decision=sent["decision"],
            criteria=criteria,
            tasks=tasks,
            reason=sent["reason"],
            code=sent["code"],
            dry_run=sent["dry_run"],
            batch=batch,
        )
        return Response(BulkOut({"batch": batch, "dry_run": sent["dry_run"], "outcomes": outcomes}).data)


class UndoBatch(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=None, responses={200: OutcomeOut(many=True), **REFUSALS})
    def post(self, request: Request, batch: UUID) -> Response:
        """Take back all that was decided together; what can't be says why."""
        return Response(OutcomeOut(review.undo_batch(batch=batch, moderator=person(request)), many=True).data)


# --- Networks ---------------------------------------------------------------------------------------------------------


def _gold(number: int) -> GoldFlow:
    found: GoldFlow = _one(
        GoldFlow.objects.select_related("review__task", "figure", "paper"),
        number,
        "There is no network of this number.",
    )
    return found


class Propose(SignedIn):
    @extend_schema(request=ReasonIn, responses={200: ProposedOut, **REFUSALS})
    def post(self, request: Request, number: int) -> Response:
        """Say that a network can be bettered: its question is open again, and starts from this version."""
        reason = body(ReasonIn, request)["reason"]
        return Response(ProposedOut(gold.propose(gold=_gold(number), user=person(request), reason=reason)).data)


class Revert(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=ReasonIn, responses={200: VersionOut, **REFUSALS})
    def post(self, request: Request, number: int) -> Response:
        """Bring this earlier version back, as the next version."""
        reason = body(ReasonIn, request)["reason"]
        return Response(VersionOut(gold.revert(gold=_gold(number), moderator=person(request), reason=reason)).data)


class WithdrawNetwork(APIView):
    permission_classes = [MayReview]

    @extend_schema(request=ReasonIn, responses={200: WithdrawalOut, **REFUSALS})
    def post(self, request: Request, number: int) -> Response:
        """Offer this version no longer. Its number and its page stay."""
        reason = body(ReasonIn, request)["reason"]
        return Response(WithdrawalOut(gold.withdraw(gold=_gold(number), moderator=person(request), reason=reason)).data)
