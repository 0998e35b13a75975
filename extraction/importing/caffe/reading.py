"""From a Caffe net to a flow."""

from __future__ import annotations

from typing import Any

from extraction.importing.building import Builder
from extraction.importing.caffe.layers import HANDLERS
from extraction.importing.caffe.net import Definition, Net, read_net
from extraction.importing.caffe.reader import Reader
from extraction.importing.caffe.training import for_training_only, loss_of
from extraction.importing.prototxt import Message
from extraction.importing.result import Imported, short


def read(text: str, *, phase: str | None = None, name: str = "") -> Imported:
    """The flow of a prototxt.

    Args:
        phase: `TEST` or `TRAIN`; without one, `TEST` where the file has all of it.
        name: of the flow, where the net has none.

    Raises:
        ModelError: with line and layer.
    """
    net = read_net(text, phase)
    builder = Builder(net.name or name, "caffe")
    gone = for_training_only(net, builder)
    reader = Reader(net, builder, gone)
    _tell_of_shared_weights(net, builder, gone)
    for index, layer in enumerate(net.layers):
        if index not in gone:
            reader.now = index
            _layer(reader, index, layer)
    if reader.rounds_up:
        names = ", ".join(f"`{short(layer)}`" for layer in reader.rounds_up[:3])
        more = f" and {len(reader.rounds_up) - 3} more" if len(reader.rounds_up) > 3 else ""
        builder.note(
            "odd", f"Caffe rounds sizes up in {names}{more}, which can't be done while the input's size is open"
        )
    training = {"loss": {"value": loss}} if (loss := loss_of(net)) else {}
    return builder.finished(training)


def _layer(reader: Reader, index: int, layer: Definition) -> None:
    blobs = [reader.made[source] for source in layer.sources]
    handler = HANDLERS.get(layer.type)
    if handler is None and not blobs:
        handler = HANDLERS["Data"]  # whatever makes blobs out of nothing brings data
    results = handler(reader, layer, blobs) if handler else reader.unknown(layer, blobs)
    if len(results) == 1 and len(layer.tops) > 1:
        results = results * len(layer.tops)
    reader.made |= {(index, top): blob for top, blob in enumerate(results)}


def _tell_of_shared_weights(net: Net, builder: Builder, gone: set[int]) -> None:
    first: dict[str, str] = {}
    for index, layer in enumerate(net.layers):
        names = [str(param.get("name")) for param in layer.message.all("param") if _named(param)]
        for param in dict.fromkeys(names):
            owner = first.setdefault(param, layer.name)
            if owner != layer.name and index not in gone:
                message = f"has the weights of `{short(owner)}` (`{short(param)}`); in the flow each has its own"
                builder.note("lost", message, layer.name, layer.line)
                break


def _named(param: Any) -> bool:
    return isinstance(param, Message) and bool(param.get("name"))
