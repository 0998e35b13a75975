"""Simulated networks: designs by grammar, pictures of them in many looks with what each shows, and code beside."""

from extraction.simulate.design import Design, design_id
from extraction.simulate.grammar import GRAMMARS, Grammar, Recipe

__all__ = ["GRAMMARS", "Design", "Grammar", "Recipe", "design_id"]
