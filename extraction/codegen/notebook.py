"""A Jupyter notebook (nbformat 4.5) from a file of Python: what it is, the model, how it is trained, a run."""

from __future__ import annotations

import ast
import json
import textwrap

from extraction.codegen.code import Code

_MAIN = '\nif __name__ == "__main__":\n'
_TRAINING = "\nBATCH_SIZE = "


def notebook(code: Code) -> str:
    """The notebook's JSON. Run from top to bottom it does what the file does when it is run.

    Raises:
        ValueError: the code is not Python.
    """
    if code.framework not in ("keras", "pytorch"):
        raise ValueError(f"{code.framework} code is no Python, and so makes no notebook")
    tree = ast.parse(code.source)
    docstring, head = ast.get_docstring(tree) or "", tree.body[0].end_lineno or 0
    body, _, main = code.source.partition(_MAIN)
    body = "".join(body.splitlines(keepends=True)[head:])
    model, _, training = body.partition(_TRAINING)
    cells = [
        _cell(0, "markdown", docstring),
        _cell(1, "code", model),
        _cell(2, "code", f"{_TRAINING.strip()} {training}"),
        _cell(3, "code", textwrap.dedent(main)),
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    data = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, object]:
    lines = text.strip("\n").splitlines(keepends=True)
    cell: dict[str, object] = {"id": f"cell-{number}", "cell_type": kind, "metadata": {}, "source": lines}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
