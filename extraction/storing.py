"""What the reading of a paper found goes into the database: all of it or nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from extraction import services
from extraction.flow.model import Flow, load
from extraction.models import Figure, Hyperparameter, Paper, Reading, Table, figure_path
from extraction.outline import outline
from extraction.plain import plain
from extraction.signals import paper_read
from extraction.storage import store_once

#: Of the readers as a whole; readings of an older version stay as they are.
READER = "dlp2c 1"


def store_result(*, paper: Paper, result: Mapping[str, Any], folder: Path, classifier: str = "") -> None:
    """Store what `pipeline.read_paper` returned, with the files that it wrote below `folder`.

    `classifier` is the version of the classifier that told the kinds.

    Figures and tables that are known from an earlier reading keep their rows, and get a further reading.

    Raises:
        LostClaim: another worker has the paper meanwhile; nothing is stored then.
    """
    result = plain(result)
    # Files first: they are named by what they contain, so one that ends up unused does no harm.
    images = [_store_image(folder / figure["image"]) for figure in result["figures"]]
    printed = [_store_image(folder / table["image"]) if "image" in table else "" for table in result["tables"]]
    with transaction.atomic():
        row = services.lock_mine(paper)
        _store_head(row, result)
        for position, (data, image) in enumerate(zip(result["figures"], images, strict=True)):
            figure = _store_figure(row, position, {**data, "classifier": classifier}, image)
            _store_readings(row, data, folder, figure=figure)
        for position, (data, image) in enumerate(zip(result["tables"], printed, strict=True)):
            table, _ = Table.objects.update_or_create(
                paper=row, position=position, defaults={**_region(data), "rows": data.get("rows") or []}
            )
            for reading in _store_readings(row, data, folder, table=table):
                if image:
                    _store_picture(table, reading.model_name, image)
        fused = folder / "flows" / "paper.json"
        if fused.is_file():
            add_reading(paper=row, flow=load(fused))
        Hyperparameter.objects.filter(paper=row).delete()
        Hyperparameter.objects.bulk_create(
            Hyperparameter(
                paper=row,
                position=position,
                name=data["name"],
                value=data["value"],
                page=data["page"],
                sentence=data.get("sentence") or "",
            )
            for position, data in enumerate(result["hyperparameters"])
        )
        store_search_text(row)
        services.finish_paper(paper=row, warnings=result.get("warnings") or [])
        transaction.on_commit(partial(paper_read.send_robust, sender=Paper, paper=row))


def _store_head(paper: Paper, result: Mapping[str, Any]) -> None:
    paper.title = (result.get("title") or "")[:500]
    paper.authors = list(result.get("authors") or [])
    paper.abstract = result.get("abstract") or ""
    paper.year = result.get("year")
    paper.save(update_fields=["title", "authors", "abstract", "year"])


def store_search_text(paper: Paper) -> None:
    """What a search looks in: kept anew whenever one of its parts changes."""
    captions = [
        caption
        for model in (Figure, Table)
        for caption in model._default_manager.filter(paper=paper).values_list("caption", flat=True)
    ]
    words = " ".join([paper.title, *paper.authors, paper.abstract, *captions])
    Paper.objects.filter(pk=paper.pk).update(search_text=re.sub(r"\s+", " ", words).casefold())


def _store_image(path: Path) -> str:
    content = path.read_bytes()
    name = figure_path(Figure(), f"{hashlib.sha256(content).hexdigest()}{path.suffix}")
    store_once(default_storage, name, ContentFile(content), len(content))
    return name


def _store_figure(paper: Paper, position: int, data: Mapping[str, Any], image: str) -> Figure:
    figure = Figure.objects.filter(paper=paper, position=position).first() or Figure(paper=paper, position=position)
    for name, value in _region(data).items():
        setattr(figure, name, value)
    figure.image.name = image
    figure.content = data.get("content") or ""
    figure.parts = plain(data.get("parts") or [])
    figure.is_flow = data["is_flow"]
    figure.flow_probability = data["flow_probability"]
    figure.kind = data["kind"]
    figure.kind_probabilities = data["kind_probabilities"]
    figure.classifier = data["classifier"]
    figure.image.field.update_dimension_fields(figure, force=True)
    figure.full_clean(validate_unique=False, validate_constraints=False)
    figure.save()
    return figure


def _store_picture(table: Table, model: str, image: str) -> None:
    """What people look at who are asked about a model of the table."""
    picture = Figure.pictures.filter(table=table, model_name=model).first()
    picture = picture or Figure(paper=table.paper, table=table, model_name=model, position=table.position)
    for name in ("number", "page", "bbox", "caption"):
        setattr(picture, name, getattr(table, name))
    picture.image.name = image
    picture.is_flow, picture.flow_probability = True, 1.0
    picture.image.field.update_dimension_fields(picture, force=True)
    picture.full_clean(validate_unique=False, validate_constraints=False)
    picture.save()


def _region(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": str(data["number"])[:20],
        "page": data["page"],
        "bbox": data["bbox"],
        "caption": data.get("caption") or "",
    }


def _store_readings(
    paper: Paper, data: Mapping[str, Any], folder: Path, *, figure: Figure | None = None, table: Table | None = None
) -> list[Reading]:
    names = data["flow"] or []
    stored = []
    for name in [names] if isinstance(names, str) else names:
        flow = load(folder / name)
        # A flow without a name of its own is called like its file.
        named = replace(flow, name="") if flow.name == Path(name).stem else flow
        stored.append(add_reading(paper=paper, flow=named, figure=figure, table=table, classifier=_told(figure)))
    if figure is not None and figure.is_flow and not names:
        # That nothing was found is a reading as well: a person starts from an empty sheet.
        empty = Flow(kind=figure.kind, sources=(source(figure),))
        stored.append(add_reading(paper=paper, flow=empty, figure=figure, classifier=_told(figure)))
    return stored


def _told(figure: Figure | None) -> str:
    """The version of the classifier that told the kind that a figure is read as; none where it is a table."""
    return figure.classifier if figure else ""


def add_reading(
    *, paper: Paper, flow: Flow, figure: Figure | None = None, table: Table | None = None, classifier: str = ""
) -> Reading:
    flow = Flow.from_dict(plain(flow.to_dict()))
    return Reading.objects.create(
        paper=paper,
        figure=figure,
        table=table,
        attempt=paper.attempt,
        reader=READER,
        classifier=classifier,
        model_name=flow.name[:200],
        flow=flow.to_dict(),
        outline=outline(flow),
        confidence=flow.confidence,
    )


def is_read_as(figure: Figure, kind: str) -> bool:
    return Reading.objects.filter(figure=figure, flow__kind=kind).exists()


def store_figure_reading(*, figure: Figure, kind: str, flow: Flow) -> None:
    """Add what the reader of a kind made of a figure, unless that is there already."""
    with transaction.atomic():
        locked = Figure.objects.select_for_update(of=("self",)).select_related("paper").get(pk=figure.pk)
        if is_read_as(locked, kind):
            return
        add_reading(
            paper=locked.paper, figure=locked, flow=replace(flow, kind=kind, name="", sources=(source(locked),))
        )
        transaction.on_commit(partial(paper_read.send_robust, sender=Paper, paper=locked.paper))


def source(figure: Figure) -> dict[str, Any]:
    """Where a figure's flow was printed, as flows say it."""
    return {"paper": figure.paper.sha256, "page": figure.page, "figure": figure.number, "bbox": figure.bbox}
