"""Printed counts of parameters beside the flows' own."""

from __future__ import annotations

import pytest

from extraction.flow.model import Flow
from extraction.tables import read_table
from extraction.tables.counts import Count, counts_of, number_of
from tests.tables.reading import table_of

ROWS = """
    Layer | Kernel | Output size | # Params
    Input | | 28 × 28 × 1 |
    Conv1 | 5 × 5 | 24 × 24 × 20 | {first}
    Pool1 | 2 × 2 | 12 × 12 × 20 |
    FC | | 10 | 28.8K
    {last}
"""


def count(text: str, caption: str = "Table 1: The network.") -> Count | None:
    table = table_of(text, caption)
    (found,) = counts_of(table, read_table(table))
    return found


def test_a_total_is_compared_with_the_flows_own_count() -> None:
    found = count(ROWS.format(first="0.5K", last="Total | | | 29.3K"))
    assert found is not None
    assert (found.printed, found.counted, found.agrees) == (29300, 29330, True)
    assert found.told() == "29,300 parameters are printed, the layers as read have 29,330: they agree"


def test_without_a_total_the_column_is_added_up_and_what_differs_is_said() -> None:
    found = count(ROWS.format(first="9.5K", last=""))
    assert found is not None
    assert (found.printed, found.agrees) == (38300, False)
    assert found.told().endswith("they do not agree; “Conv1” is printed with 9,500, but has 520")


def test_a_column_that_says_when_and_a_total_without_a_name() -> None:
    text = ROWS.format(first="520", last="| | | 29,330 (total)").replace("# Params", "#parameter before pruning")
    found = count(text)
    assert found is not None
    assert (found.printed, found.agrees) == (29330, True)


def test_a_k_may_be_1024() -> None:
    found = count(ROWS.format(first="0.51K", last="").replace("28.8K", "28.14K"))
    assert found is not None
    assert (found.printed, found.counted, found.agrees) == (28650, 29330, True)
    assert "28,650 parameters are printed (29,337 where K is 1,024)" in found.told()


def test_each_of_several_networks_has_its_own_count() -> None:
    table = table_of(
        """
        stage | output | Net-A | Net-B
        conv1 | 8×8 | 3×3, 16 | 3×3, 32
        conv2 | 8×8 | 3×3, 16 | 3×3, 32
        | 1×1 | global average pool 10-d fc, softmax | global average pool 10-d fc, softmax
        # params | # params | 2.5 × 10^3 | 9.7 × 10^3
        """
    )
    assert [found and found.printed for found in counts_of(table, read_table(table))] == [2500, 9700]


def test_a_count_behind_a_networks_name_or_in_the_caption() -> None:
    table = table_of(
        """
        M3 (0.2M) | M5 (0.5M)
        [80/4, 256] | [80/4, 128]
        Maxpool: 4x1 | Maxpool: 4x1
        [3, 256] | [3, 128]
        Softmax | Softmax
        """
    )
    assert [found and found.printed for found in counts_of(table, read_table(table))] == [200_000, 500_000]
    one = count(ROWS.format(first="", last="").replace("28.8K", ""), "Table 1: The network has 29K parameters.")
    assert one is not None
    assert one.printed == 29_000


@pytest.mark.parametrize("row", ["Inception 3a | | 24 × 24 × 64 |", "Conv2 | | |"])
def test_what_has_a_module_or_a_size_that_nobody_printed_cannot_be_counted(row: str) -> None:
    found = count(ROWS.format(first="0.5K", last=f"{row}\n    Total | | | 29.3K"))
    assert found is not None
    assert (found.printed, found.counted, found.agrees) == (29300, None, False)


def test_a_module_that_prints_no_weights_does_not_hide_those_of_the_rest() -> None:
    rows = """
        Layer | Kernel | Output size | # Params
        Input | | 28 × 28 × 1 | -
        Conv1 | 5 × 5 | 24 × 24 × 20 | 0.5K
        Halves | | 24 × 24 × 10 | {module}
        Conv2 | 3 × 3 | 22 × 22 × 16 | 1.5K
    """
    found = count(rows.format(module="-"))
    assert found is not None
    assert (found.printed, found.counted, found.agrees) == (2000, 520 + 91 * 16, True)
    found = count(rows.format(module="1.2K"))
    assert found is not None
    assert found.counted is None


def test_a_flow_that_cannot_be_counted_says_so() -> None:
    assert Count(1000, None).told() == ("1,000 parameters are printed; those of the layers as read can't be counted")
    assert not Count(1000, None).agrees


def test_the_comparison_is_kept_with_the_flow() -> None:
    flow = Flow(sources=({"table": "1", "parameters": Count(1000, 998).to_dict()},))
    assert Flow.from_dict(flow.to_dict()).sources[0]["parameters"] == {"printed": 1000, "counted": 998, "agree": True}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4.1M", 4_100_000),
        ("28.9 × 10^6", 28_900_000),
        ("28.9 × 106", 28_900_000),
        ("1,248,424", 1_248_424),
        ("-", None),
    ],
)
def test_numbers_as_papers_print_them(text: str, number: int | None) -> None:
    assert number_of(text) == number


BOTTLENECKS = """
    stage | output | Net-A | Net-B
    conv1 | 16×16 | 3×3, 16 | 3×3, 16
    conv2 | 8×8 | [1×1, 8 3×3, 8 1×1, 32] ×2 | 3×3, 32 3×3, 32
    | 1×1 | global average pool 10-d fc, softmax | global average pool 10-d fc, softmax
    # params. | # params. | {bottlenecks} | {plain}
"""


def bottlenecks(printed: int, plain: int) -> list[Count]:
    table = table_of(BOTTLENECKS.format(bottlenecks=printed, plain=plain))
    return [found for found in counts_of(table, read_table(table)) if found]


def test_shortcuts_that_a_table_does_not_print_are_told_where_they_make_a_count_agree() -> None:
    first, second = bottlenecks(10**6, 10**6)
    assert first.counted is not None
    # From 16 channels to 32 once, with biases; a plain network has none.
    assert first.counted_joined == first.counted + 17 * 32
    assert second.joined is None
    first, second = bottlenecks(first.counted + 17 * 32, 10**6)
    assert (first.agrees, first.agrees_joined) == (False, True)
    assert first.to_dict()["agree"] is False
    assert first.to_dict()["counted_with"] == first.counted_joined
    assert "with what the table does not print: a shortcut past each block" in first.told()
    assert not second.agrees_joined
    assert second.told().endswith("they do not agree")


def test_a_count_that_agrees_as_it_is_needs_no_shortcuts() -> None:
    counted = bottlenecks(10**6, 10**6)[0].counted
    assert counted is not None
    first, _ = bottlenecks(counted, 10**6)
    assert first.agrees
    assert first.told().endswith("they agree")
