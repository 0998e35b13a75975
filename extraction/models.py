"""Papers and what was read in them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from extraction.append_only import AppendOnly
from extraction.models_training import Promotion, TrainingEvent, TrainingRun

__all__ = [
    "FIGURE_KINDS",
    "Figure",
    "Hyperparameter",
    "Paper",
    "PaperEvent",
    "Promotion",
    "Reading",
    "Table",
    "TrainingEvent",
    "TrainingRun",
    "figure_path",
    "paper_path",
    "sha256_validator",
]

FIGURE_KINDS = [
    ("neurons", "neurons"),
    ("box2d", "flat boxes"),
    ("stacked2d", "stacked squares"),
    ("box3d", "cuboids"),
    ("pipeline", "pipeline"),
]

sha256_validator = RegexValidator(r"^[0-9a-f]{64}$", "must be a SHA-256 in hexadecimal")


def paper_path(paper: Paper, filename: str) -> str:
    """Uploads are stored under what they contain; the name a stranger gave never becomes a path."""
    return f"papers/{paper.sha256[:2]}/{paper.sha256}.pdf"


def figure_path(figure: Figure, filename: str) -> str:
    return f"figures/{Path(filename).stem[:2]}/{Path(filename).name}"


class Paper(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        READING = "reading", "being read"
        READ = "read", "read"
        FAILED = "failed", "could not be read"

    sha256 = models.CharField(max_length=64, unique=True, validators=[sha256_validator])
    file = models.FileField(upload_to=paper_path, max_length=200)
    #: As the uploader's computer called it; shown, never used as a path.
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="bytes")

    title = models.CharField(max_length=500, blank=True)
    authors = models.JSONField(default=list, blank=True, help_text="list of names")
    abstract = models.TextField(blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    #: Title, authors, abstract and captions in small letters: what a search looks in.
    search_text = models.TextField(blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=60, blank=True)
    #: How much of the stage is done: pages while pages are read, figures while figures are read.
    pages_done = models.PositiveIntegerField(default=0)
    pages_total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True, help_text="why it could not be read")

    #: Each time a worker takes the paper this grows: what an earlier worker still says no longer counts.
    attempt = models.PositiveIntegerField(default=0)
    #: Attempts in a row that ended without a word.
    losses = models.PositiveSmallIntegerField(default=0)
    #: The last sign of life: of the worker while reading, of the sender while queued.
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="papers"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "heartbeat_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(pages_done__lte=F("pages_total")), name="paper_pages_done_of_total"),
        ]

    def __str__(self) -> str:
        return self.title or self.file_name

    def get_absolute_url(self) -> str:
        return reverse("paper", args=[self.pk])

    @property
    def citation(self) -> str:
        """One line, as it stands above generated code."""
        authors = ", ".join(self.authors[:3]) + (" et al." if len(self.authors) > 3 else "")
        year = f" ({self.year})" if self.year else ""
        return f"{authors}{year}: {self}" if authors else f"{self}{year}"


class PaperEvent(AppendOnly):
    """A change of a paper's state."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    #: Nobody: the worker.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before or 'new'} → {self.after}"


class Region(models.Model):
    """What figures and tables share: a numbered place on a page with a caption."""

    number = models.CharField(max_length=20, blank=True, help_text="as printed, without the word")
    page = models.PositiveIntegerField(help_text="from 1")
    bbox = models.JSONField(help_text="x0, y0, x1, y1 in points, origin top left")
    caption = models.TextField(blank=True)
    #: Place in the paper's list. Two regions can carry the same printed number.
    position = models.PositiveIntegerField()

    class Meta:
        abstract = True


class Table(Region):
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="tables")
    rows = models.JSONField(default=list)

    class Meta:
        ordering = ["paper", "position"]
        constraints = [models.UniqueConstraint(fields=["paper", "position"], name="table_position_once")]

    def __str__(self) -> str:
        return f"Table {self.number}" if self.number else f"Table on page {self.page}"


class PictureManager(models.Manager["Figure"]):
    """All that people can be asked about: figures, and tables."""


class FigureManager(PictureManager):
    """Figures alone."""

    def get_queryset(self) -> models.QuerySet[Figure]:
        return super().get_queryset().filter(table=None)


class Figure(Region):
    """A picture that people can be asked about: a figure, or a table, once for each model that it describes."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="figures")
    #: The table that this is the picture of; none where it is a figure.
    table = models.ForeignKey(Table, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: Which model of the table is asked about, as `Reading.model_name`.
    model_name = models.CharField(max_length=200, blank=True)
    image = models.ImageField(upload_to=figure_path, width_field="width", height_field="height", max_length=200)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    content = models.CharField(
        max_length=10, blank=True, choices=[("vector", "vector"), ("raster", "raster"), ("mixed", "mixed")]
    )
    parts = models.JSONField(
        default=list, blank=True, help_text="(a), (b), …: each with letter, bbox in points, and what is said of it"
    )
    #: What the classifier says.
    is_flow = models.BooleanField()
    flow_probability = models.FloatField()
    kind = models.CharField(
        max_length=10, blank=True, choices=FIGURE_KINDS, help_text="the likeliest of the five; none of a table"
    )
    kind_probabilities = models.JSONField(default=dict, blank=True)
    #: Version of the classifier that said so; empty where that was not stored yet.
    classifier = models.CharField(max_length=60, blank=True)

    objects = FigureManager()
    pictures = PictureManager()

    class Meta:
        ordering = ["paper", "position"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "position"], condition=Q(table=None), name="figure_position_once"),
            models.UniqueConstraint(fields=["table", "model_name"], name="picture_of_a_model_once"),
        ]

    def __str__(self) -> str:
        what = "Table" if self.table_id else "Figure"
        name = f"{what} {self.number}" if self.number else f"{what} on page {self.page}"
        return f"{name} ({self.model_name})" if self.model_name else name


class Reading(AppendOnly):
    """What a reader made of one figure, one model of a table, or (neither of them) the paper as a whole."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="readings")
    figure = models.ForeignKey(Figure, null=True, blank=True, on_delete=models.PROTECT, related_name="readings")
    table = models.ForeignKey(Table, null=True, blank=True, on_delete=models.PROTECT, related_name="readings")
    #: Which model, where a table holds several.
    model_name = models.CharField(max_length=200, blank=True)
    flow = models.JSONField()
    #: Facts of the flow, so that lists never open it (see `extraction.outline`).
    outline = models.JSONField()
    confidence = models.FloatField(null=True, blank=True)
    reader = models.CharField(max_length=60, help_text="name and version of what read it")
    classifier = models.CharField(
        max_length=60, blank=True, help_text="version of the classifier that told the kind; empty where a person did"
    )
    #: The paper's attempt that made it.
    attempt = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(figure__isnull=True) | Q(table__isnull=True), name="reading_of_one_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}, read by {self.reader}"

    @property
    def subject(self) -> Figure | Table | Paper:
        return self.figure or self.table or self.paper


class Hyperparameter(models.Model):
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="hyperparameters")
    name = models.CharField(max_length=40)
    value = models.JSONField(help_text="a number where one is printed, text otherwise")
    page = models.PositiveIntegerField()
    sentence = models.TextField(blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["paper", "position"]
        constraints = [models.UniqueConstraint(fields=["paper", "position"], name="hyperparameter_position_once")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
