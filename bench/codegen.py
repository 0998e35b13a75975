"""How fast code is written: milliseconds a layer, over all labelled flows and tables, and for long chains.

python bench/codegen.py [--verify]

`--verify`: how long it takes to build, run and train the code of the chain of 100 layers, and to compare its numbers.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from extraction.codegen import FRAMEWORKS, Refusal, generate, generate_completed
from extraction.flow.complete import complete
from extraction.flow.model import Connection, Flow, Layer, load
from extraction.proof import prove

BENCHMARK = Path(os.environ.get("DLP2C_BENCHMARK", ROOT.parent / "shared" / "benchmark"))


def main() -> None:
    paths = [*(BENCHMARK / "flows" / "gold").glob("*.json"), *(BENCHMARK / "tables").glob("*.json")]
    flows = [load(path) for path in sorted(paths)]
    started = time.perf_counter()
    completions = [complete(flow) for flow in flows]
    seconds = time.perf_counter() - started
    layers = sum(len(completion.flow.layers) for completion in completions)
    print(f"completing      {1000 * seconds / layers:7.3f} ms a layer ({len(flows)} flows, {layers} layers)")
    for framework in FRAMEWORKS:
        done, started = 0, time.perf_counter()
        for flow, completion in zip(flows, completions, strict=True):
            try:
                generate_completed(flow, completion, framework)
                done += len(completion.flow.layers)
            except Refusal:
                continue
        seconds = time.perf_counter() - started
        print(f"{framework:15} {1000 * seconds / max(done, 1):7.3f} ms a layer")
    for length in (100, 1000):
        flow = _chain(length)
        started = time.perf_counter()
        generate(flow, "keras")
        seconds = time.perf_counter() - started
        print(f"chain of {length:5}  {1000 * seconds / length:7.3f} ms a layer (completing and Keras)")
    if "--verify" in sys.argv[1:]:
        codes = {framework: generate(_chain(100), framework) for framework in FRAMEWORKS}
        for framework, code in codes.items():
            started = time.perf_counter()
            proof = prove(code, None if framework == "keras" else codes["keras"])
            proven = ", ".join(proof.proven)
            print(f"proof of {framework:9} {time.perf_counter() - started:5.1f} s, {proof.state}: {proven}")


def _chain(length: int) -> Flow:
    conv = {"filters": 8, "kernel_size": 3, "padding": "same"}
    layers = [Layer("in", "Input", output_shape=(32, 32, 3))]
    layers += [Layer(f"c{i}", "Conv2D", params=conv) for i in range(length)]
    connections = [Connection(a.id, b.id) for a, b in itertools.pairwise(layers)]
    return Flow(tuple(layers), tuple(connections), name="chain")


if __name__ == "__main__":
    main()
