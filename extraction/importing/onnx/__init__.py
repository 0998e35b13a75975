"""ONNX: graphs of operations become layers. The weights are read for their sizes, and for the few that say sizes."""

from extraction.importing.onnx.reading import read

__all__ = ["read"]
