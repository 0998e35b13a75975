"""Features of figures' pictures, computed once and kept in the site's storage under the hash of the picture."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from extraction.classify.features import BACKBONE
from extraction.classify.head import Array
from extraction.models import Figure, figure_path
from extraction.storage import store_once


def _name(picture: str) -> str:
    return f"features/{BACKBONE}/{picture[:2]}/{picture}.npy"


def features_of(pictures: Iterable[str]) -> dict[str, Array]:
    """Features by the SHA-256 of the picture: two rows, of the picture and of its mirror image.

    Left out are pictures that are gone, or whose content is not what their name says.
    """
    found = {}
    for picture in pictures:
        rows = _stored(picture)
        if rows is None and (rows := _computed(picture)) is not None:
            buffer = io.BytesIO()
            np.save(buffer, rows.astype(np.float16))
            store_once(default_storage, _name(picture), ContentFile(buffer.getvalue()), buffer.tell())
        if rows is not None:
            found[picture] = rows.astype(np.float16).astype(np.float32)
    return found


def _stored(picture: str) -> Array | None:
    try:
        with default_storage.open(_name(picture), "rb") as file:
            rows = np.load(io.BytesIO(file.read()), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return np.asarray(rows, np.float32) if rows.ndim == 2 and len(rows) == 2 else None


def _computed(picture: str) -> Array | None:
    from extraction.classify.images import ImageError
    from extraction.classify.training import compute_features

    stored = _picture_file(picture)
    if stored is None:
        return None
    with default_storage.open(stored, "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != picture:
        return None
    with tempfile.NamedTemporaryFile(suffix=Path(stored).suffix) as draft:
        draft.write(content)
        draft.flush()
        path = Path(draft.name)
        try:
            return np.concatenate([compute_features([path]), compute_features([path], mirrored=True)])
        except ImageError:
            return None


def _picture_file(picture: str) -> str | None:
    name = figure_path(Figure(), f"{picture}.png")
    if default_storage.exists(name):
        return name
    other = Figure.pictures.filter(image__contains=picture).values_list("image", flat=True).first()
    return other if other and default_storage.exists(other) else None
