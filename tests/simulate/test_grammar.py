"""What a grammar makes follows its table, fits together, and is the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from extraction.flow.canonical import digest
from extraction.flow.checks import report
from extraction.flow.complete import complete
from extraction.simulate import GRAMMARS, Design, Recipe, plan
from extraction.simulate.lean import MANY, ONE
from extraction.simulate.motifs import EXITS, MOTIFS, parse, read
from extraction.simulate.operations import WORDS
from extraction.simulate.poster import TABLE, TYPES

RECIPES = [
    Recipe("poster", 71),
    Recipe("poster", 72, (4, 6)),
    Recipe("extended", 73),
    Recipe("extended", 74, (80, 200)),
]
COUNTS = {40: 110, 6: 60, 200: 8}


def designs(recipe: Recipe) -> Iterator[Design]:
    yield from recipe.designs(range(COUNTS[recipe.depths[1]]))


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_every_design_is_valid_and_its_sizes_and_counts_are_ours(recipe: Recipe) -> None:
    for design in designs(recipe):
        flow = design.to_flow()
        completion = complete(flow)
        found = report(flow, completion)
        assert (found.valid, found.problems, completion.assumptions) == (True, (), ()), design.id
        assert found.parameters == design.parameters
        assert [found.output_shapes[layer.id] for layer in flow.layers] == design.shapes
        assert all(wanted == given for wanted, given in zip(flow.inputs_of().values(), _inputs(design), strict=True))


def _inputs(design: Design) -> list[list[str]]:
    return [[f"l{source}" for source in sources] for sources in design.inputs]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_every_design_is_as_deep_as_asked_and_ends_once(recipe: Recipe) -> None:
    least, most = recipe.depths
    for design in designs(recipe):
        assert max(design.depths) == design.depths[-1] == design.depth == least + design.index % (most - least + 1)
        used = {source for sources in design.inputs for source in sources}
        assert used == set(range(len(design.kinds) - 1)), "only the last layer leads nowhere"


WORD_OF = {(kind, params.get("return_sequences", False)): word for word, (kind, params) in TYPES.items()}


def word_of(design: Design, place: int) -> str:
    return WORD_OF[design.kinds[place], design.params[place].get("return_sequences", False)]


def allowed_after(design: Design, place: int) -> set[str]:
    """What the poster's table lets follow a layer."""
    if design.kinds[place] == "Input":
        starts = {3: {"Conv2D"}, 2: {"RNN", "RNN(seq)", "LSTM", "LSTM(seq)"}, 1: {"Dense"}}
        return {"Embed"} if "dtype" in design.params[place] else starts[len(design.shapes[place])]
    word = word_of(design, place)
    if word == "Dropout" or (word == "Concat" and len(design.shapes[place]) > 1):
        return set().union(*(allowed_after(design, source) for source in design.inputs[place]))
    return set(TABLE["Dense" if word == "Concat" else word])


def test_the_posters_table_holds_for_every_connection() -> None:
    seen = set()
    for recipe in RECIPES[:2]:
        for design in designs(recipe):
            for place, sources in enumerate(design.inputs):
                for source in sources:
                    assert word_of(design, place) in allowed_after(design, source), (design.id, source, place)
                    if design.kinds[source] != "Input":
                        seen.add((word_of(design, source), word_of(design, place)))
            assert all(
                design.kinds[source] == "Input"
                for place, sources in enumerate(design.inputs)
                for source in sources
                if design.kinds[place] == "Embedding"
            ), "an embedding reads words, nothing that a layer gives"
    missing = {(row, word) for row, words in TABLE.items() for word in words if word != "Embed"} - seen
    assert not missing, "everything that the table allows comes about"


def test_the_extended_grammar_has_all_that_it_promises() -> None:
    kinds = {kind for design in Recipe("extended", 5).designs(range(1500)) for kind in design.kinds}
    assert kinds - {"Input"} <= ONE.keys() | MANY.keys()
    assert {
        "BatchNormalization", "LayerNormalization", "Activation", "Add", "GlobalAveragePooling2D", "GlobalMaxPooling1D",
        "Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D", "GRU", "Bidirectional", "Conv1D", "Conv3D",
        "MaxPooling3D", "MultiHeadAttention", "Attention", "AdditiveAttention", "Multiply", "UpSampling2D", "PReLU",
        "TimeDistributed", "RepeatVector",
    } <= kinds  # fmt: skip
    spans = {name for design in Recipe("extended", 5).designs(range(1500)) for *_, name in design.spans}
    assert {"residual", "dense-layer", "inception", "transformer", "bottleneck", "squeeze-excite"} <= spans


def test_the_motifs_are_written_in_known_words() -> None:
    for motif in (*read(MOTIFS).values(), *read(EXITS).values()):
        assert motif.length >= 1
    words = {part for notation in (*MOTIFS.values(), *EXITS.values()) for part in notation[2].split()}
    assert len(words) > len(WORDS) / 2
    for wrong in ("[conv(w,3)", "conv(w,3) ]", "conv{w}"):
        with pytest.raises(ValueError, match=r"understood|closed|alone"):
            parse(wrong)


def test_a_design_depends_on_its_recipe_and_number_alone() -> None:
    recipe = Recipe("extended", 9)
    together = [design.to_flow().dumps() for design in recipe.designs(range(30))]
    assert [recipe.design(index).to_flow().dumps() for index in reversed(range(30))] == together[::-1]
    assert len(set(together)) == 30
    assert Recipe("extended", 10).design(0).to_flow().dumps() != together[0]


def test_the_designs_of_a_seed_stay_what_they_are() -> None:
    """Whoever changes what a seed gives changes published data sets: it takes another format of plans."""
    assert plan.FORMAT == 1
    for grammar, index, start in (("poster", 17, "61ffc1ba86941b19"), ("extended", 8, "420b1abf51a9326d")):
        text = Recipe(grammar, 1).design(index).to_flow().dumps()
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == start


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_hardly_any_design_comes_twice(grammar: str) -> None:
    """The shallowest ones, of which there are fewest."""
    flows = [design.to_flow() for design in Recipe(grammar, 3, (5, 5)).designs(range(700))]
    assert len({digest(flow) for flow in flows}) == len(flows)


def test_what_can_not_be_made_is_refused() -> None:
    for recipe in ({"grammar": "?"}, {"depths": (3, 9)}, {"depths": (9, 8)}, {"depths": (5, 201)}, {"seed": -1}):
        with pytest.raises(ValueError, match=r"none of|depths|seed"):
            Recipe(**recipe)  # type: ignore[arg-type]  # wrong on purpose


def test_designs_build_in_keras_with_our_sizes_and_counts() -> None:
    """Their own code is run; `bench/simulate.py --build 2000` does the same for many more."""
    from tests.simulate.keras_build import differences, no_weights

    no_weights()
    for recipe in (Recipe("poster", 8, (5, 16)), Recipe("extended", 8, (5, 24))):
        for design in recipe.designs(range(6)):
            assert differences(design) == []
