"""The administration pages: they open, show and change only what they should."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Artifact, Task
from annotations.services.review import decide
from extraction import selectors
from extraction.append_only import AppendOnly
from extraction.models import Paper
from tests.builders import answer, make_task

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model._meta.app_label in {"extraction", "annotations"}]


@pytest.fixture
def boss(client: Client, tmp_path: Path, volunteer: User, moderator: User) -> Client:
    """An administrator's browser, on a site with one row of everything."""
    task: Task = make_task(tmp_path)
    decide(submission=answer(task, volunteer), moderator=moderator, decision="approve")
    client.force_login(User.objects.create_superuser("boss", password="boss"))
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_row_opens(boss: Client, model: type[Task]) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert boss.get(reverse(f"{name}_changelist")).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert boss.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_nothing_that_is_only_added_can_be_changed_here(boss: Client) -> None:
    guarded = [model for model in apps.get_models() if issubclass(model, AppendOnly) and model in admin.site._registry]
    assert guarded
    for model in guarded:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        if row is not None:
            assert boss.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
            assert boss.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_title_put_right_is_found(boss: Client) -> None:
    paper = Paper.objects.get()
    address = reverse("admin:extraction_paper_change", args=[paper.pk])
    inline = {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
    sent = {"title": "Neocognitron", "authors": '["Kunihiko Fukushima"]', "year": 1980, "abstract": "", **inline}
    assert boss.post(address, sent).status_code == 302
    assert selectors.papers(search="neocognitron fukushima").get() == paper
    event = paper.events.last()
    assert event is not None
    assert (event.actor.username, event.note) == ("boss", "title, authors, year, abstract put right")


def test_papers_and_code_that_failed_are_sent_again(boss: Client) -> None:
    Paper.objects.update(state="failed")
    Artifact.objects.update(state="failed")
    for model, action in ((Paper, "try_again"), (Artifact, "build_again")):
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        keys = list(model._default_manager.values_list("pk", flat=True))
        assert boss.post(address, {"action": action, "_selected_action": keys}).status_code == 302
    assert Paper.objects.get().state == Paper.State.QUEUED
    assert set(Artifact.objects.values_list("state", flat=True)) == {"building"}
