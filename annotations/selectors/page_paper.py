"""What a paper's page shows: what one can take from it, and where each part came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Prefetch

from annotations.models import Artifact, GoldFlow, Request, Review, Submission, Task
from annotations.selectors.gold import kinds, offered
from annotations.selectors.pages import light_artifacts
from annotations.selectors.tasks import questions, with_answers
from annotations.services.permissions import Person
from extraction.models import Figure, Hyperparameter, Paper, PaperEvent, Reading, Table

#: Below this a reading of a layer or a kind counts as doubt (the same line as in the strip).
SURE = 0.8


@dataclass(frozen=True, slots=True)
class Source:
    """The region that a network was read from."""

    kind: str
    number: str
    #: The place on the paper's page.
    href: str


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the paper: approved, or as far as it is."""

    title: str
    flow: Mapping[str, Any]
    source: Source
    gold: GoldFlow | None = None
    artifacts: tuple[Artifact, ...] = ()
    task: Task | None = None
    doubts: int = 0

    @property
    def runs(self) -> bool:
        return any(artifact.state == Artifact.State.VERIFIED for artifact in self.artifacts)


@dataclass(frozen=True, slots=True)
class FigureCard:
    figure: Figure
    #: One of the five kinds, or `none`.
    kind: str
    #: A moderator approved what people said; otherwise the machine says so.
    settled: bool
    #: How sure the machine is of what it says.
    confidence: float
    classify: Task | None
    correct: Task | None
    network: Network | None
    #: How many people want its code, and whether the one who looks is among them.
    requests: int
    requested: bool

    @property
    def doubtful(self) -> bool:
        return not self.settled and self.confidence < SURE

    @property
    def task(self) -> Task | None:
        """What is asked about it: its flow, as soon as its kind is sure enough."""
        return self.correct or self.classify

    @property
    def can_be_requested(self) -> bool:
        """There is no code of it, and nobody has settled that it shows no network."""
        return not (self.network and self.network.runs) and not (self.settled and self.kind == "none")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of how the paper was read; `state` is done, now, bad or empty."""

    state: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PaperPage:
    paper: Paper
    networks: tuple[Network, ...]
    figures: tuple[FigureCard, ...]
    #: Figures without a network, shown on demand.
    others: tuple[FigureCard, ...]
    tables: tuple[Table, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    trail: tuple[Step, ...]
    people: tuple[User, ...]
    moderators: tuple[User, ...]

    @property
    def running(self) -> int:
        """Networks with code that runs."""
        return sum(network.runs for network in self.networks)

    @property
    def first_running(self) -> Network | None:
        return next((network for network in self.networks if network.runs), None)

    @property
    def open_task(self) -> Task | None:
        return next((task for task in self._open_tasks if task.kind == Task.Kind.CORRECT), None)

    @property
    def open_count(self) -> int:
        """How many of its questions still want answers."""
        return len(self._open_tasks)

    @property
    def _open_tasks(self) -> list[Task]:
        tasks = [card.task for card in (*self.figures, *self.others) if card.task]
        tasks += [network.task for network in self.networks if network.task and network.source.kind == "table"]
        return [task for task in tasks if task.state == Task.State.OPEN]

    @property
    def figures_found(self) -> int:
        return len(self.figures) + len(self.others)

    @property
    def holding(self) -> int:
        return sum(card.kind != "none" for card in self.figures)


def paper_page(*, paper: Paper, viewer: Person | None = None) -> PaperPage:
    """All of the page in a fixed number of queries."""
    pictures = list(Figure.pictures.filter(paper=paper))
    figures = [picture for picture in pictures if picture.table_id is None]
    tables = list(Table.objects.filter(paper=paper))
    readings = list(Reading.objects.filter(paper=paper).order_by("pk"))
    tasks = list(with_answers(questions().filter(paper=paper)).select_related("figure").order_by("pk"))
    wishes = list(Request.objects.filter(figure__paper=paper).values_list("figure_id", "user_id"))
    wanted = Counter(figure for figure, _ in wishes)
    own = {figure for figure, user in wishes if viewer is not None and user == viewer.pk}
    gold = {
        row.figure_id: row
        for row in offered()
        .filter(paper=paper)
        .defer("flow")
        .prefetch_related(Prefetch("artifacts", queryset=light_artifacts()))
    }
    told = {row.figure_id: row.kind for row in kinds().filter(figure__paper=paper)}

    newest: dict[int, Reading] = {r.figure_id: r for r in readings if r.figure_id}
    correct = {t.figure_id: t for t in tasks if t.kind == Task.Kind.CORRECT}
    classify = {t.figure_id: t for t in tasks if t.kind == Task.Kind.CLASSIFY}
    networks: list[Network] = []
    cards: list[FigureCard] = []
    for figure in figures:
        kind = told.get(figure.pk) or (figure.kind if figure.is_flow else "none")
        network = None
        if kind != "none" or figure.pk in gold:
            network = _figure_network(figure, newest.get(figure.pk), gold.get(figure.pk), correct.get(figure.pk))
        if network:
            networks.append(network)
        cards.append(
            FigureCard(
                figure=figure,
                kind=kind,
                settled=figure.pk in told,
                confidence=_sureness(figure),
                classify=classify.get(figure.pk),
                correct=correct.get(figure.pk),
                network=network,
                requests=wanted[figure.pk],
                requested=figure.pk in own,
            )
        )
    of_tables = {
        (picture.table_id, picture.model_name): (gold.get(picture.pk), correct.get(picture.pk))
        for picture in pictures
        if picture.table_id is not None
    }
    networks.extend(_table_networks(tables, readings, of_tables))

    answers = list(Submission.objects.filter(task__in=tasks).select_related("user").defer("flow", "outline"))
    reviews = list(Review.objects.filter(task__in=tasks).select_related("moderator").defer("flow"))
    events = list(PaperEvent.objects.filter(paper=paper))
    return PaperPage(
        paper=paper,
        networks=tuple(networks),
        figures=tuple(card for card in cards if card.kind != "none" or card.doubtful),
        others=tuple(card for card in cards if card.kind == "none" and not card.doubtful),
        tables=tuple(tables),
        hyperparameters=tuple(Hyperparameter.objects.filter(paper=paper)),
        trail=tuple(_trail(paper, cards, tables, networks, answers, events, tasks)),
        people=tuple(_people(answer.user for answer in answers)),
        moderators=tuple(_people(r.moderator for r in reviews if r.decision == Review.Decision.APPROVE)),
    )


def _figure_network(
    figure: Figure, reading: Reading | None, gold: GoldFlow | None, task: Task | None
) -> Network | None:
    source = Source("figure", figure.number, f"#figure-{figure.pk}")
    if gold:
        return Network(gold.name or str(figure), gold.outline, source, gold, tuple(gold.artifacts.all()), task)
    if reading is None or not reading.flow.get("layers"):
        return None
    name = str(reading.flow.get("name") or figure)
    return Network(name, reading.flow, source, task=task, doubts=_doubts(reading.flow))


def _table_networks(
    tables: Iterable[Table],
    readings: Iterable[Reading],
    said: Mapping[tuple[int, str], tuple[GoldFlow | None, Task | None]],
) -> list[Network]:
    """The models of tables; `said` is what people made of each, by table and name."""
    by_pk = {table.pk: table for table in tables}
    newest = {(r.table_id, r.model_name): r for r in readings if r.table_id and r.flow.get("layers")}
    rows = []
    for (pk, model), reading in newest.items():
        table = by_pk[pk]
        source = Source("table", table.number, f"#table-{pk}")
        name = str(model or reading.flow.get("name") or table)
        gold, task = said.get((pk, model), (None, None))
        if gold:
            rows.append(Network(gold.name or name, gold.outline, source, gold, tuple(gold.artifacts.all()), task))
        else:
            rows.append(Network(name, reading.flow, source, task=task, doubts=_doubts(reading.flow)))
    return rows


def _doubts(flow: Mapping[str, Any]) -> int:
    parts = [*flow.get("layers", ()), *flow.get("connections", ())]
    return sum(part.get("confidence") is not None and part["confidence"] < SURE for part in parts)


def _sureness(figure: Figure) -> float:
    """How sure the machine is of the kind, or that the figure holds no network."""
    if not figure.is_flow:
        return 1 - figure.flow_probability
    return min(figure.flow_probability, float(figure.kind_probabilities.get(figure.kind, 1)))


def _people(users: Iterable[User]) -> list[User]:
    """Each once, who did most first."""
    counts = Counter(users)
    return [user for user, _ in counts.most_common()]


def _trail(
    paper: Paper,
    cards: list[FigureCard],
    tables: list[Table],
    networks: list[Network],
    answers: list[Submission],
    events: list[PaperEvent],
    tasks: list[Task],
) -> Iterable[Step]:
    by = f" by {paper.uploaded_by.username}" if paper.uploaded_by else ""
    yield Step("done", "Came in", f"{paper.created_at:%-d %B %Y}{by}")
    if paper.state == Paper.State.FAILED:
        yield Step("bad", "Could not be read", paper.message)
        return
    if paper.state != Paper.State.READ:
        yield Step("now", paper.get_state_display().capitalize(), paper.stage)
        return
    seconds = _reading_seconds(events)
    yield Step("done", "Read by machine", f"in {seconds} s" if seconds else "")
    holding = sum(card.kind != "none" for card in cards)
    yield Step(
        "done",
        f"{_count(len(cards), 'figure')}, {_count(len(tables), 'table')} found",
        f"{_count(holding, 'figure')} with a network",
    )
    doubts = sum(network.doubts for network in networks if not network.gold)
    if networks:
        yield Step("done", f"{_count(len(networks), 'network')} read", f"{_count(doubts, 'doubt')} left for people")
    waiting = [t for t in tasks if t.state not in {Task.State.APPROVED, Task.State.CLOSED}]
    people = len({answer.user_id for answer in answers})
    if tasks:
        left = _count(len(waiting), "question") + " open" if waiting else "all questions settled"
        who = f"{_count(people, 'person', 'people')} answered" if people else "Waits for a first answer"
        yield Step("now" if waiting else "done", who, left)
    programs = [a for network in networks for a in network.artifacts if a.state == Artifact.State.VERIFIED]
    if programs:
        last = max((a.finished_at for a in programs if a.finished_at), default=None)
        yield Step(
            "done", f"{_count(len(programs), 'program')} built and run", f"last on {last:%-d %B %Y}" if last else ""
        )


def _reading_seconds(events: list[PaperEvent]) -> int | None:
    """How long the last reading took, from the log."""
    started = None
    seconds = None
    for event in events:
        if event.after == Paper.State.READING:
            started = event.at
        elif event.after == Paper.State.READ and started:
            seconds = max(1, round((event.at - started).total_seconds()))
    return seconds


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"
