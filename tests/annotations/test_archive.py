"""What people take away: safe names, valid citations, nothing of a stranger's text that acts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from annotations.selectors import archive
from annotations.services.attribution import attribute
from extraction.flow.model import Flow
from extraction.models import Figure
from extraction.outline import outline
from extraction.plain import one_line
from tests.builders import LENET, lenet


class Prefetched(list[Any]):
    def all(self) -> list[Any]:
        return self


def network(name: str = "LeNet-5", title: str = "A paper", authors: list[str] | None = None) -> Any:
    """A gold flow as the archive sees it, without a database."""
    people = [SimpleNamespace(get_username=lambda name=name: name) for name in ("ada", "mo")]
    day = datetime(2026, 3, 4, tzinfo=UTC)

    class Paper(SimpleNamespace):
        def __str__(self) -> str:
            return str(self.title)

    names = ["Yann LeCun"] if authors is None else authors
    gold = SimpleNamespace(
        number=7,
        version=2,
        previous_id=3,
        reverts_to_id=None,
        name=name,
        title=name or "Figure 1",
        flow=LENET,
        created_at=day,
        paper=Paper(title=title, authors=names, year=1998, sha256="0" * 64, citation=f"{', '.join(names)}: {title}"),
        figure=Figure(number="2", page=7, bbox=[1, 2, 3, 4], caption="The network"),
        credits=Prefetched([SimpleNamespace(user=people[0])]),
        approved_by=people[1],
        review=SimpleNamespace(task=SimpleNamespace(reading=None)),
        artifacts=Prefetched(),
    )
    for framework, state in (("keras", "verified"), ("pytorch", "verified"), ("caffe", "failed")):
        gold.artifacts.append(
            SimpleNamespace(
                gold=gold,
                framework=framework,
                state=state,
                source=f"# {framework}\n",
                message="",
                proof={"parameters": 61706, "versions": {"keras": "3.15.0", "jax": "0.10.2", "torch": "2.13.0+cpu"}},
                get_framework_display=lambda framework=framework: framework.title(),
                get_state_display=lambda state=state: state,
            )
        )
    return gold


def test_the_same_network_gives_the_same_bytes() -> None:
    assert archive.archive(network()) == archive.archive(network())


def test_it_holds_only_what_ran() -> None:
    with zipfile.ZipFile(io.BytesIO(archive.archive(network()))) as file:
        names = file.namelist()
        readme = file.read("lenet_5-7/README.md").decode()
    assert "lenet_5-7/lenet_5_keras.py" in names
    assert not any("caffe" in name for name in names)
    assert "Caffe (failed)" in readme
    assert "61,706 parameters" in readme


def test_requirements_name_what_it_ran_with() -> None:
    with zipfile.ZipFile(io.BytesIO(archive.archive(network()))) as file:
        lines = file.read("lenet_5-7/requirements.txt").decode().splitlines()
    assert lines == ["keras==3.15.0", "jax==0.10.2", "numpy", "torch==2.13.0"]


HOSTILE = ["", "ResNet-50", "../../etc/passwd", "3D U-Net", "Ünïcode", "网络", "a'\"\r\nSet-Cookie: x", "con", "keras"]


@pytest.mark.parametrize("name", HOSTILE)
def test_file_names_are_plain_and_python_can_import_them(name: str) -> None:
    gold = network(name=name)
    slug = archive.slug(gold)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,60}", slug)
    assert archive.code_filename(gold.artifacts[0]).removesuffix(".py").isidentifier()
    assert archive.code_filename(gold.artifacts[0]) != "keras.py"


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=30), max_size=3))
def test_citations_hold_together_whatever_the_paper_is_called(title: str, authors: list[str]) -> None:
    gold = network(title=title or "untitled", authors=authors)
    data = yaml.safe_load(archive.cff(gold))
    assert data["preferred-citation"]["title"] == one_line(title or "untitled")
    bibtex = archive.bibtex(gold)
    plain = re.sub(r"\\[{}]", "", bibtex)
    assert plain.count("{") == plain.count("}")
    assert re.match(r"@misc\{[a-z]+1998_7,\n", bibtex)


def test_the_readme_lets_no_strangers_text_act() -> None:
    text = archive.readme(network(name="<img src=x> [click](http://e.x) `a`\n# head"), [])
    assert "<img" not in re.sub(r"\\<", "", text)
    assert "\n# head" not in text
    assert "\\[click\\]" in text


def test_provenance_leads_from_each_layer_to_page_and_people() -> None:
    told = archive.provenance(network())
    json.dumps(told)
    assert told["figure"]["page"] == 7
    assert (told["corrected_by"], told["approved_by"]["person"]) == ([{"person": "ada"}], "mo")
    assert [layer["id"] for layer in told["layers"]] == ["in", "c1", "p1", "fc"]


# --- Attribution ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_value_is_a_persons_exactly_where_it_differs_from_the_reading(read: int, given_: int) -> None:
    reading, answer = Flow.from_dict(lenet(c1={"filters": read})), Flow.from_dict(lenet(c1={"filters": given_}))
    told = attribute(answer, reading=reading).layer("c1").provenance
    assert told["filters"] == ("figure" if read == given_ else "person")
    assert told["kernel_size"] == "figure"


def test_a_layer_that_was_not_read_is_a_persons_whole() -> None:
    told = attribute(Flow.from_dict(LENET), reading=Flow()).layer("c1").provenance
    assert set(told.values()) == {"person"}


# --- Outlines ---------------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20))
    )
)
def test_an_outline_tells_every_layer_once_whatever_the_graph(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    flow = Flow.from_dict(
        {
            "layers": [{"id": str(i), "type": f"T{i}"} for i in range(count)],
            "connections": [{"source": str(a), "target": str(b)} for a, b in edges],
        }
    )
    told = outline(flow)
    assert told["count"] == count
    assert sorted(told["types"]) == sorted(f"T{i}" for i in range(count))
    if all(a < b for a, b in edges):
        place = {name: index for index, name in enumerate(told["types"])}
        assert all(place[f"T{a}"] < place[f"T{b}"] for a, b in edges)
    assert all(target - source > 1 for source, target in told["skips"])
