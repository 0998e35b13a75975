"""Image files of strangers: one bad file never costs the others their verdict."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from django.core.management import CommandError, call_command

from extraction.classify import Verdict
from extraction.classify.files import classify_files
from extraction.classify.images import ImageError, load_image


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = np.full((120, 200, 3), 255, np.uint8)
    image[30:60, 40:160] = 0
    path = tmp_path / "good picture.png"
    PIL.Image.fromarray(image).save(path)
    return path


def _broken(tmp_path: Path, picture: Path) -> dict[str, Path]:
    files = {
        "empty": b"",
        "text": b"I am no image",
        "truncated": picture.read_bytes()[:-60],
        "header": picture.read_bytes()[:20],
        "pdf": b"%PDF-1.7\n",
    }
    paths = {}
    for name, content in files.items():
        paths[name] = tmp_path / f"{name}.png"
        paths[name].write_bytes(content)
    return paths | {"missing": tmp_path / "missing.png", "folder": tmp_path}


def test_each_broken_file_gets_a_message_and_the_others_a_verdict(tmp_path: Path, picture: Path) -> None:
    answers: list[tuple[Path, Verdict | ImageError]] = []
    broken = list(_broken(tmp_path, picture).values())
    paths = [picture, *broken, picture]
    classify_files(paths, lambda path, answer: answers.append((path, answer)))
    assert [path for path, _ in answers] == paths
    assert [isinstance(answer, Verdict) for _, answer in answers] == [True, *[False] * len(broken), True]
    assert answers[0][1] == answers[-1][1]
    assert all(str(answer) for _, answer in answers[1:-1])


def _png_that_says(width: int, height: int) -> bytes:
    """One bit a pixel, all of them black, as a bomb would be made: its pixels are only begun."""
    content = b"\x89PNG\r\n\x1a\n"
    rows = zlib.compress(bytes(1 + width // 8) * 100)
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    ):
        content += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return content


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path, picture: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png_that_says(40_000, 40_000))
    answers: list[Verdict | ImageError] = []
    classify_files([path, picture], lambda _, answer: answers.append(answer))
    assert "pixels" in str(answers[0])
    assert isinstance(answers[1], Verdict)


def test_more_pixels_are_read_where_they_are_asked_for_and_sizes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tall.png"
    PIL.Image.new("L", (300, 200), 7).save(path)
    assert load_image(path, 60_000).shape == (200, 300, 3)
    with pytest.raises(ImageError, match="has 300x200 pixels; at most 50,000 are read"):
        load_image(path, 50_000)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    PIL.Image.new("RGBA", (9, 7), (0, 0, 0, 0)).save(path)
    image = load_image(path)
    assert image.shape == (7, 9, 3)
    assert (image == 255).all()


def test_the_command_prints_a_line_for_each_image(picture: Path) -> None:
    out = io.StringIO()
    call_command("classify_figures", str(picture), str(picture), stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 2
    assert set(lines[0]) == {"image", "is_flow", "flow_probability", "kind", "kind_probabilities"}
    assert lines[0]["image"] == str(picture)


def test_the_command_names_what_it_could_not_read_and_fails(tmp_path: Path, picture: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    bad = _broken(tmp_path, picture)["text"]
    with pytest.raises(CommandError, match="1 of 2 images"):
        call_command("classify_figures", str(bad), str(picture), stdout=out, stderr=err)
    assert str(bad) in err.getvalue()
    assert "not an image" in err.getvalue()
    assert [json.loads(line)["image"] for line in out.getvalue().splitlines()] == [str(picture)]
