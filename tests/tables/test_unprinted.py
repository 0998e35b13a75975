"""Paths past blocks, which tables leave out."""

from __future__ import annotations

import pytest

from extraction.flow.checks import report
from extraction.flow.complete import complete
from extraction.flow.model import Flow
from extraction.tables.unprinted import joined
from tests.tables.reading import read, types

STAGES = """
    stage | output | Net
    conv1 | 16×16 | 3×3, 16
    conv2 | 16×16 | {first} ×2
    conv3 | 8×8 | {second} ×3
    | 1×1 | global average pool 10-d fc, softmax
"""
RESIDUAL = ("[1×1, 8 3×3, 8 1×1, 32]", "[1×1, 16 3×3, 16 1×1, 64]")
DENSE = ("[1×1, 16 3×3, 4]", "[1×1, 16 3×3, 4]")
DUAL = ("[1×1, 8 3×3, 8 1×1, 32 (+4)]", "[1×1, 16 3×3, 16 1×1, 64 (+8)]")


def whole(blocks: tuple[str, str]) -> Flow:
    (flow,) = read(STAGES.format(first=blocks[0], second=blocks[1]))
    found = joined(flow)
    assert found is not None
    return found.flow


def conv(kernel: int, before: int, after: int) -> int:
    return (kernel * kernel * before + 1) * after


def bottleneck(before: int, narrow: int, after: int) -> int:
    return conv(1, before, narrow) + conv(3, narrow, narrow) + conv(1, narrow, after)


def test_bottlenecks_get_shortcuts_and_a_convolution_where_channels_change() -> None:
    flow = whole(RESIDUAL)
    assert types(flow).count("Add") == 5
    assert report(flow, complete(flow)).parameters == sum(
        (
            conv(3, 3, 16),
            bottleneck(16, 8, 32) + conv(1, 16, 32),
            bottleneck(32, 8, 32),
            bottleneck(32, 16, 64) + conv(1, 32, 64),
            2 * bottleneck(64, 16, 64),
            65 * 10,
        )
    )


def test_dense_blocks_stand_beside_what_came_before_and_halve_it_between_stages() -> None:
    flow = whole(DENSE)
    assert types(flow).count("Concatenate") == 5
    pairs = [conv(1, before, 16) + conv(3, 16, 4) for before in (16, 20, 12, 16, 20)]
    assert report(flow, complete(flow)).parameters == conv(3, 3, 16) + sum(pairs) + conv(1, 24, 12) + 25 * 10


def test_dual_paths_add_one_and_widen_the_other() -> None:
    flow = whole(DUAL)
    assert types(flow).count("Add") == 5
    counted = conv(3, 3, 16) + conv(1, 16, 32) + conv(1, 16, 8)
    for before in (16, 32 + 12):
        counted += bottleneck(before, 8, 32) + conv(1, 8, 4)
    counted += conv(1, 48, 64) + conv(1, 48, 16)
    for before in (48, 64 + 24, 64 + 32):
        counted += bottleneck(before, 16, 64) + conv(1, 16, 8)
    assert report(flow, complete(flow)).parameters == counted + (64 + 40 + 1) * 10


@pytest.mark.parametrize("blocks", [RESIDUAL, DENSE, DUAL])
def test_the_whole_network_fits_and_keeps_every_printed_layer(blocks: tuple[str, str]) -> None:
    flow, (chain,) = whole(blocks), read(STAGES.format(first=blocks[0], second=blocks[1]))
    completion = complete(flow)
    assert completion.ok
    assert not [layer for layer in completion.flow.layers if layer.type in ("UpSampling2D", "Cropping2D")]
    printed = {layer.id: layer for layer in flow.layers}
    assert all(printed[layer.id] == layer for layer in chain.layers)
    added = [layer for layer in flow.layers if layer.id not in {kept.id for kept in chain.layers}]
    assert all(layer.provenance["type"] == "inferred" for layer in added)


@pytest.mark.parametrize("blocks", [("[3×3, 16 3×3, 16]", "[3×3, 32 3×3, 32]"), ("[1×1, 8]", "[1×1, 4]")])
def test_other_chains_stay_as_they_are_printed(blocks: tuple[str, str]) -> None:
    (flow,) = read(STAGES.format(first=blocks[0], second=blocks[1]))
    assert joined(flow) is None
