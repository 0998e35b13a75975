"""What an engineer finds in the files: the same bytes each time, formatted, with the source of every value."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from extraction.codegen import FRAMEWORKS, Code, Refusal, generate
from extraction.flow.catalogue import CATALOGUE
from extraction.flow.model import Flow
from tests.codegen.samples import chain, flow, lenet, of_types, samples

CITATION = "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. 1998"


def lines_of(code: Code, layer: str) -> str:
    first, last = code.lines[layer]
    return "\n".join(code.source.splitlines()[first - 1 : last])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_same_flow_gives_the_same_bytes(framework: str) -> None:
    codes = [generate(lenet(), framework, citation=CITATION) for _ in range(2)]
    assert codes[0].source == codes[1].source
    other = subprocess.run(  # another process has another seed for its hashes
        [sys.executable, "-c", _PRINT.format(framework=framework, citation=CITATION)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert other.stdout == codes[0].source


_PRINT = """
import sys
from extraction.codegen import generate
from tests.codegen.samples import lenet
sys.stdout.write(generate(lenet(), {framework!r}, citation={citation!r}).source)
"""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_head_names_network_citation_and_place(framework: str) -> None:
    drawn = lenet(sources=[{"paper": "ab", "page": 7, "figure": "2"}])
    head = generate(drawn, framework, citation=CITATION).source[:600]
    assert "LeNet-5 in" in head
    assert "Gradient-based learning" in head
    assert "Figure 2, page 7." in head


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_value_says_where_it_comes_from(framework: str) -> None:
    code = generate(lenet(), framework)
    lines = lines_of(code, "c1")
    assert "C1: 6@28x28" in lines
    assert "figure" in lines
    assert "text" in lines
    assert "person" in lines
    assert "figure" in lines_of(code, "fc")


def test_what_the_flow_does_not_say_is_marked_as_assumed() -> None:
    code = generate(chain({"id": "c", "type": "Conv2D"}, {"id": "d", "type": "Dense"}), "keras")
    assert "assumed" in lines_of(code, "c")
    assert {(a.layer, a.parameter) for a in code.assumptions} >= {
        ("c", "filters"),
        ("c", "kernel_size"),
        ("d", "units"),
    }


def test_a_long_line_has_its_origin_above() -> None:
    params = {"units": 1, "activation": "linear", "recurrent_activation": "linear", "use_bias": False}
    drawn = chain({"id": "in", "type": "Input", "output_shape": [1]}, {"id": "l0", "type": "GRUCell", "params": params})
    named = drawn.with_layers([drawn.layers[0], replace(drawn.layers[1], provenance={"units": "assumed"})])
    lines = generate(named, "keras").source.splitlines()
    assert max(map(len, lines)) <= 100
    assert "        # assumed" in lines


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_every_sample_is_formatted_python_without_complaints(framework: str, tmp_path: Path) -> None:
    for index, sample in enumerate(samples()):
        try:
            source = generate(of_types([sample]).flow, framework, citation=CITATION).source
        except Refusal:
            continue
        (tmp_path / f"sample_{index}.py").write_text(source)
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length", "100", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select", "E,F,W,I,C4"]):
        result = subprocess.run([*ruff, *command, *options], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_lines_lead_from_a_layer_to_its_code(framework: str) -> None:
    drawn = lenet()
    code = generate(drawn, framework)
    assert set(code.lines) == {layer.id for layer in drawn.layers}
    for layer, (first, last) in code.lines.items():
        assert 1 <= first <= last <= len(code.source.splitlines())
        assert code.completed.layer(layer).name in lines_of(code, layer)


def test_what_a_box_holds_besides_belongs_to_its_lines() -> None:
    code = generate(lenet(), "keras")
    assert "Conv2D" in lines_of(code, "c1")
    assert "BatchNormalization" in lines_of(code, "c1")
    assert "relu" in lines_of(code, "c1").lower()


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_separate_components_are_separate_models(framework: str) -> None:
    rows = [{"id": f"{kind}{i}", "type": kind, "params": {"units": 3}} for i in (1, 2) for kind in ("Input", "Dense")]
    rows = [row | {"params": {}} | ({"output_shape": [4]}) if row["type"] == "Input" else row for row in rows]
    code = generate(flow(rows, [("Input1", "Dense1"), ("Input2", "Dense2")], name="pair"), framework)
    assert len(code.models) == 2
    assert all(model.entry in code.source for model in code.models)
    assert [model.inputs for model in code.models] == [("Input1",), ("Input2",)]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_block_is_a_marked_placeholder(framework: str) -> None:
    drawn = chain(
        {"id": "in", "type": "Input", "output_shape": [8, 8, 4]},
        {"id": "b", "type": "Block", "label": "Inception A"},
        {"id": "o", "type": "Output"},
    )
    lines = lines_of(generate(drawn, framework), "b")
    assert '# PLACEHOLDER: "Inception A" is not shown in the paper' in lines


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_cycle_is_refused_by_name(framework: str) -> None:
    rows = [{"id": "a", "type": "Dense", "name": "loop_a"}, {"id": "b", "type": "Dense", "name": "loop_b"}]
    with pytest.raises(Refusal, match="loop_a") as caught:
        generate(flow(rows, [("a", "b"), ("b", "a")]), framework)
    assert caught.value.layer in ("a", "b")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_empty_flow_is_refused(framework: str) -> None:
    with pytest.raises(Refusal, match="no layers"):
        generate(Flow(), framework)


def test_an_unknown_framework_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="theano"):
        generate(lenet(), "theano")


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_names_of_the_language_and_the_library_are_stepped_around(framework: str) -> None:
    names = ["class", "keras", "layers", "torch", "eval", "train", "self", "F", "lambda", "None", "match", "type"]
    rows = [{"id": f"l{i}", "type": "Dense", "name": name, "params": {"units": 2}} for i, name in enumerate(names)]
    code = generate(chain({"id": "in", "type": "Input", "output_shape": [3]}, *rows), framework)
    ast.parse(code.source)
    assert len({place.name for place in code.places.values()}) == len(code.places)
    assert not {"class", "keras", "torch", "layers", "F", "eval"} & {place.name for place in code.places.values()}


def test_every_type_has_a_label_line_above_it() -> None:
    kinds = [name for name in CATALOGUE if name in ("Conv2D", "Dense", "Flatten", "ReLU")]
    for kind in kinds:
        drawn = chain(
            {"id": "in", "type": "Input", "output_shape": [8, 8, 4]}, {"id": "x", "type": kind, "label": "as printed"}
        )
        for framework in FRAMEWORKS:
            assert '# "as printed"' in lines_of(generate(drawn, framework), "x")


def test_a_refusal_names_a_layer_that_was_drawn() -> None:
    """The layer that reshapes a picture for attention is assumed; whoever drew the flow knows only the attention."""
    flow = Flow.from_dict(
        {
            "layers": [
                {"id": "in", "type": "Input", "params": {"shape": [8, 8, 4]}},
                {"id": "att", "type": "MultiHeadAttention", "params": {"num_heads": 2, "key_dim": 8}},
            ],
            "connections": [{"source": "in", "target": "att"}],
        }
    )
    with pytest.raises(Refusal) as refused:
        generate(flow, "caffe")
    assert refused.value.layer == "att"
