"""Check that a vocabulary can be used: its names mean something, and what the engine needs is there."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from payrule.model.schema_validator import SchemaValidator, is_accepted
from payrule.model.value_schema import Schema, bounded, single_schema, trouble, value_schema
from payrule.model.values import NO_VALUE
from payrule.model.vocabulary import (
    BIRTH,
    Attribute,
    Computation,
    Vocabulary,
    region_findings,
    unknown_method,
)
from payrule.source.diagnostics import Diagnostic, did_you_mean, shown
from payrule.source.json_source import JsonSource, Path, place

NEEDED = {"line.code": "code", "line.date": "date"}
"""Attributes that every encounter has, with their types: what was billed, and when it was given."""

DEEPEST = 8
"""Parts of the name of an attribute; the shipped ones have three at most."""

_EFFECTS = ("denied", "returned", "reduced", "affirmative", "neutral")


def vocabulary_name_findings(
    vocabulary: Vocabulary, methods: frozenset[str], functions: frozenset[str], text: JsonSource
) -> tuple[Diagnostic, ...]:
    """List what is wrong in a vocabulary; `methods` are for units, `functions` derive attributes."""
    found = [*region_findings(vocabulary.regions.contiguous, vocabulary, text, ("regions", "contiguous"))]
    if vocabulary.timed.method not in methods:
        found.append(unknown_method(vocabulary.timed.method, methods, text, ("timed", "method")))
    found += _needed_findings(vocabulary, text)
    for name, attribute in vocabulary.attributes.items():
        found += _attribute_findings(attribute, ("attributes", name), text)
        found += _default_findings(attribute, vocabulary, ("attributes", name), text)
    found += _derived_findings(vocabulary, functions, text)
    found += _form_findings(vocabulary, text)
    found += _order_findings(vocabulary, text)
    for each in _named(vocabulary):
        found += _named_findings(each, vocabulary, text)
    found += _retired_findings(vocabulary, text)
    return tuple(found)


class _Named(NamedTuple):
    """A place that names an attribute, the types that it may have, and whether it must hold several values."""

    path: Path
    name: str
    types: tuple[str, ...]
    many: bool | None = False


def _named(vocabulary: Vocabulary) -> Iterator[_Named]:
    """List the attributes that sections name by which the engine reads claims."""
    if vocabulary.frequency is not None:
        yield _Named(("frequency", "attribute"), vocabulary.frequency.attribute, ("code", "text", "choice"))
        yield _Named(("frequency", "reference"), vocabulary.frequency.reference, ("code", "text"))
    if vocabulary.spans is not None:
        yield _Named(("spans", "first"), vocabulary.spans.first, ("date",))
        yield _Named(("spans", "last"), vocabulary.spans.last, ("date",))
        for index, name in enumerate(vocabulary.spans.spread):
            yield _Named(("spans", "spread", index), name, ("integer",))
    for name, pointed in vocabulary.pointers.items():
        yield _Named(("pointers", name), name, ("integer",), many=True)
        yield _Named(("pointers", name), pointed, ("code", "text", "choice"), many=True)
    for name in vocabulary.begins:
        yield _Named(("begins", name), name, ("code", "text", "choice"), many=None)


def _named_findings(named: _Named, vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    attribute = vocabulary.attributes.get(named.name)
    if attribute is None:
        message = f"there is no attribute `{named.name}`"
        yield text.diagnostic(named.path, "unknown-attribute", message, did_you_mean(named.name, vocabulary.attributes))
    elif attribute.type not in named.types or named.many not in {None, attribute.many} or attribute.derived:
        amount = {True: "several values of the type", False: "one value of the type", None: "the type"}[named.many]
        wanted = f"the attribute must hold {amount} {' or '.join(named.types)}"
        message = f"`{named.name}` cannot be used here, because {wanted}"
        yield text.diagnostic(named.path, "unfit-attribute", message, "name another attribute")


def _retired_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find an answer to retired codes that no concern has, or that does not keep a line from being paid."""
    said = vocabulary.retired.answer if vocabulary.retired else None
    if said is None:
        return
    concerns = {each.id: each for each in vocabulary.concerns}
    path: Path = ("retired", "answer")
    if said.concern not in concerns:
        message = f"there is no edit category `{said.concern}`"
        yield text.diagnostic((*path, "concern"), "unknown-concern", message, did_you_mean(said.concern, concerns))
        return
    effects = {each.value: each.effect for each in concerns[said.concern].values}
    if effects.get(said.value) not in {"denied", "returned"}:
        blocking = [value for value, effect in effects.items() if effect in {"denied", "returned"}]
        message = f"`{said.concern}` has no value `{said.value}` that denies or returns a line"
        yield text.diagnostic((*path, "value"), "unknown-value", message, did_you_mean(said.value, blocking))


def _needed_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    for name, kind in NEEDED.items():
        attribute = vocabulary.attributes.get(name)
        if attribute is None or attribute.type != kind or attribute.many or not attribute.required:
            path: Path = ("attributes",) if attribute is None else ("attributes", name)
            message = f"every line needs the attribute `{name}`"
            help_text = f'declare it as {{"type": "{kind}", "required": true, …}}'
            yield text.diagnostic(path, "attribute-needed", message, help_text)


def _attribute_findings(attribute: Attribute, path: Path, text: JsonSource) -> Iterator[Diagnostic]:
    name = path[-1]
    if str(name).count(".") >= DEEPEST:
        message = f"the name {shown(name)} has more than {DEEPEST} parts"
        yield text.diagnostic(path, "deep-name", message, "give the attribute a shorter name", key=True)
    if attribute.system is not None and (attribute.type not in {"code", "text"} or attribute.pattern is not None):
        what = "is no code and no text, so its values are no codes of a system"
        if attribute.type in {"code", "text"}:
            what = "has a pattern, and codes of a system are written in several ways"
        message, key = f"`{name}` {what}", "pattern" if attribute.pattern is not None else "system"
        yield text.diagnostic((*path, key), "unfit-system", message, f"remove `{key}`")
    if attribute.type == "choice" and not attribute.values:
        message = f"`{name}` is a choice and has no values to choose from"
        yield text.diagnostic(path, "no-values", message, "list them under `values`")
    elif attribute.pattern is not None and attribute.type not in {"code", "text"}:
        message = f"`{name}` is no code and no text, so it has no pattern"
        yield text.diagnostic((*path, "pattern"), "unfit-pattern", message, "remove `pattern`")
    elif attribute.pattern is not None and (why := trouble(attribute.pattern)) is not None:
        message = f"the pattern of `{name}` cannot be looked for in time: {why}"
        help_text = "say how many characters there are of which kind, as in `^[0-9]{4}[0-9A-Z]$`"
        yield text.diagnostic((*path, "pattern"), "slow-pattern", message, help_text)


def _default_findings(
    attribute: Attribute, vocabulary: Vocabulary, path: Path, text: JsonSource
) -> Iterator[Diagnostic]:
    """List what is wrong with a default that is another attribute's value."""
    if attribute.default_from is None:
        return
    place = (*path, "default_from")
    source = vocabulary.attributes.get(attribute.default_from)
    if source is None or source is attribute:
        message = f"there is no other attribute `{attribute.default_from}` to take a default from"
        others = [name for name in vocabulary.attributes if name != path[-1]]
        yield text.diagnostic(place, "unknown-attribute", message, did_you_mean(attribute.default_from, others))
    elif not _can_lend(attribute, source, str(path[-1]).startswith("line."), attribute.default_from):
        message = f"`{path[-1]}` cannot hold what `{attribute.default_from}` holds"
        help_text = (
            "name an attribute of the same type that holds one code, text or choice and has no such default itself"
        )
        yield text.diagnostic(place, "unfit-default", message, help_text)


def _can_lend(attribute: Attribute, source: Attribute, is_of_line: bool, named: str) -> bool:  # noqa: FBT001 - said where it is called
    same = (source.type, source.many, source.pattern) == (attribute.type, False, attribute.pattern)
    held = set(source.values) <= set(attribute.values) and attribute.type in {"code", "text", "choice"}
    own = not (attribute.many or attribute.default or attribute.derived or source.derived or source.default_from)
    return same and held and own and (is_of_line or not named.startswith("line."))


def _derived_findings(vocabulary: Vocabulary, functions: frozenset[str], text: JsonSource) -> Iterator[Diagnostic]:
    used = Counter(attribute.function for attribute in vocabulary.attributes.values())
    for name, attribute in vocabulary.attributes.items():
        function = attribute.function
        if function is None:
            continue
        path: Path = ("attributes", name, "derived")
        if function not in functions:
            message = f"there is no function `{function}` to derive `{name}` with"
            yield text.diagnostic(path, "unknown-function", message, did_you_mean(function, functions))
        elif used[function] > 1:
            message = f"`{function}` derives more than one attribute"
            yield text.diagnostic(path, "derived-twice", message, "keep one of them")


_FORM_TYPES = {
    "days_between": ("date", False),
    "age_on": ("date", False),
    "pointed": (None, True),
    "minus": ("integer", False),
    "lookup": (None, False),
    "first_of": (None, True),
}
"""What each form is computed from: the type, where it is one, and whether it holds several values."""

_OF_FORM = {"unit": ("in", "age_on"), "by": ("by", "lookup"), "day": ("on", "lookup"), "value": ("value", "lookup")}
"""Keys that belong to one form only, by the names of their fields."""


def _form_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find forms that cannot be computed: what they name is not there, does not fit, or rests on themselves."""
    for name, attribute in vocabulary.attributes.items():
        made = attribute.computation
        if made is None:
            continue
        path: Path = ("attributes", name, "derived")
        for field, (key, form) in _OF_FORM.items():
            if form != made.form and getattr(made, field):
                message = f"`{key}` belongs to `{form}`, and `{made.form}` computes `{name}`"
                yield text.diagnostic((*path, key), "stray-key", message, f"remove `{key}`", key=True)
        for key in ("default", "default_from", "table", "required"):
            if (held := getattr(attribute, key)) is not None and held is not False:
                message = f"`{name}` is computed, so it has no `{key}`"
                at: Path = ("attributes", name, key)
                yield text.diagnostic(at, "computed-and-given", message, f"remove `{key}`, or `derived`", key=True)
        yield from _input_findings(name, attribute, made, vocabulary, text)
        yield from _value_of_form_findings(name, attribute, made, vocabulary, text)


def _input_findings(
    name: str, attribute: Attribute, made: Computation, vocabulary: Vocabulary, text: JsonSource
) -> Iterator[Diagnostic]:
    """Find what a form is computed from that is not there, or does not fit."""
    kind, many = _FORM_TYPES[made.form]
    for at, each in _places_of_inputs(made):
        path: Path = ("attributes", name, "derived", *at)
        source = vocabulary.attributes.get(each)
        if source is None:
            message = f"there is no attribute `{each}`"
            yield text.diagnostic(path, "unknown-attribute", message, did_you_mean(each, vocabulary.attributes))
            continue
        wanted = "date" if at == ("on",) else kind
        what = f"{'several values' if many else 'one value'}{f' of the type {wanted}' if wanted else ''}"
        fits = source.many == many and wanted in {None, source.type}
        if made.form in {"pointed", "first_of"} and source.type != attribute.type:
            what, fits = f"several values of the type {attribute.type}, as `{name}` does", False
        if source.function is not None:
            what, fits = "what a claim gives or a form computes", False
        if made.is_of_order and not name.startswith("line.") and each.startswith("line."):
            what, fits = f"what a claim says as a whole, as `{name}` does", False
        if not fits:
            message = f"`{made.form}` cannot use `{each}`, because the attribute must hold {what}"
            yield text.diagnostic(path, "unfit-attribute", message, "name another attribute")
    if made.minus is not None:
        one, two = (vocabulary.attributes.get(each) for each in made.minus)
        if one is not None and two is not None and one.measure != two.measure:
            message = f"`{made.minus[0]}` counts {_measure(one)}, and `{made.minus[1]}` {_measure(two)}"
            help_text = "subtract numbers that count the same"
            yield text.diagnostic(("attributes", name, "derived", "minus"), "unfit-attribute", message, help_text)
    if made.age_on is not None and BIRTH not in vocabulary.attributes:
        message = f"an age is counted from `{BIRTH}`, which is no attribute of this vocabulary"
        yield text.diagnostic(
            ("attributes", name, "derived", "age_on"), "attribute-needed", message, 'declare it as {"type": "date", …}'
        )


def _measure(attribute: Attribute) -> str:
    return attribute.measure or "no unit of measure"


def _places_of_inputs(made: Computation) -> Iterator[tuple[Path, str]]:
    """List the attributes that a form names, each with its place in the form."""
    for key in ("days_between", "minus"):
        for index, each in enumerate(getattr(made, key) or ()):
            yield (key, index), each
    for key in ("age_on", "pointed", "first_of"):
        if getattr(made, key) is not None:
            yield (key,), getattr(made, key)
    if made.lookup is not None:
        for column, each in (made.by or {}).items():
            yield ("by", column), each
        if made.day is not None:
            yield ("on",), made.day


_GIVES = {"days_between": "integer", "age_on": "integer", "minus": "integer"}
"""The type of what a form gives, where it has one."""


def _value_of_form_findings(
    name: str, attribute: Attribute, made: Computation, vocabulary: Vocabulary, text: JsonSource
) -> Iterator[Diagnostic]:
    """Find an attribute that cannot hold what its form gives."""
    at: Path = ("attributes", name)
    kind = _GIVES.get(made.form, attribute.type)
    if attribute.type != kind or attribute.many != (made.form == "pointed"):
        amount = "several values" if made.form == "pointed" else "one value"
        message = f"`{made.form}` gives {amount} of the type {kind}, which `{name}` does not hold"
        yield text.diagnostic((*at, "type"), "unfit-computation", message, "declare what it gives")
    if made.first_of is not None and attribute.type not in {"code", "text", "choice"}:
        message = f"`first_of` gives `{NO_VALUE}` for an empty list, which `{name}` cannot hold"
        yield text.diagnostic((*at, "type"), "unfit-computation", message, "compute it from codes, texts or choices")
    elif made.first_of is not None and attribute.type == "choice" and NO_VALUE not in attribute.values:
        message = f"`first_of` gives `{NO_VALUE}` for an empty list, which is no value of `{name}`"
        yield text.diagnostic((*at, "values"), "unfit-computation", message, f"add `{NO_VALUE}` to its values")
    if made.pointed is not None:
        pointing = [each for each, to in vocabulary.pointers.items() if to == made.pointed]
        if len(pointing) != 1 or not pointing[0].startswith("line.") or not name.startswith("line."):
            message = f"no attribute of a line holds positions in `{made.pointed}`, so that none is pointed to"
            help_text = "name it under `pointers`, and compute an attribute of the line"
            yield text.diagnostic((*at, "derived", "pointed"), "no-pointers", message, help_text)


def _order_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    for index, concern in enumerate(vocabulary.concerns):
        if concern.settled == "ranked" and any(value.effect == "reduced" for value in concern.values):
            message = f"`{concern.id}` is ranked, and has a value that reduces"
            help_text = "make it `cumulative`, where each reduction counts"
            yield text.diagnostic(("concerns", index, "settled"), "reduced-where-ranked", message, help_text)
        blocking = [min(_EFFECTS.index(value.effect), 3) for value in concern.values]
        if blocking != sorted(blocking):
            message = f"the values of `{concern.id}` are not in the order of their effect"
            help_text = "list values that deny first, then those that return, then those that reduce, then the others"
            yield text.diagnostic(("concerns", index, "values"), "values-not-strictest-first", message, help_text)


def attribute_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """List limits that leave no value, and defaults and examples that are no values of their attribute.

    An example is what messages and schemas tell people to write, so a wrong one misleads.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> from payrule.source.json_source import scan
    >>> units = Attribute(type="integer", summary="units", minimum=1, example=0)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.units": units})
    >>> print(*attribute_findings(words, scan('{"attributes": {"line.units": {"example": 0}}}')))
    1:43 $.attributes["line.units"].example: the example of `line.units` cannot be `0` (use 1 or more)
    """
    fit = _fit(vocabulary)
    for name, attribute in vocabulary.attributes.items():
        path: Path = ("attributes", name)
        least, most = attribute.minimum, attribute.maximum
        if least is not None and most is not None and least > most:
            message = f"`{name}` can hold nothing: its minimum {least} is above its maximum {most}"
            yield text.diagnostic((*path, "minimum"), "no-value-left", message, "swap the two")
        elif not fit:
            for key, value, shape in _given(attribute):
                for each in SchemaValidator(shape).diagnostics(value):
                    message = each.message.replace("the document", f"the {key} of `{name}`", 1)
                    yield place(msgspec.structs.replace(each, message=message), text, (*path, key))


def _fit(vocabulary: Vocabulary) -> bool:
    """Tell whether all defaults and examples are values of their attributes, by one schema of them all."""
    given = {
        f"{name} {key}": (value, shape)
        for name, attribute in vocabulary.attributes.items()
        for key, value, shape in _given(attribute)
    }
    shape: Schema = {"type": "object", "properties": {name: each for name, (_, each) in given.items()}}
    return is_accepted(shape, {name: value for name, (value, _) in given.items()})


def _given(attribute: Attribute) -> Iterator[tuple[str, object, Schema]]:
    """List the default and the example of an attribute, each with the schema of what it may be."""
    if attribute.type == "choice" and not attribute.values:
        return
    plain = msgspec.structs.replace(attribute, default=None)
    for key, value in (("default", attribute.default), ("example", attribute.example)):
        if value is not None:
            # The example of an attribute that holds several values may be one of them.
            is_one = key == "example" and attribute.many and not isinstance(value, list)
            yield key, value, bounded(single_schema(plain) if is_one else value_schema(plain))
