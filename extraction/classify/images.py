"""Image files, decoded: hostile until proven otherwise, so call this in the sandbox."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from extraction.classify.features import Image

MAX_PIXELS = 100_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


class ImageError(Exception):
    """A file that can't be read as an image. The message says why."""


def load_image(path: Path) -> Image:
    """Height x width x 3, RGB; what is transparent becomes white.

    Raises:
        ImageError: if the file is missing, empty, broken, too large or no image.
    """
    import PIL.Image

    try:
        if path.stat().st_size == 0:
            raise ImageError("the file is empty")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with PIL.Image.open(path, formats=FORMATS) as file:
                width, height = file.size
                if width * height > MAX_PIXELS:
                    raise ImageError(f"has {width}x{height} pixels; at most {MAX_PIXELS:,} are read")
                picture: PIL.Image.Image = file
                if picture.has_transparency_data:
                    white = PIL.Image.new("RGBA", picture.size, "white")
                    picture = PIL.Image.alpha_composite(white, picture.convert("RGBA"))
                return np.array(picture.convert("RGB"))
    except FileNotFoundError:
        raise ImageError("there is no such file") from None
    except IsADirectoryError:
        raise ImageError("is a folder, not an image") from None
    except PIL.UnidentifiedImageError:
        raise ImageError(f"is not an image of a known format ({', '.join(FORMATS)})") from None
    except PIL.Image.DecompressionBombError:
        raise ImageError(f"has too many pixels; at most {MAX_PIXELS:,} are read") from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as error:
        raise ImageError(f"is broken: {error}") from None
