"""Keras: `.keras` files and config JSON, of Keras 3 and of Keras 2. Nothing in them is ever run."""

from extraction.importing.keras.files import read_archive, read_config

__all__ = ["read_archive", "read_config"]
