"""Models of Keras, Caffe and ONNX become flows: by parsing alone, without any framework.

`open_safely` reads a file from outside in the limited child process. A flow says less than some files do; what is
lost, changed or kept as `Unknown` stands in the notes of `Imported`.
"""

from extraction.importing.reading import open_safely, read_file
from extraction.importing.result import Imported, ModelError, Note

__all__ = ["Imported", "ModelError", "Note", "open_safely", "read_file"]
