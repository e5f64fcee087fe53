"""Order facts, other-line conditions and rules so that a negated one is settled before it is used.

Within a stratum conclusions chain freely, for they only add; where something needs the falsity of a fact or of an
other-line condition, a stratum ends and the values are settled first (stratified negation: Apt, Blair and Walker,
1988).
"""

from collections.abc import Iterator, Mapping

import msgspec

from payrule.language.lower import All, FactLeaf, Formula, Not, OtherLine, Some


class Stratum(msgspec.Struct, frozen=True):
    """What is concluded together: facts by qualified name, other-line conditions, and rules by name."""

    facts: tuple[str, ...]
    others: tuple[OtherLine, ...]
    rules: tuple[str, ...]


def strata(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> tuple[Stratum, ...]:
    """Put every rule, and every fact and other-line condition that one needs, into its stratum, lowest first.

    `facts` must hold each fact that is used and contain no cycle. Within a stratum everything is in a canonical order.

    >>> formulas = {"r": Not(FactLeaf("f")), "s": FactLeaf("f")}
    >>> for each in strata(formulas, {"f": All(())}): print(each.facts, each.rules)
    ('f',) ('s',)
    () ('r',)
    """
    levels: dict[FactLeaf | OtherLine, int] = {}

    def level(item: FactLeaf | OtherLine) -> int:
        if item not in levels:
            levels[item] = needed(facts[item.name] if isinstance(item, FactLeaf) else item.formula)
        return levels[item]

    def needed(formula: Formula) -> int:
        return max((level(item) + (not positive) for item, positive in dependencies(formula)), default=0)

    placed = {name: needed(formula) for name, formula in rules.items()}
    height = max([*placed.values(), *levels.values()], default=-1) + 1
    return tuple(
        Stratum(
            facts=tuple(sorted(i.name for i, at in levels.items() if at == n and isinstance(i, FactLeaf))),
            others=tuple(
                sorted((i for i, at in levels.items() if at == n and isinstance(i, OtherLine)), key=canonical)
            ),
            rules=tuple(sorted(name for name, at in placed.items() if at == n)),
        )
        for n in range(height)
    )


def dependencies(formula: Formula, *, positive: bool = True) -> Iterator[tuple[FactLeaf | OtherLine, bool]]:
    """List the facts and other-line conditions that a formula rests on, and whether it needs their truth or falsity.

    >>> list(dependencies(Not(FactLeaf("f"))))
    [(FactLeaf(name='f'), False)]
    """
    if isinstance(formula, Not):
        yield from dependencies(formula.part, positive=not positive)
    elif isinstance(formula, (All, Some)):
        for part in formula.parts:
            yield from dependencies(part, positive=positive)
    elif isinstance(formula, (FactLeaf, OtherLine)):
        yield formula, positive


def canonical(item: OtherLine) -> str:
    """Write an other-line condition in one way, for sorting and for telling two apart.

    >>> canonical(OtherLine(FactLeaf("f"), same_date=False))
    '(other any-date (fact f))'
    """
    return _write(item)


def _write(formula: Formula) -> str:
    if isinstance(formula, (All, Some)):
        return f"({type(formula).__name__.lower()} {' '.join(_write(part) for part in formula.parts)})"
    if isinstance(formula, Not):
        return f"(not {_write(formula.part)})"
    if isinstance(formula, OtherLine):
        return f"(other {'same-date' if formula.same_date else 'any-date'} {_write(formula.formula)})"
    if isinstance(formula, FactLeaf):
        return f"(fact {formula.name})"
    details = [getattr(formula, field) for field in formula.__struct_fields__]
    return f"({type(formula).__name__.lower()} {' '.join(_stable(each) for each in details)})"


def _stable(detail: object) -> str:
    members = getattr(detail, "values", None)
    if members is None:
        return repr(detail)
    return f"{{{' '.join(sorted(map(repr, members)))}|{' '.join(map(repr, getattr(detail, 'ranges', ())))}}}"
