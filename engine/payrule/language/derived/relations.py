"""Relate the providers of two lines: the same as far as edits look, or different ones.

An edit of the national tables binds the services of one provider, and of two of one specialty in one group (NCCI Policy
Manual, chapter I). So two providers are different only where both numbers and both specialties are known to differ.
A line that names no rendering provider is the billing provider's, as on a claim.
"""

from collections.abc import Mapping, Sequence

from payrule.language.derived.computed import Kind, PairFunction, Setting, Values
from payrule.model.values import Value
from payrule.model.vocabulary import of_other_line

NPI, TAXONOMY, TYPE = "line.provider.npi", "line.provider.taxonomy", "line.provider.type"

PROVIDER_READS = (NPI, TAXONOMY, TYPE)
"""The attributes that two lines are related by."""

SAME_PROVIDER = "same-provider"
"""The name of the function."""

SAME, DIFFERENT = "same", "different"

OTHER = "other"
"""The type of whoever has none of the named ones, which says nothing of two such providers."""


def providers_related(subject: Values, other: Values, _: Setting) -> str | None:
    """Relate two lines by their providers: `same`, `different`, or None while that is not known.

    >>> from payrule.model.values import ValueSet
    >>> setting = Setting("cms-8-minute", ValueSet(frozenset()), frozenset())
    >>> providers_related({NPI: "1", TYPE: "a"}, {NPI: "2", TYPE: "b"}, setting)
    'different'
    >>> providers_related({NPI: "1", TYPE: "a"}, {NPI: "2", TYPE: "a"}, setting), providers_related({}, {}, setting)
    ('same', 'same')
    >>> providers_related({NPI: "1", TYPE: "a"}, {NPI: "2"}, setting) is None
    True
    """
    numbers, specialties = _numbers(subject, other), _specialties(subject, other)
    if SAME in {numbers, specialties}:
        return SAME
    return DIFFERENT if numbers == specialties == DIFFERENT else None


def providers_wait(subject: Values, other: Values, number: int) -> tuple[str, ...]:
    """Name the attributes that an unknown relation of two lines waits for; `number` is the other line's.

    >>> providers_wait({NPI: "1", TYPE: "a"}, {NPI: "2"}, 3)
    ('lines[3].provider.type',)
    >>> providers_wait({NPI: "1", TYPE: "other"}, {TYPE: "other", TAXONOMY: "X"}, 3)
    ('line.provider.taxonomy', 'lines[3].provider.npi')
    """
    unknown = [NPI] if _numbers(subject, other) is None else []
    if _specialties(subject, other) is None:
        unknown.append(TAXONOMY if TYPE in subject and TYPE in other else TYPE)
    mine = tuple(name for name in unknown if name not in subject)
    return mine + tuple(of_other_line(number, name) for name in unknown if name not in other)


def provider_kinds(lines: Sequence[Values], _: Setting) -> Kind:
    """Say what tells lines apart: of providers of one known specialty who have no other, the specialty alone.

    >>> from payrule.model.values import ValueSet
    >>> lines = [{NPI: "1", TYPE: "a"}, {NPI: "2", TYPE: "a"}, {NPI: "3", TYPE: "a"}, {NPI: "3", TYPE: "b"}]
    >>> kind = provider_kinds(lines, Setting("", ValueSet(frozenset()), frozenset()))
    >>> [kind(line) == kind(lines[0]) for line in lines]
    [True, True, False, False]
    """
    specialties: dict[Value | None, set[tuple[Value | None, ...]]] = {}
    for line in lines:
        specialties.setdefault(line.get(NPI), set()).add((line.get(TAXONOMY), line.get(TYPE)))

    def kind(line: Values) -> tuple[Value | bool | None, ...]:
        number = line.get(NPI)
        is_one_of_many = number is not None and len(specialties.get(number, ())) == 1
        told = True if is_one_of_many and _specialties(line, line) == SAME else number
        return told, line.get(TAXONOMY), line.get(TYPE)

    return kind


def _numbers(subject: Values, other: Values) -> str | None:
    """Relate the numbers; where neither line has one, both are the billing provider's."""
    one, two = subject.get(NPI), other.get(NPI)
    return SAME if one == two else _differ(one, two)


def _specialties(subject: Values, other: Values) -> str | None:
    """Relate the specialties: the taxonomy codes where both lines have one, else the types of provider."""
    found = _differ(subject.get(TAXONOMY), other.get(TAXONOMY))
    if found is not None:
        return found
    one, two = subject.get(TYPE), other.get(TYPE)
    return None if one == two == OTHER else _differ(one, two)


def _differ(one: Value | None, two: Value | None) -> str | None:
    if one is None or two is None:
        return None
    return SAME if one == two else DIFFERENT


REGIONS = "line.regions"
"""The attribute that two lines are related by."""


def regions_related(subject: Values, other: Values, setting: Setting) -> str | None:
    """Relate two lines by their regions."""
    return region_relation(subject.get(REGIONS), other.get(REGIONS), setting)


def regions_wait(subject: Values, other: Values, number: int) -> tuple[str, ...]:
    """Name the attributes that an unknown relation of two lines waits for; `number` is the other line's."""
    return region_waits(subject.get(REGIONS), other.get(REGIONS), number)


def region_relation(subject: Value | None, other: Value | None, setting: Setting) -> str | None:
    """Give `same` when two sets share a region, else `contiguous` when any pair touches, else `separate`.

    None, unknown, when either set is unknown or empty: a service is given somewhere, so no region named is no answer.

    >>> from payrule.model.values import ValueSet
    >>> setting = Setting("cms-8-minute", ValueSet(frozenset()), frozenset({("a", "b"), ("b", "a")}))
    >>> region_relation(frozenset("a"), frozenset("bc"), setting)
    'contiguous'
    >>> region_relation(frozenset("a"), frozenset("c"), setting)
    'separate'
    >>> region_relation(frozenset(), frozenset("c"), setting) is None
    True
    """
    if not isinstance(subject, frozenset) or not isinstance(other, frozenset) or not subject or not other:
        return None
    if subject & other:
        return "same"
    if any((one, two) in setting.contiguous for one in subject for two in other):
        return "contiguous"
    return "separate"


def region_waits(subject: Value | None, other: Value | None, number: int) -> tuple[str, ...]:
    """Name the attributes that an unknown relation waits for; `number` is the other line's.

    >>> region_waits(None, frozenset("a"), 3), region_waits(frozenset("a"), frozenset(), 3)
    (('line.regions',), ('lines[3].regions',))
    """
    return (() if subject else ("line.regions",)) + (() if other else (of_other_line(number, "line.regions"),))


PAIR_RELATIONS: Mapping[str, PairFunction] = {
    "region-relation": PairFunction((REGIONS,), regions_related, regions_wait),
    SAME_PROVIDER: PairFunction(PROVIDER_READS, providers_related, providers_wait, kinds=provider_kinds),
}
"""How two lines are related by what they say themselves."""
