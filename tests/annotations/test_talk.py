"""Stars, comments and reports: who may, what counts once, what strangers can't do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Avg
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.models import Artifact, Comment, Contributor, Event, GoldFlow, Notice, Rating, Report, Request
from annotations.selectors import reports as report_selectors
from annotations.selectors.gold import network
from annotations.selectors.stars import ratings
from annotations.selectors.talk import About, talk
from annotations.services import reports
from annotations.services import talk as services
from annotations.services.errors import Conflict, Invalid, NotAllowed, TooMany
from annotations.services.gold import claim_artifact, finish_artifact
from annotations.services.review import decide
from annotations.templatetags.talk import spoken
from tests.builders import answer, make_task
from tests.threads import at_once

pytestmark = pytest.mark.django_db
Make = Callable[..., User]


@pytest.fixture
def ada(make_user: Make) -> User:
    return make_user("ada")


@pytest.fixture
def grace(make_user: Make) -> User:
    return make_user("grace")


@pytest.fixture
def gold(tmp_path: Path, volunteer: User, moderator: User) -> GoldFlow:
    decide(submission=answer(make_task(tmp_path), volunteer), moderator=moderator, decision="approve")
    Notice.objects.all().delete()  # of the approval
    return GoldFlow.objects.get()


@pytest.fixture
def code(gold: GoldFlow) -> Artifact:
    """Keras code that ran."""
    gold.artifacts.filter(framework="keras").update(state=Artifact.State.VERIFIED)
    return gold.artifacts.get(framework="keras")


def say(gold: GoldFlow, user: User, text: str = "The kernel is 5 × 5.", **kwargs: Any) -> Comment:
    return services.comment(gold=gold, user=user, text=text, key=kwargs.pop("key", None) or uuid.uuid4(), **kwargs)


def told(user: User) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", "text"))


def mute(user: User) -> None:
    until = timezone.now() + timezone.timedelta(days=1)
    Contributor.objects.update_or_create(user=user, defaults={"muted_until": until})


# --- Stars ------------------------------------------------------------------------------------------------------------


def test_stars_are_one_a_person_and_can_be_changed_and_taken_back(
    gold: GoldFlow, code: Artifact, ada: User, grace: User
) -> None:
    services.rate(gold=gold, user=ada, stars=2)
    services.rate(gold=gold, user=ada, stars=5)
    services.rate(gold=gold, user=ada, stars=5)
    services.rate(gold=gold, user=grace, stars=4)
    services.rate(gold=gold, user=ada, stars=1, framework="keras")
    shown = ratings(gold=GoldFlow.objects.get(), user=ada).rows
    assert [(row.framework, row.average, row.count, row.mine) for row in shown] == [
        ("", 4.5, 2, 5),
        ("keras", 1.0, 1, 1),
    ]
    assert list(Event.objects.filter(verb="rate", actor=ada).values_list("before", "after", "note")) == [
        ("", "2", ""),
        ("2", "5", ""),
        ("", "1", "keras"),
    ]
    for _ in range(2):
        services.take_rating_back(gold=gold, user=ada)
    assert Rating.objects.filter(framework="").get().user == grace


def test_nobody_rates_their_own_work(gold: GoldFlow, volunteer: User) -> None:
    with pytest.raises(NotAllowed, match="your own answers"):
        services.rate(gold=gold, user=volunteer, stars=5)


@pytest.mark.parametrize("stars", [0, 6, -1, 10**9])
def test_stars_are_one_to_five(gold: GoldFlow, ada: User, stars: int) -> None:
    with pytest.raises(Invalid):
        services.rate(gold=gold, user=ada, stars=stars)


def test_only_code_that_ran_is_rated(gold: GoldFlow, code: Artifact, ada: User) -> None:
    with pytest.raises(Conflict, match="built and run"):
        services.rate(gold=gold, user=ada, stars=5, framework="caffe")
    with pytest.raises(Invalid):
        services.rate(gold=gold, user=ada, stars=5, framework="tensorflow")


def test_few_stars_ask_for_a_better_version(gold: GoldFlow, ada: User) -> None:
    gold.figure.tasks.update(state="open")
    services.rate(gold=gold, user=ada, stars=1)
    assert gold.figure.tasks.get().demand > 0


def test_stars_in_lists_are_those_of_the_network(gold: GoldFlow, code: Artifact, ada: User, grace: User) -> None:
    from annotations.selectors.pages import current_networks

    services.rate(gold=gold, user=ada, stars=5)
    services.rate(gold=gold, user=grace, stars=4)
    services.rate(gold=gold, user=grace, stars=1, framework="keras")
    row = current_networks().get()
    assert (row.stars, row.raters) == (4.5, 2)
    assert Rating.objects.aggregate(all=Avg("stars"))["all"] != 4.5


# --- Comments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [{}, {"framework": "keras"}, {"element": "c1"}, {"element": "c1>p1"}])
def test_a_comment_is_about_a_part_and_shown_there(gold: GoldFlow, ada: User, part: dict[str, str]) -> None:
    said = say(gold, ada, **part)
    say(gold, ada, "something else", element="fc")
    shown = talk(gold=gold, user=ada, about=About(**part)) if part else talk(gold=gold, user=ada)
    assert said.pk in [thread.first.comment.pk for thread in shown.threads]
    assert len(shown.threads) == (1 if part else 2)
    assert shown.total == 2


@pytest.mark.parametrize("element", ["c9", "c1>fc", "x" * 300, "c1\x00", "__class__"])
def test_a_comment_is_about_something_that_is_there(gold: GoldFlow, ada: User, element: str) -> None:
    with pytest.raises(Invalid, match="no layer or connection"):
        say(gold, ada, element=element)


def test_a_comment_sent_twice_counts_once(gold: GoldFlow, ada: User) -> None:
    key = uuid.uuid4()
    assert say(gold, ada, "once", key=key) == say(gold, ada, " once \r\n", key=key)
    with pytest.raises(Conflict, match="another text"):
        say(gold, ada, "twice", key=key)


@pytest.mark.django_db(transaction=True)
def test_a_comment_sent_twice_at_the_same_time_counts_once(gold: GoldFlow, ada: User) -> None:
    key = uuid.uuid4()
    told = at_once(*[lambda: say(gold, ada, "once", key=key)] * 4)
    assert told == [Comment.objects.get()] * 4


def test_answers_go_one_level_deep_and_tell_who_is_answered(gold: GoldFlow, ada: User, grace: User) -> None:
    first = say(gold, ada, element="c1")
    second = say(gold, grace, "No, 3 × 3.", answers=first)
    third = say(gold, ada, "You are right.", answers=second, framework="keras", element="fc")
    assert (third.answers, third.framework, third.element) == (first, "", "c1")
    (thread,) = talk(gold=gold, user=grace).threads
    assert [said.comment for said in thread.replies] == [second, third]
    assert told(ada) == [("reply", f"grace answers your comment on c1 of LeNet (No. {gold.pk}).")]
    assert told(grace) == [("reply", f"ada answers your comment on c1 of LeNet (No. {gold.pk}).")]


def test_who_is_mentioned_is_told_once_and_who_does_not_exist_is_no_link(
    gold: GoldFlow, ada: User, grace: User, volunteer: User
) -> None:
    text = "@grace and @grace, see @nobody. Ask @volunteer. Not me@grace.org or @ada"
    say(gold, ada, text)
    assert [kind for kind, _ in told(grace)] == ["mention"]
    assert [kind for kind, _ in told(volunteer)] == ["mention"]
    assert told(ada) == []
    shown = talk(gold=gold, user=ada)
    assert shown.people == {"grace", "volunteer", "ada"}
    markup = spoken(text, shown.people)
    assert markup.count('href="/people/grace/"') == 2
    assert "nobody/" not in markup


def test_ten_thousand_mentions_tell_few_and_ask_little(gold: GoldFlow, ada: User) -> None:
    people = User.objects.bulk_create(User(username=f"p{number:03}") for number in range(300))
    with pytest.raises(Invalid, match="at most 4,000"):
        say(gold, ada, " ".join(f"@p{number:03}" for number in range(10_000)))
    with CaptureQueriesContext(connection) as queries:
        say(gold, ada, " ".join(f"@{person.username}" for person in people))
    assert Notice.objects.count() == services.MAX_TOLD
    assert len(queries) < 100


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\u2060", "\x00\x07", "x" * 4001])
def test_a_comment_says_something_and_not_too_much(gold: GoldFlow, ada: User, text: str) -> None:
    with pytest.raises(Invalid):
        say(gold, ada, text)


def test_who_is_muted_reads_why_and_can_still_take_comments_away(gold: GoldFlow, ada: User) -> None:
    said = say(gold, ada)
    mute(ada)
    ada = User.objects.get(pk=ada.pk)
    with pytest.raises(NotAllowed, match="muted you until"):
        say(gold, ada)
    services.hide(comment=said, actor=ada)
    assert talk(gold=gold, user=User.objects.get(username="moderator")).total == 0


def test_comments_are_counted_by_the_hour(gold: GoldFlow, ada: User, settings: Any) -> None:
    settings.COMMENTS_PER_HOUR = 2
    key = uuid.uuid4()
    say(gold, ada, "one", key=key)
    say(gold, ada, "two")
    with pytest.raises(TooMany):
        say(gold, ada, "three")
    assert say(gold, ada, "one", key=key).text == "one", "sent again, it is no further one"


def test_an_author_takes_a_comment_away_and_puts_it_back(gold: GoldFlow, ada: User, grace: User) -> None:
    said = say(gold, ada)
    with pytest.raises(NotAllowed):
        services.hide(comment=said, actor=grace)
    for _ in range(2):
        services.hide(comment=said, actor=ada)
    assert talk(gold=gold, user=grace).threads == ()
    (thread,) = talk(gold=gold, user=ada).threads
    assert (thread.first.readable, thread.first.may_show) == (True, True)
    with pytest.raises(Conflict, match="taken away"):
        say(gold, grace, answers=said)
    services.show(comment=said, actor=ada)
    assert talk(gold=gold, user=grace).total == 1
    assert said.hidings.count() == 2


def test_a_moderator_says_why_and_only_moderators_put_it_back(
    gold: GoldFlow, ada: User, grace: User, moderator: User
) -> None:
    said = say(gold, ada)
    say(gold, grace, "an answer", answers=said)
    with pytest.raises(Invalid, match="Say why"):
        services.hide(comment=said, actor=moderator)
    services.hide(comment=said, actor=moderator, reason="An insult")
    with pytest.raises(NotAllowed):
        services.show(comment=said, actor=ada)
    (thread,) = talk(gold=gold, user=grace).threads
    assert not thread.first.readable, "the answer stands, what it answers is gone"
    assert len(thread.replies) == 1
    services.show(comment=said, actor=moderator, reason="A mistake of mine")
    assert [text.partition(":")[0] for kind, text in told(ada) if kind == "decision"] == [
        "A moderator took your comment on LeNet away",
        "A moderator put your comment on LeNet back",
    ]


def test_a_long_talk_comes_in_pages_with_as_many_queries_as_a_short_one(
    gold: GoldFlow, ada: User, grace: User, settings: Any
) -> None:
    settings.COMMENTS_PER_HOUR = 1000

    def look() -> int:
        viewer, shown = User.objects.get(pk=ada.pk), network(gold.pk)
        with CaptureQueriesContext(connection) as queries:
            talk(gold=shown, user=viewer)
        return len(queries)

    say(gold, grace, "@ada", answers=say(gold, ada, "@grace", element="c1"))
    few = look()
    for number in range(22):
        say(gold, grace, f"answer {number}", answers=say(gold, ada, f"{number} @grace", element="c1"))
    assert look() == few
    first = talk(gold=gold, user=ada)
    second = talk(gold=gold, user=ada, upto=first.older)
    assert (len(first.threads), len(second.threads), second.older) == (20, 3, None)
    assert first.counts == {"c1": 46}


# --- Reports ----------------------------------------------------------------------------------------------------------


def test_a_report_upheld_takes_the_comment_away_and_reaches_everybody(
    gold: GoldFlow, ada: User, grace: User, volunteer: User, moderator: User
) -> None:
    said = say(gold, ada, "Buy my coins")
    first = reports.report(reporter=grace, comment=said, code="spam")
    assert reports.report(reporter=grace, comment=said, code="insult") == first
    reports.report(reporter=volunteer, comment=said, code="spam", text="again")
    (case,) = report_selectors.queue(user=moderator)
    assert len(case.reports) == 2
    for _ in range(2):
        reports.handle(report=first, moderator=moderator, uphold=True, answer="Spam it is.")
    assert report_selectors.queue(user=moderator) == []
    assert talk(gold=gold, user=grace).total == 0
    assert "took your comment on LeNet away: Spam it is." in told(ada)[0][1]
    for reporter in (grace, volunteer):
        assert told(reporter) == [("report", "You reported a comment on LeNet. A moderator agrees: Spam it is.")]
    assert "grace" not in told(ada)[0][1]


def test_a_report_is_dismissed_with_an_answer(gold: GoldFlow, ada: User, moderator: User, make_user: Make) -> None:
    said = reports.report(reporter=ada, gold=gold, code="wrong", text="It is upside down.")
    with pytest.raises(Invalid, match="Say why not"):
        reports.handle(report=said, moderator=moderator, uphold=False)
    reports.handle(report=said, moderator=moderator, uphold=False, answer="It is drawn so.")
    said.refresh_from_db()
    assert (said.state, said.handled_by, said.answer) == ("dismissed", moderator, "It is drawn so.")
    with pytest.raises(Conflict, match="already"):
        reports.handle(report=said, moderator=make_user("mo", "moderator"), uphold=True)
    assert [kind for kind, _ in told(ada)] == ["report"]


def test_nobody_judges_reports_about_themselves(gold: GoldFlow, ada: User, moderator: User, volunteer: User) -> None:
    about_me = reports.report(reporter=ada, person=moderator, code="insult")
    with pytest.raises(NotAllowed, match="about you"):
        reports.handle(report=about_me, moderator=moderator, uphold=False, answer="no")
    with pytest.raises(NotAllowed):
        reports.handle(report=about_me, moderator=volunteer, uphold=False, answer="no")
    assert report_selectors.queue(user=moderator)[0].denied


def test_more_reports_of_networks_take_no_more_queries(
    gold: GoldFlow, ada: User, moderator: User, volunteer: User, tmp_path: Path
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert not any(case.denied for case in report_selectors.queue(user=User.objects.get(pk=moderator.pk)))
        return len(captured)

    reports.report(reporter=ada, gold=gold, code="wrong")
    few = queries()
    for number in range(2):
        said = answer(make_task(tmp_path, text=f"paper {number}"), volunteer)
        decide(submission=said, moderator=moderator, decision="approve")
        reports.report(reporter=ada, gold=GoldFlow.objects.latest("pk"), code="wrong")
    assert queries() == few


def test_an_upheld_report_can_withdraw_the_network(gold: GoldFlow, ada: User, moderator: User) -> None:
    said = reports.report(reporter=ada, gold=gold, code="rights")
    reports.handle(report=said, moderator=moderator, uphold=True, answer="The authors object.", withdraw_network=True)
    with pytest.raises(Conflict, match="withdrawn"):
        services.rate(gold=gold, user=ada, stars=1)
    with pytest.raises(Conflict, match="withdrawn"):
        say(gold, ada)
    assert talk(gold=GoldFlow.objects.get(), user=ada).denied


def test_a_report_is_about_one_thing_that_is_not_oneself(gold: GoldFlow, ada: User, grace: User, settings: Any) -> None:
    settings.REPORTS_PER_DAY = 1
    for wrong in ({}, {"gold": gold, "person": grace}, {"person": ada}, {"comment": say(gold, ada)}):
        with pytest.raises(Invalid):
            reports.report(reporter=ada, code="spam", **wrong)
    with pytest.raises(Invalid):
        reports.report(reporter=ada, code="other", person=grace)
    reports.report(reporter=ada, code="spam", person=grace)
    with pytest.raises(TooMany):
        reports.report(reporter=ada, code="spam", gold=gold)
    assert Report.objects.count() == 1


def test_who_asked_for_code_is_told_when_the_first_runs(gold: GoldFlow, ada: User) -> None:
    Request.objects.create(figure=gold.figure, user=ada)
    for framework, state in (("caffe", "failed"), ("keras", "verified"), ("pytorch", "verified")):
        artifact = gold.artifacts.get(framework=framework)
        claimed = claim_artifact(artifact_id=artifact.pk, attempt=artifact.attempt)
        assert claimed is not None
        finish_artifact(artifact=claimed, state=state)
        assert len(told(ada)) == (0 if framework == "caffe" else 1)
    ((kind, text),) = told(ada)
    assert kind == "request"
    assert "runs as LeNet" in text
