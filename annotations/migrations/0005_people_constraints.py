"""What every row has now, and the triggers of the tables that are only added to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from extraction.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0004_fill"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="goldflow",
            name="approved_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="number",
            field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name="review",
            name="before",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("in_review", "in review"),
                    ("second", "waiting for a second moderator"),
                    ("returned", "returned to its author"),
                    ("approved", "approved"),
                    ("closed", "closed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(fields=["task", "number"], name="review_number_once"),
        ),
        *triggers(
            "annotations_assessment",
            "annotations_comment",
            "annotations_commenthiding",
            "annotations_consensus",
            "annotations_event",
            "annotations_figurekind",
            "annotations_goldcredit",
            "annotations_goldflow",
            "annotations_goldwithdrawal",
            "annotations_knownanswer",
            "annotations_request",
            "annotations_review",
            "annotations_reviewremark",
            "annotations_reviewundo",
            "annotations_sanction",
            "annotations_skip",
            "annotations_submission",
            "annotations_withdrawal",
        ),
    ]
