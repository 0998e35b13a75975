"""Printed words -> layer types and parameters: one parser for figures, tables and text."""

from extraction.vocabulary.phrase import Phrase, Role, names_part, parse, parse_name

__all__ = ["Phrase", "Role", "names_part", "parse", "parse_name"]
