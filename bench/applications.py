"""Pictures of the architectures of `keras.applications`, drawn by Keras's own `plot_model` and read back.

    python bench/applications.py [--only ResNet50,VGG16] [--dpi 96,200] [--keep DIR] [--seconds N] [--jobs N]

For each architecture and resolution a row: layers, the picture's size, whether what was read is the model exactly
(layers by name and type, output shapes as printed, connections), what is wrong, and processor time for each layer
(limit 25 ms on one core). Drawing needs the program `dot`, Debian's package graphviz. With `--keep` pictures that are
already in that folder are not drawn again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
os.environ.setdefault("KERAS_BACKEND", "numpy")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Processor time that reading may take for each layer, in ms.
LIMIT = 25
#: Name, type, class as printed, output shape without the batch.
Drawn = tuple[str, str, str, tuple[int | None, ...] | None]
#: Lines, also those that right angles don't fit: Graphviz ends itself on some graphs with them.
SPLINES = ("ortho", "spline")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="names of architectures, with commas (default: all)")
    parser.add_argument("--dpi", default="96,200", help="resolutions (default 96,200; Keras's own is 200)")
    parser.add_argument("--keep", type=Path, help="folder for pictures; those that are there are not drawn again")
    parser.add_argument("--seconds", type=int, default=600, help="time to draw, and to read, a picture (default 600)")
    parser.add_argument("--jobs", type=int, default=1, help="pictures at a time (default 1)")
    parser.add_argument("--draw", action="store_true", help="draw only")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        work = json.loads(args.child)
        globals()[work.pop("do")](**work)
        return
    names = args.only.split(",") if args.only else architectures()
    with contextlib.ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        pictures = [(name, int(dpi)) for name in names for dpi in args.dpi.split(",")]
        print(
            f"{'architecture':18} dpi layers {'pixels':>13} exact  ms a layer ({LIMIT})  MB  what is wrong", flush=True
        )
        with ThreadPoolExecutor(args.jobs) as pool:
            rows = list(pool.map(lambda p: row(folder, p[0], p[1], args.seconds, not args.draw), pictures))
        exact = sum(r["exact"] for r in rows)
        slow = sum(r["ms"] > LIMIT for r in rows)
        print(f"{exact} of {len(rows)} pictures exact, {slow} slower than {LIMIT} ms a layer")


def architectures() -> list[str]:
    """All that `keras.applications` has."""
    code = "import keras; print(*(n for n in dir(keras.applications) if n[0].isupper()))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def row(folder: Path, name: str, dpi: int, seconds: int, read_it: bool) -> dict[str, Any]:
    stem = folder / f"{name}.{dpi}"
    truth_file, flow_file = stem.with_suffix(f".{dpi}.json"), stem.with_suffix(f".{dpi}.read.json")
    flow_file.unlink(missing_ok=True)
    found: dict[str, Any] = {"exact": False, "ms": 0.0, "mb": 0, "wrong": ""}
    if not truth_file.exists():
        for splines in SPLINES:
            work = {"do": "draw", "name": name, "dpi": dpi, "splines": splines, "out": str(stem)}
            found["wrong"] = child(work, seconds)
            if not found["wrong"]:
                break
    truth = json.loads(truth_file.read_text()) if truth_file.exists() else {}
    if truth and read_it:
        found["wrong"] = child({"do": "read", "picture": f"{stem}.png", "out": str(flow_file)}, seconds)
        if flow_file.exists():
            answer = json.loads(flow_file.read_text())
            wrong = differences(truth, answer["flow"])
            found |= {"exact": not wrong, "ms": 1000 * answer["seconds"] / len(truth["layers"]), "mb": answer["mb"]}
            found["wrong"] = "; ".join(wrong[:4]) + (f" … {len(wrong)} in all" if len(wrong) > 4 else "")
    said = "; ".join(filter(None, [*truth.get("notes", []), found["wrong"]]))
    print(
        f"{name:18} {dpi:3} {len(truth.get('layers', [])):6} {'x'.join(map(str, truth.get('size', []))):>13} "
        f"{'yes' if found['exact'] else 'no':5} {found['ms']:11.1f} {found['mb']:10}  {said}",
        flush=True,
    )
    return found


def child(work: dict[str, Any], seconds: int) -> str:
    """Runs one step in a process of its own; what went wrong, in words."""
    command = [sys.executable, __file__, "--child", json.dumps(work)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"{work['do']}: not done after {seconds} seconds"
    if done.returncode == 0:
        return ""
    said = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return f"{work['do']}: {said[-1][:160] if said else f'ended with {done.returncode}'}"


# --- In the child: drawing --------------------------------------------------------------------------------------------


def draw(name: str, dpi: int, splines: str, out: str) -> None:
    """The picture, and what the model is: layers with what Keras prints of them, connections."""
    import keras
    import PIL.Image

    from tests.simulate import keras_build

    keras_build.no_weights()
    model = getattr(keras.applications, name)(weights=None)
    source = keras.utils.model_to_dot(model, show_shapes=True, show_layer_names=True, expand_nested=True, dpi=dpi)
    source.set("splines", splines)
    done = subprocess.run(["dot", "-Tpng", "-o", f"{out}.part"], input=source.to_string().encode(), capture_output=True)
    if done.returncode:
        raise SystemExit(f"dot with splines={splines} ended with {done.returncode}")
    PIL.Image.MAX_IMAGE_PIXELS = None
    with PIL.Image.open(f"{out}.part") as picture:
        size = picture.size
    notes = [f"splines={splines}, as Graphviz fails on right angles"] if splines != SPLINES[0] else []
    if scaled := re.search(rb"Scaling by ([\d.]+) to fit", done.stderr):
        notes.append(
            f"Graphviz drew it {float(scaled[1]):.2f} as large, as no picture of its has more than 32767 pixels"
        )
    Path(f"{out}.part").replace(f"{out}.png")
    layers, connections = told(model)
    Path(f"{out}.json").write_text(
        json.dumps({"layers": layers, "connections": connections, "size": size, "notes": notes})
    )


def told(model: Any) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Layers and connections of a model, of models within it too."""
    import keras
    from keras.src.models.functional import Functional

    nests = (Functional, keras.Sequential)
    layers: list[dict[str, Any]] = []
    connections: list[list[str]] = []

    def last(operation: Any, index: int = 0) -> Any:
        while isinstance(operation, nests):
            operation, _, index = operation.outputs[index]._keras_history
        return operation

    def entrance(operation: Any) -> Any:
        while isinstance(operation, nests):
            operation = operation.layers[0]
        return operation

    def walk(inner: Any) -> None:
        sequential = isinstance(inner, keras.Sequential)
        operations = inner.layers if sequential else inner._operations
        for i, operation in enumerate(operations):
            if isinstance(operation, nests):
                walk(operation)
            else:
                shape = operation.output.shape
                layers.append({"name": operation.name, "kind": type(operation).__name__, "shape": list(shape[1:])})
            if sequential:
                sources = [operations[i - 1]] if i else []
            else:
                own = [n for k, n in enumerate(operation._inbound_nodes) if _of(inner, operation, k)]
                sources = [t._keras_history.operation for n in own for t in n.input_tensors]
            target = entrance(operation).name
            connections.extend([last(source).name, target] for source in dict.fromkeys(sources))

    walk(model)
    return layers, connections


def _of(model: Any, operation: Any, index: int) -> bool:
    from keras.src.ops.function import make_node_key

    return make_node_key(operation, index) in model._nodes


# --- In the child: reading --------------------------------------------------------------------------------------------


def read(picture: str, out: str) -> None:
    import cv2

    from extraction.classify.images import MAX_DRAWN_PIXELS, load_image
    from extraction.readers import read_plot

    cv2.setNumThreads(1)
    image = load_image(Path(picture), MAX_DRAWN_PIXELS)
    started = time.process_time()
    flow = read_plot(image, "keras")
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if flow is None:
        raise SystemExit("no node was found")
    Path(out).write_text(json.dumps({"flow": flow.to_dict(), "seconds": seconds, "mb": memory}))


def differences(truth: dict[str, Any], flow: dict[str, Any]) -> list[str]:
    """What was read otherwise, in words."""
    from extraction.flow.catalogue import CATALOGUE
    from extraction.vocabulary.tools import keras_type

    def kind(printed: str) -> str:
        return keras_type(printed)[0] or (printed if printed in CATALOGUE else "Block")

    wanted: Counter[Drawn] = Counter(
        (each["name"], kind(each["kind"]), each["kind"], tuple(each["shape"])) for each in truth["layers"]
    )
    names = {each["id"]: each.get("name", "") for each in flow["layers"]}
    have: Counter[Drawn] = Counter(
        (
            each.get("name", ""),
            each["type"],
            each.get("label", "").rpartition(" (")[2].rstrip(")"),
            tuple(each["output_shape"]) if each.get("output_shape") is not None else None,
        )
        for each in flow["layers"]
    )
    wrong = [f"{_words(each)} not read" for each in (wanted - have).elements()]
    wrong += [f"{_words(each)} read instead" for each in (have - wanted).elements()]
    lines = Counter(tuple(each) for each in truth["connections"])
    read_lines = Counter((names[each["source"]], names[each["target"]]) for each in flow["connections"])
    wrong += [f"{a} -> {b} missing" for a, b in (lines - read_lines).elements()]
    return wrong + [f"{a} -> {b} too many" for a, b in (read_lines - lines).elements()]


def _words(layer: Drawn) -> str:
    return f"{layer[0]} ({layer[2]}, {layer[1]}) {layer[3]}"


if __name__ == "__main__":
    main()
