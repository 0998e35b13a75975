"""PyTorch's side of the proof; runs in the sandbox only."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


def prove(payload: dict[str, Any]) -> dict[str, Any]:
    """Build every model, run it forward, train it for one step.

    Returns:
        `shapes` by layer id (of real outputs, without the batch, channels last), `parameters`, `versions`, `proven`.
    """
    try:
        import torch
    except ModuleNotFoundError:
        return {"missing": "PyTorch"}

    from extraction.sandbox import report
    from extraction.sandbox.source import load_source

    module = load_source(payload["source"], "generated")
    models = [getattr(module, entry)() for entry in payload["models"]]
    report("built")

    shapes: dict[str, list[int]] = {}
    for index, model in enumerate(models):
        inputs, _ = module.made_up_examples(model, count=1)
        variables = variables_of(torch, model, inputs)
        for layer, of, name, channels_first in payload["places"]:
            if of == index:
                size = list(variables[name].shape[1:])
                shapes[layer] = [*size[1:], size[0]] if channels_first else size
    report("forward")

    learning = [m for m in models if payload["train"] and any(p.requires_grad for p in m.parameters())]
    for model in learning:
        module.train(model, *module.made_up_examples(model), epochs=1)
        if any(p.requires_grad and p.grad is None for p in model.parameters()):
            idle = next(name for name, p in model.named_parameters() if p.requires_grad and p.grad is None)
            raise RuntimeError(f"training does not reach {idle}")
    if learning:
        report("trained")
    return {
        "shapes": shapes,
        "parameters": sum(_count(torch, model) for model in models),
        "versions": {"torch": str(torch.__version__)},
        "proven": ["built", "forward", *(["trained"] if learning else [])],
    }


def variables_of(torch: Any, model: Any, inputs: list[Any]) -> dict[str, Any]:
    """Run `forward` and give its variables: every layer's output has one.

    Those of a module of the same file inside of the model have its name in front: `block_1.conv`.
    """
    found: dict[str, Any] = {}
    own = {id(part): path for path, part in model.named_modules() if type(part).__module__ == type(model).__module__}
    codes = {type(part).forward.__code__ for part in model.modules() if id(part) in own}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if (
            event == "return"
            and frame.f_code in codes
            and (path := own.get(id(frame.f_locals.get("self")))) is not None
        ):
            found.update({f"{path}.{name}" if path else name: value for name, value in frame.f_locals.items()})

    model.eval()
    sys.setprofile(watch)
    try:
        with torch.no_grad():
            model(*inputs)
    finally:
        sys.setprofile(None)
    return found


def _count(torch: Any, model: Any) -> int:
    """Parameters as Keras counts them: with moving averages, and one bias where PyTorch's LSTM and RNN keep two."""
    total = sum(p.numel() for p in model.parameters())
    total += sum(
        b.numel()
        for name, b in model.named_buffers()
        if name.endswith(("running_mean", "running_var", "count_of_values", "._u"))
    )
    for part in model.modules():
        if isinstance(part, torch.nn.LSTM | torch.nn.RNN | torch.nn.LSTMCell | torch.nn.RNNCell):
            total -= sum(p.numel() for name, p in part.named_parameters(recurse=False) if name.startswith("bias_hh"))
    return int(total)
