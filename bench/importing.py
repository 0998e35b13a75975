"""Are imported models the same? Every model of `keras.applications`, and six others: config JSON -> flow -> code -> the
same numbers.

python bench/importing.py                        all, smallest first: one line each, and what was largest at the end
python bench/importing.py MobileNet ResNet50     some
python bench/importing.py --no-pytorch VGG16     without the comparison of the PyTorch code with the Keras code

Of each: the number of parameters, the output shape of every layer, and the outputs before the softmax with the
original's (random) weights carried over, as a share of their largest value; the shape of every layer of the Caffe code
by Caffe's own rules. Each model runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
#: The fastest backend for single runs; Keras's own NASNet refuses to be built on it.
os.environ["KERAS_BACKEND"] = (
    "jax" if any("NASNet" in word for word in sys.argv[1:]) and "--one" in sys.argv else "torch"
)
os.environ["JAX_PLATFORMS"] = "cpu"

#: From the smallest to the largest; then those of `bench/zoo.py`.
MODELS = (
    "MobileNetV3Small", "MobileNetV2", "MobileNet", "NASNetMobile", "EfficientNetB0", "MobileNetV3Large",
    "EfficientNetV2B0", "EfficientNetB1", "DenseNet121", "EfficientNetV2B1", "EfficientNetB2", "EfficientNetV2B2",
    "EfficientNetB3", "DenseNet169", "EfficientNetV2B3", "EfficientNetB4", "DenseNet201", "EfficientNetV2S",
    "Xception", "InceptionV3", "ResNet50V2", "ResNet50", "ConvNeXtTiny", "EfficientNetB5", "EfficientNetB6",
    "ResNet101V2", "ResNet101", "ConvNeXtSmall", "EfficientNetV2M", "InceptionResNetV2", "ResNet152V2", "ResNet152",
    "EfficientNetB7", "ConvNeXtBase", "NASNetLarge", "EfficientNetV2L", "VGG16", "VGG19", "ConvNeXtLarge",
    "ConvNeXtXLarge",
    "SqueezeNet", "GoogLeNet", "ResNeXt50", "InceptionV4", "YOLO3", "FCN8s",
)  # fmt: skip
TOLERANCE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=MODELS, metavar="NAME")
    parser.add_argument("--no-pytorch", action="store_true", help="don't compare the PyTorch code")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, not options.no_pytorch)))
        return
    same, worst = 0, 0.0
    for name in options.models:
        command = [sys.executable, __file__, "--one", name, *(["--no-pytorch"] if options.no_pytorch else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:18} FAILED  {(done.stderr.strip().splitlines() or ['no word'])[-1][:150]}", flush=True)
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        same += row["same"]
        worst = max(worst, row["difference"])
        print(
            f"{name:18} {'same' if row['same'] else 'DIFFERS':8} {row['parameters']:>11,} parameters "
            f"({row['parameters'] - row['theirs']:+}), {row['shapes']} of {row['layers']} shapes, "
            f"outputs to {row['difference']:.1e}, PyTorch {row['pytorch']}, Caffe {row['caffe']}, "
            f"read in {row['seconds']:.1f} s",
            flush=True,
        )
    print(f"{same} of {len(options.models)} the same; the largest difference is {worst:.1e}")


def measure(name: str, pytorch: bool) -> dict[str, Any]:
    from extraction import sandbox
    from extraction.codegen import generate
    from extraction.proof import agree

    row, code, flow = beside_the_original(name)
    if pytorch:
        # Every layer's values stand side by side: some gigabytes for the largest.
        limits = sandbox.Limits(seconds=1800, memory_mb=16384, result_mb=16, threads=2)
        agreement = agree(code, generate(flow, "pytorch"), limits=limits)
        worst = max(agreement.differences.values(), default=float("inf"))
        row["pytorch"] = f"to {worst:.1e}" if agreement.ok else f"{agreement.state}: {agreement.error}"
        row["same"] = row["same"] and agreement.ok
    return row


def beside_the_original(name: str) -> tuple[dict[str, Any], Any, Any]:
    """What the original and our Keras code have in common; the code, and the flow that it was made from."""
    import keras
    import numpy as np
    import torch

    from bench.zoo import ZOO
    from extraction.codegen import generate
    from extraction.importing.keras import read_config

    model = ZOO[name]() if name in ZOO else getattr(keras.applications, name)(weights=None)
    started = time.perf_counter()
    flow = read_config(model.to_json()).flow
    seconds = time.perf_counter() - started
    code = generate(flow, "keras")
    space: dict[str, Any] = {"__name__": "generated"}
    exec(compile(code.source, "generated", "exec"), space)
    ours = space[code.models[0].entry]()

    theirs = dict(layers_of(model, ""))
    rng = np.random.default_rng(0)
    carried = 0
    for layer in flow.layers:
        source = theirs.get(layer.name)
        if source is None or not source.weights:
            continue
        values = [drawn(rng, weight) for weight in source.weights]
        source.set_weights(values)
        target = ours.get_layer(code.places[layer.id].name)
        target.set_weights([value.reshape(w.shape) for value, w in zip(values, target.weights, strict=True)])
        for each in (source, target):
            if isinstance(each, keras.layers.Normalization):
                each.finalize_state()
        carried += sum(value.size for value in values)
    for each in (model, ours):  # probabilities would hide how far scores are apart
        if getattr(each.layers[-1], "activation", None) is keras.activations.softmax:
            each.layers[-1].activation = keras.activations.linear

    sizes = ours.inputs[0].shape[1:]
    image = (rng.random((1, *sizes)) * 255).astype("float32")
    with torch.no_grad():  # or it would keep every layer's values
        results = [
            [keras.ops.convert_to_numpy(value) for value in _listed(each(image, training=False))]
            for each in (ours, model)
        ]
    difference = max(share(result, expected) for result, expected in zip(*results, strict=True))

    shapes, compared = compare_shapes(keras, model, ours, flow, code, sizes)
    row = {
        "parameters": ours.count_params(), "theirs": model.count_params(), "shapes": shapes, "layers": compared,
        "difference": difference, "seconds": seconds, "pytorch": "not asked",
        "caffe": caffe_shapes(flow),
    }  # fmt: skip
    good = row["parameters"] == row["theirs"] == carried and shapes == compared and difference <= TOLERANCE
    return row | {"same": bool(good)}, code, flow


def share(result: Any, expected: Any) -> float:
    """The largest difference as a share of the largest value; infinite where nothing came out."""
    scale = float(abs(expected).max())
    return float(abs(result - expected).max()) / scale if scale else float("inf")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def caffe_shapes(flow: Any) -> str:
    """How many layers have the flow's shape in Caffe, or why there is no such code."""
    from extraction.codegen import Refusal, generate
    from extraction.importing.prototxt import parse
    from extraction.proof.caffe_net import blobs_of

    try:
        code = generate(flow, "caffe")
    except Refusal as refusal:
        return f"refused ({refusal})"
    blobs, same = blobs_of(parse(code.source)), 0
    for layer in code.completed.layers:
        place = code.places[layer.id]
        size = blobs.shapes[place.name][1:]
        same += ((*size[1:], size[0]) if place.channels_first else size) == layer.output_shape
    return f"{same} of {len(code.completed.layers)} shapes"


def layers_of(model: Any, prefix: str) -> list[tuple[str, Any]]:
    """All layers, those of models inside by path."""
    found = []
    for layer in model.layers:
        found += (
            layers_of(layer, f"{prefix}{layer.name}/") if hasattr(layer, "layers") else [(prefix + layer.name, layer)]
        )
    return found


def drawn(rng: Any, weight: Any) -> Any:
    """Random numbers that keep the size of what goes through."""
    shape = tuple(weight.shape)
    if weight.name in ("moving_variance", "gamma", "variance", "count"):
        return (rng.random(shape) * 0.5 + 0.75).astype("float32")
    if len(shape) < 2:
        return (rng.normal(size=shape) * 0.1).astype("float32")
    fan = max(1, weight.shape[0] * weight.shape[1] if "depthwise" in weight.name else int(_product(shape[:-1])))
    return (rng.normal(size=shape) * (2 / fan) ** 0.5).astype("float32")


def _product(sizes: Any) -> float:
    result = 1.0
    for size in sizes:
        result *= size
    return result


def compare_shapes(keras: Any, model: Any, ours: Any, flow: Any, code: Any, sizes: Any) -> tuple[int, int]:
    """How many layers have the shape that they have in the original, and how many were compared."""
    if None in model.inputs[0].shape[1:]:  # open sizes: the ones that were assumed hold for the original, too
        inputs = keras.Input(sizes)
        names = [layer.name for layer in model.layers]
        outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])(inputs)
        known = {name: tuple(value.shape[1:]) for name, value in zip(names, outputs, strict=True)}
    else:
        known = {path: tuple(layer.output.shape[1:]) for path, layer in layers_of(model, "")}
    same = total = 0
    for layer in flow.layers:
        if layer.name in known:
            total += 1
            same += tuple(ours.get_layer(code.places[layer.id].name).output.shape[1:]) == known[layer.name]
    return same, total


if __name__ == "__main__":
    main()
