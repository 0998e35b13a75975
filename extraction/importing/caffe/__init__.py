"""Caffe's prototxt: V1 and V2 layers, phases, in-place layers, `deploy` and `train_val` nets."""

from extraction.importing.caffe.reading import read

__all__ = ["read"]
