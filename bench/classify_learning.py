"""Learning from people's labels: `python -m bench.classify_learning [curve] [poison] [--seeds N] [--png FILE]`.

- *curve*: starts from 100 labelled figures of the base, asks for 40 more at a time, by doubt and newness or at random,
  and measures the six answers on the frozen test set each time. Prints the share of labels that asking needs for what
  random asking reaches (budget: 0.70), and draws both curves. Both ways end with the same figures, all there are: the
  ratio to the budget is of what random asking reaches with at most 60% of them.
- *poison*: a head learns from `--start` figures of the base (450); then others come as people's labels (`--labels`,
  50), once right and once a fifth of them wrong. Prints what happens to the batch, and what it would cost if it were
  promoted (budget for wrong ones: 0.5 points).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw

from extraction.classify import asking, comparing, metrics, sets
from extraction.classify.prior import fitting
from extraction.classify.retraining import retrain
from extraction.classify.sets import FigureSet
from extraction.classify.training import train
from extraction.flow.model import KINDS

START, BATCH = 100, 40
WRONG = 0.2
BUDGET = 0.7
ROOM = 0.6
ANSWERS = np.array(("none", *KINDS))


def curve(base: FigureSet, frozen: FigureSet, seed: int, *, asked: bool) -> list[float]:
    """Accuracy of the six answers after 100, 140, … labels."""
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(base))
    known, rest = list(shuffled[:START]), list(shuffled[START:])
    found = []
    while True:
        chosen = np.array(known)
        prior = fitting(base.plain.shape[1])
        # As on the site: what was asked about because it was in doubt calibrates nothing.
        drawn = np.arange(len(chosen)) < START if asked else None
        taught = base.figures.where(chosen), base.plain[chosen], base.mirrored[chosen]
        head = train(*taught, prior=prior, drawn=drawn).head
        found.append(metrics.accuracy(frozen.figures.kinds, comparing.said(*head.probabilities(frozen.plain))))
        if not rest:
            return found
        left = np.array(rest)
        places = np.arange(min(BATCH, len(rest)))
        if asked:
            doubts = comparing.answers(*head.probabilities(base.plain[left]))
            places = asking.order(base.plain[left], doubts, base.plain[chosen], BATCH)
        known += [rest[i] for i in places]
        taken = set(places.tolist())
        rest = [row for i, row in enumerate(rest) if i not in taken]


def share_needed(random: np.ndarray, asked: np.ndarray, labels: np.ndarray) -> list[tuple[int, float, float]]:
    """For what random asking reaches with so many labels: that accuracy, and the share of them that asking needs."""
    # What is reached counts, not a dip behind it.
    best = np.maximum.accumulate(asked)
    found = []
    for place in range(3, len(labels) - 1):
        goal = float(np.maximum.accumulate(random)[place])
        at = int(np.argmax(best >= goal - 1e-9)) if (best >= goal - 1e-9).any() else len(labels) - 1
        before = max(at - 1, 0)
        rise = best[at] - best[before]
        part = (goal - best[before]) / rise if rise > 0 else 0.0
        needed = labels[before] + max(0.0, part) * (labels[at] - labels[before])
        found.append((int(labels[place]), goal, float(needed / labels[place])))
    return found


def draw(curves: dict[str, np.ndarray], labels: np.ndarray, path: Path) -> None:
    image = PIL.Image.new("RGB", (720, 440), "white")
    pen = PIL.ImageDraw.Draw(image)
    low = min(float(values.min()) for values in curves.values()) - 0.01
    high = max(float(values.max()) for values in curves.values()) + 0.01

    def at(label: float, value: float) -> tuple[float, float]:
        return 70 + 610 * (label - labels[0]) / (labels[-1] - labels[0]), 390 - 340 * (value - low) / (high - low)

    for label in labels[::2]:
        pen.text(at(label, low), f"\n{label}", "black", anchor="ma")
    for value in np.linspace(low, high, 6):
        pen.line([at(labels[0], value), at(labels[-1], value)], "#dddddd")
        pen.text((64, at(labels[0], value)[1]), f"{value:.3f}", "black", anchor="rm")
    for (name, values), colour in zip(curves.items(), ("#b23a2e", "#2c5ca0"), strict=True):
        for one in values:
            pen.line([at(*point) for point in zip(labels, one, strict=True)], colour, 1)
        pen.line([at(*point) for point in zip(labels, values.mean(axis=0), strict=True)], colour, 4)
        pen.text((500, 330 if name == "asked" else 350), f"{name}, mean of {len(values)}", colour)
    pen.text((300, 420), "labels, and accuracy of the six answers on the test set", "black")
    image.save(path)


def poison(base: FigureSet, frozen: FigureSet, seed: int, start: int, count: int) -> dict[str, tuple[bool, float]]:
    """For right and wrong labels: whether they were promoted, and the most points that a measure lost."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(base))
    rest, labels = (base.where(np.sort(rows)) for rows in (order[:start], order[start : start + count]))
    present = train(rest.figures, rest.plain, rest.mirrored, prior=fitting(base.plain.shape[1])).head
    kinds = labels.figures.kinds.copy()
    for row in random.permutation(count)[: int(count * WRONG)]:
        kinds[row] = random.choice(ANSWERS[kinds[row] != ANSWERS])
    wrong = replace(labels, figures=replace(labels.figures, kinds=kinds))
    people = [(f"person {row % 10}",) for row in range(len(labels))]
    found = {}
    for name, batch in (("a fifth wrong", wrong), ("all right", labels)):
        outcome = retrain(rest, batch, people=people, new=np.ones(len(batch), bool), present=present, frozen=frozen)
        before, after = outcome.comparison.before, outcome.comparison.after
        lost = {key: round(100 * (before[key] - after[key]), 2) for key in ("balanced_accuracy", "f1", "accuracy")}
        state = "not promoted" if outcome.reasons else "promoted"
        share = f"{outcome.finding.contradicted} of {len(batch)} contradicted, {outcome.finding.accepted:.0%} accepted"
        print(f"poison, seed {seed}, {name}: {state}; {share}; points lost: {lost}", flush=True)
        found[name] = not outcome.reasons, max(lost.values())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=("curve", "poison"), default=("curve", "poison"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--start", type=int, default=450, help="figures that the first head learned from (poison)")
    parser.add_argument("--labels", type=int, default=50, help="of a batch (poison)")
    parser.add_argument("--png", type=Path, help="draw the curves here")
    options = parser.parse_args()
    base, frozen = sets.load(sets.BASE), sets.load(sets.FROZEN)
    if "curve" in options.what:
        curves = {
            name: np.array([curve(base, frozen, seed, asked=name == "asked") for seed in range(options.seeds)])
            for name in ("random", "asked")
        }
        count = curves["random"].shape[1]
        labels = np.minimum(START + BATCH * np.arange(count), len(base))
        for name, values in curves.items():
            print(f"{name}: " + " ".join(f"{n}:{v:.3f}" for n, v in zip(labels, values.mean(axis=0), strict=True)))
        means = {name: values.mean(axis=0) for name, values in curves.items()}
        shares = share_needed(means["random"], means["asked"], labels)
        for label, goal, share in shares:
            print(f"  {goal:.3f}, at random with {label} labels: asking needs {share:.2f} of them")
        whole = float(np.mean([share for _, _, share in shares]))
        mean = float(np.mean([share for label, _, share in shares if label <= ROOM * len(base)]))
        print(f"share of labels needed, mean {mean:.2f} up to {ROOM:.0%} of all figures, {whole:.2f} up to the end")
        print(f"ratio to the budget of {BUDGET:g}: {mean / BUDGET:.2f}")
        if options.png:
            draw(curves, labels, options.png)
    if "poison" in options.what:
        found = [poison(base, frozen, seed, options.start, options.labels) for seed in range(options.seeds)]
        for name in found[0]:
            lost = [points for promoted, points in (one[name] for one in found) if promoted]
            print(f"{name}: {len(lost)} of {len(found)} promoted, most points lost {max(lost, default=0.0):g}")


if __name__ == "__main__":
    main()
