"""A site to try: scripted people bring the example's tasks to every stage, once, through the services of everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from annotations import demo_answers
from annotations.models import Comment, Event, GoldFlow, Rating, Report, Submission, Task
from annotations.services import demo, tasks
from annotations.services.task_creation import create_tasks
from extraction.flow.diff import diff
from extraction.flow.model import Flow
from extraction.models import Paper
from extraction.pdf import read_pdf
from extraction.readers import read
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def readings(example_paper: Path) -> dict[str, Flow]:
    """What the reader makes of the example's figures that are drawn in vectors."""
    figures = read_pdf(example_paper).figures
    return {figure.region.number: read(figure, "box2d") for figure in figures if figure.region.number in "14567"}


@pytest.fixture
def paper(readings: dict[str, Flow], tmp_path: Path, settings: Any, volunteer: User, moderator: User) -> Paper:
    """The example, as read: figure 2 is a picture and takes long, so it shows what figure 1 shows."""
    settings.EXAMPLE_PAPER = tmp_path / "example.pdf"
    settings.EXAMPLE_PAPER.write_bytes(builders.pdf_bytes("the example"))
    User.objects.create_superuser("admin")
    demo.ensure_people()
    flows = [readings.get(str(number), readings["1"]).to_dict() for number in range(1, 9)]
    found: Paper = builders.read(builders.make_paper("the example"), tmp_path / "read", flows)
    create_tasks(paper=found)
    return found


def states(paper: Paper) -> dict[str, str]:
    return dict(Task.objects.filter(paper=paper).values_list("figure__number", "state"))


def test_there_is_a_task_at_every_stage(paper: Paper, volunteer: User) -> None:
    demo.catch_up()
    assert states(paper) == {
        "1": "open", "2": "approved", "3": "open", "4": "in_review", "5": "second", "6": "open", "7": "returned",
        "8": "closed",
    }  # fmt: skip
    assert demo.missing(paper) == []
    gold = GoldFlow.objects.get()
    assert Rating.objects.get().gold == gold
    assert Comment.objects.filter(gold=gold).count() == 2
    assert Report.objects.filter(state="open").count() == 1
    differing = Submission.objects.filter(task__paper=paper, task__figure__number="6")
    one, other = (Flow.from_dict(answer.flow) for answer in differing)
    assert any(change.kind != "same" for change in diff(one, other).connections)
    # People of different skill, who are known to be that.
    told = {row.user.username: row for row in _contributors()}
    assert told["demo-ada"].wrong < told["demo-cora"].wrong < told["demo-eve"].wrong
    assert told["demo-eve"].spam_probability > 0.5 > told["demo-ada"].spam_probability
    # Who tries the site gets a real question first.
    assignment = tasks.next_task(user=volunteer)
    assert assignment is not None
    assert (assignment.task.purpose, assignment.task.state) == ("question", "open")


def _contributors() -> Any:
    from annotations.models import Contributor

    return Contributor.objects.select_related("user").filter(user__username__startswith="demo-")


def test_it_happens_once_and_what_people_do_stays(paper: Paper, volunteer: User, moderator: User) -> None:
    builders.answer(Task.objects.get(figure__number="4"), volunteer, paper.figures.get(number="4").readings.get().flow)
    demo.catch_up()
    assert not Submission.objects.filter(task__figure__number="4", user__username__startswith="demo-").exists()
    tasks.reopen(task=Task.objects.get(figure__number="8"), moderator=moderator, reason="To try it.")
    before = (Submission.objects.count(), Event.objects.count())
    demo.catch_up()
    assert demo.stage(paper=paper) == {}
    assert (Submission.objects.count(), Event.objects.count()) == before
    assert states(paper)["8"] == "open"


def test_never_on_a_site_for_others(paper: Paper, settings: Any) -> None:
    assert demo.is_wanted(paper)
    settings.DEPLOYED = True
    assert not demo.is_wanted(paper)
    demo.catch_up()
    assert not Submission.objects.exists()


def test_other_papers_are_left_alone(paper: Paper, tmp_path: Path) -> None:
    other = builders.make_task(tmp_path, text="another paper")
    assert not demo.is_wanted(other.paper)
    demo.catch_up()
    assert not other.submissions.exists()


def test_the_command_says_what_became_of_each_figure(paper: Paper, capsys: Any) -> None:
    call_command("seed_demo")
    said = capsys.readouterr().out
    assert "Figure 6: open, with answers that differ" in said
    assert "1 waiting for a second moderator" in said
    for name in demo.PEOPLE:
        assert not User.objects.get(username=name).has_usable_password()


def test_the_careful_ones_repair_what_was_misread(readings: dict[str, Flow]) -> None:
    """Figure 6 has two branches: both come from the box above, none from beside, however it was read."""
    flow = demo_answers.careful(readings["6"], "Figure 6: TwoNet. Both convolutions keep the size.")
    assert flow.name == "TwoNet"
    ids = [layer.id for layer in flow.layers]
    wanted = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 5), (5, 6)]
    assert {(c.source, c.target) for c in flow.connections} == {(ids[a], ids[b]) for a, b in wanted}
    # What is right already stays as it is.
    assert demo_answers.careful(readings["4"], "").connections == readings["4"].connections


def test_the_others_make_their_mistakes(readings: dict[str, Flow]) -> None:
    flow = readings["7"]
    assert demo_answers.as_read(flow, "") == flow
    lost = demo_answers.forgotten(flow)
    assert lost is not None
    assert lost[1] not in demo_answers.hasty(flow, "").layer(lost[0].id).params
    assert len(demo_answers.unfinished(flow, "").layers) == len(flow.layers) // 2
    assert {layer.type for layer in demo_answers.thoughtless(flow, "").layers} == {"Input", "Dense"}
