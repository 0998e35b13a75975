"""Curves of what was measured, as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annotations.management.consensus_curves import COPIERS, MOST

if TYPE_CHECKING:
    from annotations.management.consensus_evaluation import Measured

_INKS = {"consensus": "#1f5fbf", "oracle": "#2b8a4b", "majority": "#b5541c", "without anchoring": "#8a3f9e"}
_GREY = "#777777"
#: Mean answers and points of a calibration curve that fewer elements stand behind are not drawn.
_LEAST = 20


def draw(
    folder: Path, measured: Mapping[str, Sequence[Measured]], anchoring: Mapping[str, Sequence[float]]
) -> list[Path]:
    """Returns the files made.

    Raises:
        ImportError: where matplotlib isn't installed.
    """
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made = [_answers(folder, name, crowds) for name, crowds in measured.items()]
    if anchoring:
        made.append(_anchoring(folder, anchoring))
    made.append(
        _calibration(folder, [told for crowds in measured.values() for one in crowds for told in one.calibration])
    )
    return made


def _answers(folder: Path, name: str, crowds: Sequence[Measured]) -> Path:
    figure, (left, right) = _figure(2)
    counts = np.arange(1, MOST + 1)
    for method in crowds[0].curves:
        rows = [crowd.curves[method] for crowd in crowds]
        wrong = np.mean([[1 - one.elements for one in row] for row in rows], axis=0)
        exact = np.mean([[one.exact for one in row] for row in rows], axis=0)
        left.plot(
            counts, np.maximum(wrong, 1e-4), marker="o", ms=4, color=_INKS[method], label=f"{method}, always so many"
        )
        right.plot(counts, exact, marker="o", ms=4, color=_INKS[method], label=method)
    for method, stages in (("consensus", "product"), ("oracle", "oracle")):
        mean = np.mean([stage.answers for crowd in crowds for stage in getattr(crowd, stages)])
        exact = np.mean([stage.exact for crowd in crowds for stage in getattr(crowd, stages)])
        right.plot(mean, exact, marker="*", ms=14, color=_INKS[method], ls="", label=f"{method}, as many as it takes")
    single = np.mean([crowd.figures["single"].exact for crowd in crowds])
    right.axhline(single, color=_GREY, ls=":", label="the best contributor alone")
    left.axhline(np.mean([1 - crowd.figures["single"].elements for crowd in crowds]), color=_GREY, ls=":")
    left.set(yscale="log", xlabel="answers a task", ylabel="elements wrong")
    right.set(xlabel="answers a task", ylabel="flows without a mistake", ylim=(0, 1.02))
    left.legend(frameon=False)
    right.legend(frameon=False, loc="lower right")
    figure.suptitle(f"20 elements, mean error {name}%, 15% spammers, 20% who leave the reading as it is")
    return _save(figure, folder / f"answers_{name}.png")


def _anchoring(folder: Path, curves: Mapping[str, Sequence[float]]) -> Path:
    figure, (axes,) = _figure(1)
    for method, wrong in curves.items():
        axes.plot(100 * np.array(COPIERS), 100 * np.array(wrong), marker="o", color=_INKS[method], label=method)
    axes.set(xlabel="contributors who leave the reading as it is, %", ylabel="elements wrong after 5 answers, %")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return _save(figure, folder / "anchoring.png")


def _calibration(folder: Path, told: Sequence[tuple[float, bool]]) -> Path:
    figure, (axes,) = _figure(1)
    chance, right = np.array([one for one, _ in told]), np.array([float(true) for _, true in told])
    at = np.minimum((chance * 20).astype(int), 19)
    points = [(chance[at == i].mean(), right[at == i].mean()) for i in range(20) if (at == i).sum() >= _LEAST]
    axes.plot([0, 1], [0, 1], color=_GREY, ls=":")
    axes.plot(*zip(*points, strict=True), marker="o", color=_INKS["consensus"])
    axes.set(xlabel="chance told", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_title(f"{len(told)} elements, at every stage")
    return _save(figure, folder / "calibration.png")


def _figure(columns: int) -> tuple[Any, Any]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, columns, figsize=(5.5 * columns, 4.2), squeeze=False, layout="constrained")
    for one in axes[0]:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25)
    return figure, axes[0]


def _save(figure: Any, path: Path) -> Path:
    from matplotlib import pyplot

    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
