"""Image files, decoded: hostile until proven otherwise, so call this in the sandbox."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from extraction.classify.features import Image

if TYPE_CHECKING:
    import PIL.Image

MAX_PIXELS = 100_000_000
#: Of a drawn graph, which is mostly empty: `plot_model` makes pictures of 32,767 pixels and as wide as it takes.
MAX_DRAWN_PIXELS = 600_000_000
#: Pixels that are brought to RGB in one go.
AT_ONCE = 1 << 23
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


class ImageError(Exception):
    """A file that can't be read as an image. The message says why."""


def load_image(path: Path, most: int = MAX_PIXELS) -> Image:
    """Height x width x 3, RGB; what is transparent becomes white.

    Args:
        most: pixels that it may have. Decoding takes 7 bytes for each.

    Raises:
        ImageError: if the file is missing, empty, broken, too large or no image.
    """
    import PIL.Image

    limit = PIL.Image.MAX_IMAGE_PIXELS
    try:
        if path.stat().st_size == 0:
            raise ImageError("the file is empty")
        PIL.Image.MAX_IMAGE_PIXELS = None  # ours is told with the size
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with PIL.Image.open(path, formats=FORMATS) as file:
                width, height = file.size
                if width * height > most:
                    raise too_large(width, height, most)
                return _decoded(file)
    except FileNotFoundError:
        raise ImageError("there is no such file") from None
    except IsADirectoryError:
        raise ImageError("is a folder, not an image") from None
    except PIL.UnidentifiedImageError:
        raise ImageError(f"is not an image of a known format ({', '.join(FORMATS)})") from None
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as error:
        raise ImageError(f"is broken: {error}") from None
    finally:
        PIL.Image.MAX_IMAGE_PIXELS = limit


def too_large(width: int, height: int, most: int = MAX_PIXELS) -> ImageError:
    return ImageError(f"has {width}x{height} pixels; at most {most:,} are read")


def _decoded(file: PIL.Image.Image) -> Image:
    """In strips, as several copies of a large picture would need more memory than there is."""
    import PIL.Image

    width, height = file.size
    clear = file.has_transparency_data
    rows = max(1, AT_ONCE // width)
    if rows >= height and file.mode == "RGB" and not clear:
        return np.array(file)
    result = np.empty((height, width, 3), np.uint8)
    for y in range(0, height, rows):
        strip = file.crop((0, y, width, min(height, y + rows)))
        if clear:
            strip = PIL.Image.alpha_composite(PIL.Image.new("RGBA", strip.size, "white"), strip.convert("RGBA"))
        result[y : y + rows] = np.asarray(strip.convert("RGB"))
    return result
