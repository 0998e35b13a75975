"""Papers, tasks and answers for tests, made by the services that make them on the site."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

LENET: dict[str, Any] = {
    "format": "dlp2c-flow",
    "version": 1,
    "name": "LeNet",
    "kind": "box2d",
    "confidence": 0.9,
    "layers": [
        {
            "id": "in",
            "type": "Input",
            "label": "32x32x1",
            "params": {"shape": [32, 32, 1]},
            "bbox": [2, 2, 30, 20],
            "confidence": 0.9,
            "provenance": {"shape": "figure"},
        },
        {
            "id": "c1",
            "type": "Conv2D",
            "label": "conv 5x5, 6",
            "params": {"filters": 6, "kernel_size": [5, 5]},
            "bbox": [40, 2, 70, 20],
            "confidence": 0.9,
        },
        {
            "id": "p1",
            "type": "MaxPooling2D",
            "label": "pool",
            "params": {"pool_size": [2, 2]},
            "bbox": [80, 2, 110, 20],
        },
        {"id": "fc", "type": "Dense", "label": "fc 10", "params": {"units": 10}, "bbox": [120, 2, 150, 20]},
    ],
    "connections": [
        {"source": "in", "target": "c1"},
        {"source": "c1", "target": "p1"},
        {"source": "p1", "target": "fc"},
    ],
}


def lenet(**changes: dict[str, Any]) -> dict[str, Any]:
    """The flow above; `lenet(c1={"filters": 8})` changes parameters of a layer."""
    flow: dict[str, Any] = json.loads(json.dumps(LENET))
    for layer in flow["layers"]:
        layer.get("params", {}).update(changes.get(layer["id"], {}))
    return flow


def pdf_bytes(text: str = "a paper") -> bytes:
    """A small PDF; another text gives another file."""
    return b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n"


def make_paper(text: str = "a paper", *, uploaded_by: Any = None) -> Any:
    """A paper that waits to be read."""
    from extraction.services import add_paper

    paper, _ = add_paper(file=io.BytesIO(pdf_bytes(text)), name=f"{text[:40]}.pdf", uploaded_by=uploaded_by)
    return paper


def read_result(folder: Path, flows: Sequence[dict[str, Any]], **head: Any) -> dict[str, Any]:
    """What the pipeline returns for a paper with a figure a flow, and the files it leaves below `folder`."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "flows").mkdir(exist_ok=True)
    figures = []
    for number, flow in enumerate(flows, 1):
        image, name = f"figures/fig-{number}.png", f"flows/fig-{number}.json"
        Image.new("RGB", (160, 24), (255, 255, 255 - number)).save(folder / image)
        (folder / name).write_text(json.dumps(flow))
        figures.append(
            {
                "number": str(number),
                "page": number,
                "bbox": [50, 60, 210, 84],
                "caption": f"Figure {number}: the network {flow.get('name', '')}.",
                "image": image,
                "is_flow": True,
                "flow_probability": 0.97,
                "kind": "box2d",
                "kind_probabilities": {
                    "box2d": 0.9,
                    "neurons": 0.025,
                    "stacked2d": 0.025,
                    "box3d": 0.025,
                    "pipeline": 0.025,
                },
                "flow": name,
            }
        )
    return {
        "title": "Gradient-based learning",
        "authors": ["Ada Lovelace", "Grace Hopper"],
        "abstract": "We learn.",
        "warnings": [],
        "figures": figures,
        "tables": [],
        "hyperparameters": [
            {"name": "batch_size", "value": 128, "page": 3, "sentence": "The batch size was 128."},
        ],
        **head,
    }


def read(paper: Any, folder: Path, flows: Sequence[dict[str, Any]] = (LENET,), **head: Any) -> Any:
    """Store a result for a waiting paper, as a worker would."""
    from extraction.services import claim_paper
    from extraction.storing import store_result

    claimed = claim_paper(paper_id=paper.pk)
    assert claimed is not None
    store_result(paper=claimed, result=read_result(folder, flows, **head), folder=folder)
    paper.refresh_from_db()
    return paper


def make_task(folder: Path, *, text: str = "a paper", flow: dict[str, Any] = LENET) -> Any:
    """An open task to correct a flow. (A signal on commit creates it on the site; in a test nothing commits.)"""
    from annotations.services.task_creation import create_tasks

    paper = read(make_paper(text), folder / uuid.uuid4().hex, [flow])
    create_tasks(paper=paper)
    return paper.tasks.get()


def answer(task: Any, user: Any, flow: dict[str, Any] = LENET, **kwargs: Any) -> Any:
    from annotations.services.submissions import submit

    return submit(task=task, user=user, key=kwargs.pop("key", None) or uuid.uuid4(), flow=flow, **kwargs)
