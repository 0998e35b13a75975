"""What goes in and out where moderators decide."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.api.serializers import FlowField, TaskRowOut
from annotations.models import Consensus, GoldFlow, GoldWithdrawal, Review, ReviewRemark, Task
from annotations.services.review import MAX_BULK

# --- In ---------------------------------------------------------------------------------------------------------------


class RemarkIn(serializers.Serializer[Any]):
    element = serializers.CharField(max_length=200, help_text="Id of a layer, or “source>target” of a connection.")
    text = serializers.CharField(max_length=500)


class DecideIn(serializers.Serializer[Any]):
    """About one answer (`submission`) or the consensus (`consensus`); with neither, about the newest consensus."""

    submission = serializers.IntegerField(required=False, allow_null=True, help_text="The answer to decide about.")
    consensus = serializers.IntegerField(
        required=False, allow_null=True, help_text="The consensus that you saw; 409 if the answers have changed since."
    )
    flow = FlowField(required=False, allow_null=True, help_text="To approve: your edit of what was said.")
    decision = serializers.ChoiceField(Review.Decision.choices)
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, default="", help_text="This or a code, unless you approve."
    )
    code = serializers.ChoiceField(
        Review.Code.choices, required=False, allow_blank=True, default="", help_text="Why an answer is not taken."
    )
    remarks = RemarkIn(many=True, required=False)
    number = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, help_text="How much you saw decided; 409 if more has been since."
    )
    key = serializers.UUIDField(
        required=False, allow_null=True, help_text="Made by the client, one a decision: sent twice, it counts once."
    )


class BulkTaskIn(serializers.Serializer[Any]):
    task = serializers.IntegerField(min_value=1, max_value=10**18)
    consensus = serializers.IntegerField(help_text="The one that you saw.")


class BulkIn(serializers.Serializer[Any]):
    """Either `tasks`, as a dry run listed them, or criteria."""

    decision = serializers.ChoiceField(Review.Decision.choices, default=Review.Decision.APPROVE)
    dry_run = serializers.BooleanField(default=True, help_text="Only say what would happen.")
    batch = serializers.UUIDField(
        required=False, help_text="Made by the client: the same one goes on where it stopped."
    )
    tasks = BulkTaskIn(many=True, required=False, help_text=f"At most {MAX_BULK}.")
    probability = serializers.FloatField(min_value=0, max_value=1, default=0.99)
    disputed = serializers.IntegerField(min_value=0, default=0, help_text="At most so many elements in dispute.")
    answers = serializers.IntegerField(min_value=1, default=1, help_text="At least so many answers.")
    kind = serializers.ChoiceField(Task.Kind.choices, required=False, allow_blank=True, default="")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    code = serializers.ChoiceField(Review.Code.choices, required=False, allow_blank=True, default="")


# --- Out --------------------------------------------------------------------------------------------------------------


class ReviewRemarkOut(serializers.ModelSerializer[ReviewRemark]):
    class Meta:
        model = ReviewRemark
        fields = ["element", "text"]


class ReviewOut(serializers.ModelSerializer[Review]):
    moderator = serializers.CharField(source="moderator.username", read_only=True)
    remarks = ReviewRemarkOut(many=True, read_only=True)
    state = serializers.CharField(source="task.state", read_only=True, help_text="Where the task is now.")
    network = serializers.IntegerField(
        source="gold_flow.number", default=None, read_only=True, help_text="The network that was made of it."
    )

    class Meta:
        model = Review
        fields = [
            "id", "task", "number", "submission", "consensus", "moderator", "decision", "code", "reason", "remarks",
            "confirms", "batch", "undone", "state", "network", "created_at",
        ]  # fmt: skip


class ReviewRowOut(TaskRowOut):
    worth = serializers.FloatField(read_only=True, help_text="What a decision is worth; the list is in this order.")
    probability = serializers.FloatField(read_only=True, help_text="That the consensus is right.")
    answer_count = serializers.IntegerField(source="answers", read_only=True)
    disputed = serializers.IntegerField(read_only=True, help_text="Elements that people differ about.")
    answered_at = serializers.DateTimeField(read_only=True)
    own = serializers.BooleanField(read_only=True, help_text="You answered it: another moderator decides.")

    class Meta(TaskRowOut.Meta):
        fields = [
            *TaskRowOut.Meta.fields, "worth", "probability", "answer_count", "disputed", "answered_at", "own",
        ]  # fmt: skip


class ConsensusOut(serializers.ModelSerializer[Consensus]):
    flow = FlowField(read_only=True, allow_null=True)
    elements = serializers.JSONField(
        read_only=True, help_text="Every element: what holds, how sure, the ranking of values and who said what."
    )

    class Meta:
        model = Consensus
        fields = [
            "id", "round", "number", "answers", "answer_kind", "probability", "disputed", "problems", "flow",
            "elements", "created_at",
        ]  # fmt: skip


class AnswerOut(serializers.Serializer[Any]):
    submission = serializers.IntegerField(source="submission.pk")
    round = serializers.IntegerField(source="submission.round")
    user = serializers.CharField(source="submission.user.username")
    created_at = serializers.DateTimeField(source="submission.created_at")
    flow = FlowField(source="submission.flow")
    answer_kind = serializers.CharField(source="submission.answer_kind")
    comment = serializers.CharField(source="submission.comment")
    problems = serializers.JSONField(source="submission.problems")
    from_reading = serializers.SerializerMethodField()
    from_gold = serializers.SerializerMethodField()
    review = ReviewOut(allow_null=True)
    denied = serializers.CharField(allow_null=True, help_text="Why you may not decide about it.")

    def get_from_reading(self, answer: Any) -> dict[str, Any] | None:
        difference = answer.from_reading
        return difference.to_dict() if difference else None

    def get_from_gold(self, answer: Any) -> dict[str, Any] | None:
        difference = answer.from_gold
        return difference.to_dict() if difference else None


class ReviewTaskOut(serializers.Serializer[Any]):
    task = TaskRowOut()
    number = serializers.IntegerField(help_text="How much was decided so far: send it with your decision.")
    denied = serializers.CharField(allow_null=True, help_text="Why you may not decide about the consensus.")
    gold = serializers.IntegerField(source="gold.number", default=None)
    consensus = ConsensusOut(allow_null=True)
    pending = ReviewOut(allow_null=True, help_text="The approval that waits for a second moderator.")
    answers = AnswerOut(many=True)


class OutcomeOut(serializers.Serializer[Any]):
    task = serializers.IntegerField(source="task.pk")
    title = serializers.CharField(source="task.paper.__str__")
    consensus = serializers.IntegerField(source="consensus.pk", default=None)
    probability = serializers.FloatField(source="consensus.probability", default=None)
    review = serializers.IntegerField(source="review.pk", default=None)
    why_not = serializers.CharField(help_text="Why nothing happens; empty where something does.")


class BulkOut(serializers.Serializer[Any]):
    batch = serializers.UUIDField()
    dry_run = serializers.BooleanField()
    outcomes = OutcomeOut(many=True)


class ProposedOut(serializers.Serializer[Any]):
    task = serializers.IntegerField(source="pk", help_text="The question whose answers make the next version.")
    round = serializers.IntegerField()


class VersionOut(serializers.ModelSerializer[GoldFlow]):
    class Meta:
        model = GoldFlow
        fields = ["number", "version", "previous", "reverts_to", "created_at"]


class WithdrawalOut(serializers.ModelSerializer[GoldWithdrawal]):
    actor = serializers.CharField(source="actor.username", read_only=True)

    class Meta:
        model = GoldWithdrawal
        fields = ["gold", "actor", "reason", "created_at"]
