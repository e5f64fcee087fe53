"""Normal forms: negation at the leaves only, then a disjunction of clauses.

Kleene's logic is a distributive lattice with De Morgan's laws, so both steps are exact for unknown facts too; a leaf
and its negation in one clause are kept, for their conjunction may be unknown.
"""

from payrule.documents.findings import Finding, LimitError
from payrule.language.leaves import All, Clause, Formula, Literal, Not, Some

MOST_CLAUSES = 64
"""Clauses that a rule may have; five of ten conditions would be 252."""

_MOST_WORKING = 512


def clauses(formula: Formula, what: str = "this condition") -> tuple[Clause, ...]:
    """Give the disjunction of clauses that a formula is, without clauses that another one contains.

    No clauses at all is false, one empty clause is true. Raises LimitError naming `what` when there are more than 64.

    >>> from payrule.language.leaves import FactLeaf
    >>> a, b, c = (Literal(FactLeaf(name)) for name in "abc")
    >>> clauses(All((a.leaf, Some((b.leaf, c.leaf))))) == ((a, b), (a, c))
    True
    """
    found = _expand(formula, positive=True, what=what)
    if len(found) > MOST_CLAUSES:
        raise _too_many(what)
    return tuple(found)


def _expand(formula: Formula, *, positive: bool, what: str) -> list[Clause]:
    if isinstance(formula, Not):
        return _expand(formula.part, positive=not positive, what=what)
    if not isinstance(formula, (All, Some)):
        return [(Literal(formula, positive),)]
    parts = (_expand(part, positive=positive, what=what) for part in formula.parts)
    if isinstance(formula, All) == positive:
        product: list[Clause] = [()]
        for part in parts:
            product = _absorbed([_joined(left, right) for left in product for right in part], what)
        return product
    return _absorbed([clause for part in parts for clause in part], what)


def _joined(left: Clause, right: Clause) -> Clause:
    return left + tuple(literal for literal in right if literal not in left)


def _absorbed(found: list[Clause], what: str) -> list[Clause]:
    """Drop every clause that says no more than a shorter one already admits; keep the order of the rest."""
    if len(found) > _MOST_WORKING * 8:
        raise _too_many(what)
    literals = [(frozenset(clause), clause) for clause in found]
    smallest: list[frozenset[Literal]] = []
    for members, _ in sorted(literals, key=lambda pair: len(pair[0])):
        if not any(other <= members for other in smallest):
            smallest.append(members)
            if len(smallest) > _MOST_WORKING:
                raise _too_many(what)
    wanted = set(smallest)
    kept: list[Clause] = []
    for members, clause in literals:
        if members in wanted:
            wanted.remove(members)
            kept.append(clause)
    return kept


def _too_many(what: str) -> LimitError:
    return LimitError(
        [
            Finding(
                code="too-many-clauses",
                message=f"{what} stands for more than {MOST_CLAUSES} combinations of conditions",
                help="give a part of it a name under `facts` and use that fact instead",
            )
        ]
    )
