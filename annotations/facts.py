"""What is told of a question from what is printed and read: its field, how hard it is, how unsure the machine is.

Pure functions; nothing here asks the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

OTHER = "other"

#: Field -> beginnings of words that speak for it, each with its weight. A word of the title counts three times.
#: The names are those of `Task.Field`.
WORDS: Mapping[str, Mapping[str, float]] = {
    "vision": {
        "image": 1, "imagenet": 2, "visual": 1, "vision": 2, "object detect": 2, "segment": 1, "scene": 1, "pixel": 1,
        "video": 2, "convolutional": 0.5, "face": 1, "facial": 1, "pedestrian": 2, "stereo": 1, "optical flow": 2,
        "photo": 1, "camera": 1, "pose": 1, "cifar": 1, "coco": 1, "mnist": 1, "digit": 1, "saliency": 1, "depth": 0.5,
    },
    "language": {
        "language": 1.5, "text": 1, "sentence": 2, "word": 1.5, "document": 1, "translat": 2, "question answer": 2,
        "dialog": 2, "sentiment": 2, "parsing": 1.5, "token": 1, "summar": 1, "reading comprehension": 2, "bert": 1,
        "semantic role": 2, "named entity": 2, "caption": 0.5, "linguistic": 2, "corpus": 1,
    },
    "audio": {
        "speech": 2, "audio": 2, "acoustic": 2, "speaker": 2, "music": 2, "sound": 2, "phone": 1.5, "voice": 2,
        "spectrogram": 2, "waveform": 2,
    },
    "generation": {
        "generative": 2, "generat": 0.5, "gan": 2, "gans": 2, "adversarial net": 2, "autoencoder": 1, "variational": 1,
        "diffusion": 2, "synthes": 1, "style transfer": 2, "super-resolution": 1.5, "image-to-image": 1,
    },
    "control": {
        "reinforcement": 2, "robot": 2, "policy": 1, "policies": 1, "atari": 2, "game": 1.5, "agent": 1, "control": 1,
        "reward": 2, "driving": 1.5, "planning": 1, "manipulation": 1, "locomotion": 2,
    },
    "science": {
        "medical": 2, "clinical": 2, "patient": 2, "tumor": 2, "tumour": 2, "cancer": 2, "disease": 2, "mri": 2,
        "ct scan": 2, "x-ray": 2, "radiolog": 2, "biomedical": 3, "cell": 1, "lesion": 2, "retinal": 2, "protein": 2,
        "gene": 1, "genom": 2, "molecul": 2, "chemi": 1.5, "physics": 1.5, "materials": 1, "climate": 2, "weather": 2,
        "eeg": 2, "ecg": 2, "health": 1, "microscop": 2, "precipitation": 2, "satellite": 1, "astronom": 2,
    },
}  # fmt: skip

TITLE_WEIGHT = 3
SPECIAL, SPECIAL_TIMES = ("generation", "science", "control"), 1.4
#: Below this nothing speaks clearly for a field.
LEAST = 2.0
#: Short words stand for themselves; of longer ones the beginning is enough ("segment" is in "segmentation").
WHOLE = 4


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(r"\b" + re.escape(word) + (r"\b" if len(word) <= WHOLE else ""))


_PATTERNS = {field: [(_pattern(word), weight) for word, weight in words.items()] for field, words in WORDS.items()}


def field_of(title: str, abstract: str) -> str:
    """What a paper is about, by the words of its title and abstract; `other` where nothing speaks for a field.

    What a special field shares with a general one is the special one's: a paper about generating images is about
    generating, one about images of tumours about medicine.
    """
    scores: dict[str, float] = dict.fromkeys(WORDS, 0.0)
    for text, times in ((title, TITLE_WEIGHT), (abstract, 1)):
        folded = " ".join(text.casefold().split())
        for field, patterns in _PATTERNS.items():
            # A word said often is no stronger a sign than one said three times.
            scores[field] += times * sum(weight * min(len(pattern.findall(folded)), 3) for pattern, weight in patterns)
    for special in SPECIAL:
        scores[special] *= SPECIAL_TIMES
    field, score = max(scores.items(), key=lambda pair: (pair[1], pair[0]))
    return field if score >= LEAST else OTHER


#: From so many layers on a flow takes longer, and from so many it takes patience.
MANY, VERY_MANY = 16, 40
#: Below this confidence an element is in doubt (the line of the strip).
SURE = 0.8
#: With a larger share of its elements in doubt a reading is hard to check.
DOUBTFUL_SHARE = 0.25
#: Kinds in which one drawing means many things.
INVOLVED_KINDS = frozenset({"pipeline"})
HARDEST = 3


def difficulty_of(flow: Mapping[str, Any], *, kind: str = "") -> int:
    """How hard a reading is to correct, from 1 (for newcomers) to 3: by its size, its doubts, its kind of drawing.

    `flow` is a flow in its JSON form. One without layers starts from an empty sheet: all is to be drawn.
    """
    layers = flow.get("layers") or []
    points = (len(layers) >= MANY) + (len(layers) >= VERY_MANY)
    points += (kind or flow.get("kind") or "") in INVOLVED_KINDS
    told: list[float] = [part["confidence"] for part in _parts(flow) if part.get("confidence") is not None]
    doubtful = sum(confidence < SURE for confidence in told)
    points += not layers or (bool(told) and doubtful / len(told) > DOUBTFUL_SHARE)
    return min(1 + int(points), HARDEST)


def _parts(flow: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    yield from flow.get("layers") or []
    yield from flow.get("connections") or []


def unsure_of_reading(confidence: float | None) -> float:
    """How unsure a reading alone leaves one, 0 to 1."""
    return 1.0 if confidence is None else min(max(1 - confidence, 0.0), 1.0)


def unsure_of_kind(flow_probability: float, kind: str, kind_probabilities: Mapping[str, float]) -> float:
    """How unsure the classifier leaves one about a figure, 0 to 1: that it is a network, and of which kind."""
    likeliest = max(1 - flow_probability, flow_probability * kind_probabilities.get(kind, 1.0))
    return min(max(1 - likeliest, 0.0), 1.0)
