"""Printed words -> layer types and parameters: one parser for figures, tables and text."""

from extraction.vocabulary.phrase import Phrase, Role, parse

__all__ = ["Phrase", "Role", "parse"]
