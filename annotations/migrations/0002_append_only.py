"""The database refuses to change or delete answers, decisions, gold flows and the change log."""

from django.db import migrations

from extraction.append_only import triggers


class Migration(migrations.Migration):
    dependencies = [("annotations", "0001_initial")]

    operations = triggers(
        "annotations_event",
        "annotations_figurekind",
        "annotations_goldflow",
        "annotations_goldlayertype",
        "annotations_review",
        "annotations_skip",
        "annotations_submission",
    )
