"""A gold flow to take away: the code that ran, the flow, how to cite it, where every value comes from."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from typing import Any

from annotations.models import Artifact, GoldFlow
from extraction.flow.model import Flow
from extraction.models import Reading
from extraction.plain import one_line

#: Every file carries the day the flow was approved, so the same gold flow and code give the same bytes.
SUFFIXES = {"keras": "_keras.py", "pytorch": "_pytorch.py", "caffe": "_caffe.prototxt"}
#: What must be installed to run the code, by framework; versions are those it ran with.
REQUIREMENTS = {
    "keras": ("keras", "jax", "numpy"),
    "pytorch": ("torch", "numpy"),
    "caffe": (),
}


def slug(gold: GoldFlow) -> str:
    """A name for files: letters, digits and underscores; a Python module can carry it."""
    plain = unicodedata.normalize("NFKD", gold.name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_")
    if not words:
        return f"network_{gold.number}"
    return words if words[0].isalpha() else f"network_{words}"


def code_filename(artifact: Artifact) -> str:
    """Never `keras.py`: a script of that name would import itself."""
    return slug(artifact.gold) + SUFFIXES[artifact.framework]


def archive(gold: GoldFlow) -> bytes:
    """A zip of the gold flow with all its verified code. `gold` comes from `selectors.gold.network`."""
    folder = f"{slug(gold)}-{gold.number}"
    buffer = io.BytesIO()
    day = gold.created_at.timetuple()[:3]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files(gold):
            entry = zipfile.ZipInfo(f"{folder}/{name}", (*day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, text)
    return buffer.getvalue()


def files(gold: GoldFlow) -> Iterator[tuple[str, str]]:
    # Of a network that was withdrawn no code is given away.
    offered = () if hasattr(gold, "withdrawal") else gold.artifacts.all()
    verified = [artifact for artifact in offered if artifact.state == Artifact.State.VERIFIED]
    yield "README.md", readme(gold, verified)
    yield "flow.json", Flow.from_dict(gold.flow).dumps()
    for artifact in verified:
        yield code_filename(artifact), artifact.source
        yield f"proof_{artifact.framework}.json", _json(artifact.proof)
    yield "PROVENANCE.json", _json(provenance(gold))
    yield "CITATION.bib", bibtex(gold)
    yield "CITATION.cff", cff(gold)
    yield "requirements.txt", requirements(verified)


def requirements(artifacts: list[Artifact]) -> str:
    lines = []
    for artifact in artifacts:
        versions: dict[str, str] = artifact.proof.get("versions") or {}
        for name in REQUIREMENTS[artifact.framework]:
            # "2.13.0+cpu" names a build that an index may not have.
            line = f"{name}=={versions[name].partition('+')[0]}" if name in versions else name
            if line not in lines:
                lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def provenance(gold: GoldFlow) -> dict[str, Any]:
    """Where the flow and each of its values come from: a place on a page, or a person."""
    reading = _reading(gold)
    return {
        "network": gold.number,
        "version": gold.version,
        "previous": gold.previous_id,
        # The earlier version that was brought back.
        "reverts_to": gold.reverts_to_id,
        "paper": {
            "title": str(gold.paper),
            "authors": gold.paper.authors,
            "year": gold.paper.year,
            "sha256": gold.paper.sha256,
        },
        "table" if gold.figure.table_id else "figure": {
            "number": gold.figure.number,
            "page": gold.figure.page,
            "bbox": gold.figure.bbox,
            "caption": gold.figure.caption,
        },
        "read_by": {"reader": reading.reader, "at": reading.created_at.isoformat()} if reading else None,
        "corrected_by": [{"person": name} for name in contributors(gold)],
        "approved_by": {"person": gold.approved_by.get_username(), "at": gold.created_at.isoformat()},
        "layers": [
            {
                "id": layer["id"],
                "type": layer["type"],
                "bbox": layer.get("bbox"),
                "provenance": layer.get("provenance", {}),
            }
            for layer in gold.flow["layers"]
        ],
        "training": gold.flow.get("training", {}),
    }


def _of_paper(gold: GoldFlow) -> str:
    name = str(gold.figure)
    return name[:1].lower() + name[1:]


def _reading(gold: GoldFlow) -> Reading | None:
    """What the first of the people started from, also where an earlier version was brought back."""
    while gold.review is None and gold.reverts_to is not None:
        gold = gold.reverts_to
    return gold.review.task.reading if gold.review else None


def contributors(gold: GoldFlow) -> list[str]:
    """The people whose answers it was made from."""
    return [credit.user.get_username() for credit in gold.credits.all()]


def readme(gold: GoldFlow, verified: list[Artifact]) -> str:
    lines = [f"# {_line(gold.title)}", ""]
    lines += [
        f"Network no. {gold.number}, version {gold.version}, from {_line(_of_paper(gold))} "
        f"on page {gold.figure.page} of:",
        "",
        f"> {_line(gold.paper.citation)}",
        "",
        f"Corrected by {', '.join(contributors(gold)) or 'nobody'}, approved by {gold.approved_by.get_username()} "
        f"on {gold.created_at:%Y-%m-%d}.",
        "",
        "| file | what |",
        "|---|---|",
    ]
    for artifact in verified:
        parameters = artifact.proof.get("parameters")
        count = f"{parameters:,} parameters" if isinstance(parameters, int) else "built and run"
        lines.append(f"| `{code_filename(artifact)}` | {artifact.get_framework_display()}, built and run: {count} |")
    lines += [
        "| `proof_….json` | what running the code gave: shapes, parameters, versions |",
        "| `flow.json` | the network: layers, parameters, connections |",
        "| `PROVENANCE.json` | where each value comes from |",
        "| `CITATION.bib`, `CITATION.cff` | how to cite the paper |",
        "| `requirements.txt` | what the code ran with |",
        "",
    ]
    keras = next((artifact for artifact in verified if artifact.framework == "keras"), None)
    if keras is not None:
        lines += [
            "Keras runs on a backend that you choose, for example:",
            "",
            f"    KERAS_BACKEND=jax python {code_filename(keras)}",
            "",
        ]
    others = [artifact for artifact in gold.artifacts.all() if artifact.state != Artifact.State.VERIFIED]
    if others:
        lines += ["Not in this archive:", ""]
        for artifact in others:
            reason = f": {_line(artifact.message)}" if artifact.message else ""
            lines.append(f"- {artifact.get_framework_display()} ({artifact.get_state_display()}){reason}")
        lines.append("")
    return "\n".join(lines)


def bibtex(gold: GoldFlow) -> str:
    paper = gold.paper
    author = (
        re.sub(r"[^A-Za-z]", "", paper.authors[0].split()[-1]) if paper.authors and paper.authors[0].split() else ""
    )
    fields = [("title", f"{{{_tex(str(paper))}}}")]
    if paper.authors:
        fields.append(("author", " and ".join(_tex(name) for name in paper.authors)))
    if paper.year:
        fields.append(("year", str(paper.year)))
    fields.append(("note", f"{_tex(str(gold.figure))}; network no. {gold.number} of DLPaper2Code"))
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields)
    return f"@misc{{{(author or 'network').lower()}{paper.year or ''}_{gold.number},\n{body}}}\n"


def cff(gold: GoldFlow) -> str:
    """Citation File Format 1.2.0. Strings are written as JSON, which is YAML as well."""
    paper = gold.paper
    lines = [
        "cff-version: 1.2.0",
        "message: Please cite the paper that this network comes from.",
        "type: dataset",
        f"title: {_yaml(gold.title)}",
        f"version: {_yaml(f'{gold.number} (version {gold.version})')}",
        f"date-released: {gold.created_at:%Y-%m-%d}",
        "authors:",
        '  - name: "DLPaper2Code contributors"',
        "preferred-citation:",
        "  type: article",
        f"  title: {_yaml(str(paper))}",
    ]
    if paper.year:
        lines.append(f"  year: {paper.year}")
    lines.append("  authors:")
    lines += [f"    - name: {_yaml(name)}" for name in paper.authors or ["unknown"]]
    return "\n".join(lines) + "\n"


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _line(text: str) -> str:
    """One line of Markdown in which nothing of a stranger's text acts as Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", one_line(text))


def _tex(text: str) -> str:
    known = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(known.get(sign) or (f"\\{sign}" if sign in "#$%&_" else sign) for sign in one_line(text))


def _yaml(text: str) -> str:
    return json.dumps(one_line(text), ensure_ascii=False)
