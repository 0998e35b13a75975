"""Retrainings of the classifier; figures and readings tell which version of it told their kind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from extraction.append_only import triggers, without_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("extraction", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *without_triggers("extraction_reading"),
        migrations.AddField(
            model_name="figure",
            name="classifier",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="reading",
            name="classifier",
            field=models.CharField(
                blank=True,
                help_text="version of the classifier that told the kind; empty where a person did",
                max_length=60,
            ),
        ),
        migrations.CreateModel(
            name="TrainingRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "running"),
                            ("promoted", "promoted"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[("person", "somebody"), ("labels", "enough new labels"), ("command", "a command")],
                        max_length=10,
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("message", models.TextField(blank=True)),
                ("release", models.JSONField(default=list)),
                ("release_sha256", models.CharField(blank=True, max_length=64)),
                ("labels", models.PositiveIntegerField(default=0)),
                ("new_labels", models.PositiveIntegerField(default=0)),
                ("base_figures", models.PositiveIntegerField(blank=True, null=True)),
                ("anew", models.BooleanField(default=False)),
                ("backbone", models.CharField(blank=True, max_length=40)),
                ("code_version", models.CharField(blank=True, max_length=60)),
                ("seed", models.PositiveIntegerField(default=0)),
                ("compared_with", models.CharField(blank=True, max_length=60)),
                ("version", models.CharField(blank=True, max_length=60)),
                ("artifact_sha256", models.CharField(blank=True, max_length=64)),
                ("metrics", models.JSONField(blank=True, default=dict)),
                ("log", models.TextField(blank=True)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("heartbeat_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="TrainingEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("before", models.CharField(blank=True, max_length=10)),
                ("after", models.CharField(max_length=10)),
                ("note", models.TextField(blank=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="extraction.trainingrun"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("version", models.CharField(max_length=60)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("note", models.TextField(blank=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="extraction.trainingrun",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=("place",),
                name="training_one_at_a_time",
            ),
        ),
        *triggers("extraction_reading", "extraction_trainingevent", "extraction_promotion"),
    ]
