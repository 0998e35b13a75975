"""What rows that were there before get in their new fields."""

from itertools import groupby
from typing import Any

from django.db import migrations


def fill(apps: Any, editor: Any) -> None:
    Review, GoldFlow = (apps.get_model("annotations", name) for name in ("Review", "GoldFlow"))
    GoldCredit = apps.get_model("annotations", "GoldCredit")
    reviews = Review.objects.order_by("task_id", "pk").values_list("task_id", "pk")
    for _, rows in groupby(reviews, key=lambda row: row[0]):
        for number, (_, pk) in enumerate(rows, 1):
            Review.objects.filter(pk=pk).update(number=number)
    for gold in GoldFlow.objects.select_related("review", "submission").order_by("pk"):
        GoldFlow.objects.filter(pk=gold.pk).update(approved_by=gold.review.moderator_id)
        GoldCredit.objects.create(gold_id=gold.pk, user_id=gold.submission.user_id)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0003_people")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
