"""Croissant: what is in an exported data set, as JSON-LD that data set catalogues read.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html, version 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.simulate.plan import CODES, Plan

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "samplingRate": "cr:samplingRate",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"webdataset": "application/x-tar", "parquet": "application/x-parquet"}
_NUMBERS = ("index", "depth", "layers", "connections", "parameters", "valid")


def describe(plan: Plan, form: str, files: Sequence[tuple[Path, str]]) -> dict[str, Any]:
    """The description of exported files, given with their hashes; the manifest is the last of them."""
    recipe = plan.recipe
    least, most = recipe.depths
    objects = [
        {
            "@type": "cr:FileObject",
            "@id": path.name,
            "name": path.name,
            "contentUrl": path.name,
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": "text/csv" if path.suffix == ".csv" else _TYPES[form],
            "sha256": digest,
        }
        for path, digest in files
    ]
    archives = [{"@id": item["@id"]} for item in objects[:-1]]
    manifest = str(objects[-1]["@id"])
    sets, records = [], [_designs(manifest)]
    if form == "webdataset":
        endings = {f"{look}-pictures": f"*.{look}.png" for look in plan.looks}
        endings |= {f"{look}-flows": f"*.{look}.flow.json" for look in plan.looks}
        endings |= {f"{code}-code": f"*.{CODES[code]}" for code in plan.codes}
        for name, pattern in endings.items():
            kind = "image/png" if pattern.endswith("png") else "application/json" if "json" in pattern else "text/plain"
            sets.append(
                {
                    "@type": "cr:FileSet",
                    "@id": name,
                    "name": name,
                    "containedIn": archives,
                    "encodingFormat": kind,
                    "includes": pattern,
                }
            )
        records += [_pictures(look) for look in plan.looks]
    else:
        sets.append(
            {
                "@type": "cr:FileSet",
                "@id": "pictures",
                "name": "pictures",
                "encodingFormat": _TYPES[form],
                "includes": "pictures-*.parquet",
                "containedIn": archives,
            }
        )
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"simulated-networks-{recipe.grammar}-{recipe.seed}",
        "description": (
            f"{plan.count:,} deep networks made by the grammar “{recipe.grammar}” with the seed {recipe.seed}, "
            f"{least} to {most} layers deep; pictures in the looks {', '.join(plan.looks) or 'none'} with the network "
            f"that each shows, and code for {', '.join(plan.codes) or 'no framework'}."
        ),
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "creator": {"@type": "sc:Organization", "name": "DLPaper2Code"},
        "version": "1.0.0",
        "distribution": [*objects, *sets],
        "recordSet": records,
    }


def _designs(manifest: str) -> dict[str, Any]:
    names = ("id", *_NUMBERS, "digest")
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"designs/{name}",
            "name": name,
            "dataType": "sc:Integer" if name in _NUMBERS else "sc:Text",
            "source": {"fileObject": {"@id": manifest}, "extract": {"column": name}},
        }
        for name in names
    ]
    return {"@type": "cr:RecordSet", "@id": "designs", "name": "designs", "key": {"@id": "designs/id"}, "field": fields}


def _pictures(look: str) -> dict[str, Any]:
    files = {"@id": f"{look}-pictures"}
    name = f"{look}-records"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/image",
                "name": "image",
                "dataType": "sc:ImageObject",
                "source": {"fileSet": files, "extract": {"fileProperty": "content"}},
            },
            {
                "@type": "cr:Field",
                "@id": f"{name}/file",
                "name": "file",
                "dataType": "sc:Text",
                "source": {"fileSet": files, "extract": {"fileProperty": "filename"}},
            },
        ],
    }
