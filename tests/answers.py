"""Answers as they are encoded: part by part."""

from typing import Any

from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.solver import NEVER, Graph
from payrule.results.difference import Answer


def said(answer: Answer) -> list[Any]:
    """List the parts of an answer, in the order of those that are encoded."""
    return [getattr(answer, name) for name in Answer.__struct_fields__]


def is_answered(graph: Graph, encoded: AnswerLiterals, answer: Answer) -> int:
    """Give the literal that the answer is this one; it is false where no claim can have a part of it."""
    parts = zip((*encoded.parts(), encoded.rule), said(answer), strict=True)
    return graph.all(part.get(value, NEVER) for part, value in parts)
