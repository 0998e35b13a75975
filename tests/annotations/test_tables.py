"""The networks that tables describe are asked about, approved and handed on, as those of figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from PIL import Image

from annotations.models import FigureKind, GoldFlow, Task
from annotations.selectors.page_paper import paper_page
from annotations.services import training
from annotations.services.review import decide
from annotations.services.task_creation import create_missing_tasks, create_tasks
from extraction.models import Figure, Paper
from tests.builders import LENET, answer, lenet, make_paper, read

pytestmark = pytest.mark.django_db


def of_a_table(flow: dict[str, Any], name: str) -> dict[str, Any]:
    return {**{key: value for key, value in flow.items() if key != "kind"}, "name": name}


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A paper with a figure, and a table of two models."""
    folder = tmp_path / "read"
    (folder / "flows").mkdir(parents=True)
    (folder / "figures").mkdir()
    Image.new("RGB", (300, 120), "white").save(folder / "figures" / "table-1.png")
    names = []
    for model in ("A", "B"):
        names.append(f"flows/table-1-{model}.json")
        (folder / names[-1]).write_text(json.dumps(of_a_table(LENET, model)))
    table = {
        "number": "1", "page": 4, "bbox": [50, 60, 210, 124], "caption": "Table 1: Two networks.",
        "rows": [["conv", "conv"]], "flow": names, "image": "figures/table-1.png",
    }  # fmt: skip
    found: Paper = read(make_paper(), folder, [LENET], tables=[table])
    return found


@pytest.fixture
def tasks(paper: Paper) -> list[Task]:
    create_tasks(paper=paper)
    return list(paper.tasks.exclude(figure__table=None).select_related("figure", "reading").order_by("pk"))


def test_each_model_of_a_table_is_a_question_over_its_picture(paper: Paper, tasks: list[Task]) -> None:
    assert [str(task.figure) for task in tasks] == ["Table 1 (A)", "Table 1 (B)"]
    assert [task.kind for task in tasks] == [Task.Kind.CORRECT] * 2
    assert [task.reading and task.reading.model_name for task in tasks] == ["A", "B"]
    assert {(task.figure.width, task.figure.height) for task in tasks} == {(300, 120)}
    assert create_tasks(paper=paper) == []
    assert create_missing_tasks() == 0


def test_a_paper_whose_only_networks_stand_in_tables_is_asked_about_too(paper: Paper) -> None:
    paper.figures.update(flow_probability=0.01, is_flow=False)
    assert create_missing_tasks() == 2


def test_a_second_reading_keeps_the_pictures(paper: Paper, tmp_path: Path) -> None:
    before = set(Figure.pictures.exclude(table=None).values_list("pk", "model_name"))
    Paper.objects.filter(pk=paper.pk).update(state=Paper.State.QUEUED)
    table = {
        "number": "1", "page": 4, "bbox": [50, 60, 210, 124], "caption": "Table 1: Two networks.", "rows": [],
        "flow": ["flows/table-1-A.json", "flows/table-1-B.json"], "image": "figures/table-1.png",
    }  # fmt: skip
    read(paper, tmp_path / "read", [LENET], tables=[table])
    assert set(Figure.pictures.exclude(table=None).values_list("pk", "model_name")) == before


def test_the_papers_figures_are_its_figures(paper: Paper, client: Client) -> None:
    assert [str(figure) for figure in paper.figures.all()] == ["Figure 1"]
    assert Figure.objects.filter(paper=paper).count() == 1
    row = client.get(f"/api/v1/papers/{paper.pk}/").json()
    assert row["figure_count"] == 1
    assert [figure["number"] for figure in row["figures"]] == ["1"]


def test_an_approved_model_of_a_table_is_a_network_and_no_label_of_a_figure(
    paper: Paper, tasks: list[Task], volunteer: User, moderator: User, tmp_path: Path
) -> None:
    given = answer(tasks[0], volunteer, of_a_table(lenet(c1={"filters": 7}), "A"))
    decide(submission=given, moderator=moderator, decision="approve")
    gold = GoldFlow.objects.get()
    assert str(gold.figure) == "Table 1 (A)"
    assert not FigureKind.objects.exists()

    shown = {network.title: network for network in paper_page(paper=paper).networks if network.source.kind == "table"}
    assert shown["A"].gold == gold
    assert shown["B"].task == tasks[1]

    training.export(folder=tmp_path / "out")
    with (tmp_path / "out" / "tables" / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["table"], row["model"], row["n_layers"]) == ("1", "A", str(len(gold.flow["layers"])))
    assert json.loads((tmp_path / "out" / "tables" / row["file"]).read_text())["layers"] == gold.flow["layers"]
    assert (tmp_path / "out" / "figures" / "labels.csv").read_text().count("\n") == 1


def test_pages_about_a_table_open(paper: Paper, tasks: list[Task], volunteer: User, moderator: User) -> None:
    client = Client()
    client.force_login(volunteer)
    assert reverse("task", args=[tasks[0].pk]) in client.get(paper.get_absolute_url()).content.decode()
    page = client.get(reverse("task", args=[tasks[0].pk])).content.decode()
    assert "correct table 1 (a)" in page.lower()
    picture = client.get(reverse("figure-image", args=[tasks[0].figure_id]))
    assert len(b"".join(picture)) > 100
    answer(tasks[0], volunteer, of_a_table(lenet(c1={"filters": 7}), "A"))
    client.force_login(moderator)
    assert client.get(reverse("review-task", args=[tasks[0].pk])).status_code == 200
    assert client.get(paper.get_absolute_url()).status_code == 200
