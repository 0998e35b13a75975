"""Words of a flow come from strangers: none of them ever becomes code."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.codegen import FRAMEWORKS, Refusal, generate
from extraction.flow.model import Flow
from extraction.importing.prototxt import Message, parse
from tests.codegen.samples import lenet

NASTY = [
    '"); import os; os.system("x") #', "'); __import__('os') #", '"""\nimport os\n"""', "\\", '\\"', '\\"""', "'''",
    "*/ int main() {", "\nimport os\n", "\r\nimport os", "\u2028import os", "\u202eimport os", "\x00", "\x0cimport os",
    '} layer { name: "evil" type: "Python" python_param { module: "os" } }', '"\n} layer { type: "Python" }',
    "# -*- coding: utf-7 -*-", "{name}", "%s", "${x}", "卷积", "é" * 300, "🙂", "__import__", "", " ", "\t", "class",
    "0", "-1", "a.b.c", "../../etc",
]  # fmt: skip
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
IMPORTS = {"keras": {"keras", "numpy"}, "pytorch": {"torch", "torch.nn.functional"}}
#: What the written code calls by a plain name, or by the first name of a dotted one.
ROOTS = {
    *("keras", "layers", "np", "float", "train", "build", "made_up_examples", "model", "rng", "tuple", "len"),
    *("torch", "nn", "F", "super", "range", "sum", "zip", "type", "print", "any", "log", "values", "loss", "targets"),
    *("isinstance", "optimizer", "schedule", "f", "self", "parameter", "outputs"),
}


def hostile(text: list[str]) -> Flow:
    """LeNet-5 with strangers' words in every place that holds words."""
    data: dict[str, Any] = lenet().to_dict()
    supply = iter(text)
    data["name"] = next(supply)
    for layer in data["layers"]:
        layer["label"], layer["name"] = next(supply), next(supply)
    data["training"] = {
        "optimizer": {"value": next(supply), "provenance": "text", "page": 3},
        "loss": {"value": next(supply)},
        "learning_rate_schedule": {"value": next(supply)},
        "dataset": {"value": next(supply), "provenance": next(supply)},
        next(supply) or "x": {"value": next(supply)},
        "batch_size": {"value": next(supply)},
    }
    data["sources"] = [{"paper": "x", "page": next(supply), "figure": next(supply)}]
    return Flow.from_dict(data)


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@settings(max_examples=60, deadline=None)
@given(text=st.lists(words, min_size=24, max_size=24), citation=words)
def test_strangers_words_never_become_python(framework: str, text: list[str], citation: str) -> None:
    code = generate(hostile(text), framework, citation=citation)
    tree = ast.parse(code.source.encode())
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= IMPORTS[framework]
    entries = {model.entry for model in code.models} | {"build_network"}
    own = {place.name for place in code.places.values()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            root: ast.expr = node.func
            while isinstance(root, ast.Attribute | ast.Call | ast.Subscript | ast.BinOp):
                root = (
                    root.value if isinstance(root, ast.Attribute | ast.Subscript)
                    else root.func if isinstance(root, ast.Call) else root.left
                )  # fmt: skip
            assert isinstance(root, ast.Name), ast.dump(node)
            assert root.id in ROOTS | entries | own, root.id
    # Statements of the module: the docstring, imports, functions, classes, constants and the guarded run.
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.If)
    assert all(isinstance(node, allowed) for node in tree.body)
    assert sum(isinstance(node, ast.Expr) for node in tree.body) == 1
    assert all(line.isprintable() for line in code.source.splitlines())


@settings(max_examples=60, deadline=None)
@given(text=st.lists(words, min_size=24, max_size=24), citation=words)
def test_strangers_words_never_become_caffe_layers(text: list[str], citation: str) -> None:
    net = parse(generate(hostile(text), "caffe", citation=citation).source)
    plain = parse(generate(lenet(), "caffe").source)
    assert _skeleton(net) == _skeleton(plain)


def _skeleton(message: Message) -> list[Any]:
    """The message without the names in it."""
    return [
        (name, _skeleton(value) if isinstance(value, Message) else None if name in ("name", "bottom", "top") else value)
        for name, value in message.fields
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("nasty", NASTY)
def test_each_nasty_word_alone(framework: str, nasty: str) -> None:
    code = generate(hostile([nasty] * 24), framework, citation=nasty)
    if framework == "caffe":
        parse(code.source)
    else:
        compile(code.source.encode(), "generated", "exec")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_values_that_are_no_numbers_never_reach_the_code(framework: str) -> None:
    data = lenet().to_dict()
    data["layers"][1]["params"]["filters"] = "__import__('os').system('x')"
    data["layers"][1]["params"]["activation"] = "relu'); import os"
    with pytest.raises(Refusal, match=r"filters|activation"):
        generate(Flow.from_dict(data), framework)
