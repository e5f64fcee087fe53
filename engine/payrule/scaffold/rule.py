"""A rule to begin with, and its examples: a line that it decides, and one that it just misses.

What a sentence says of limits and of payment in part is read as far as it says so in common words: a count of lines, a
quota, a percentage. It is a draft for a person who compares it with the text.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.operands import latest
from payrule.encounter.encounter import CHARGE, CODE, UNITS
from payrule.language.names import Names
from payrule.model.choices import NOWHERE, UNWRITTEN
from payrule.model.policy import Policy, Rule, semantic
from payrule.model.value_schema import single_example
from payrule.model.vocabulary import Concern, Vocabulary
from payrule.rulebase.folder import EXAMPLES, policy_file, read_text
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.asked import beside
from payrule.scaffold.example import SPEAKING, Setting, example_value, later, shown_by, trial, usual_code
from payrule.scaffold.rulebase import free_name
from payrule.scaffold.scaffold import Scaffold, document, documents_with, named, there
from payrule.source.diagnostics import RequestError, did_you_mean

PROVIDER, GROUP = "line.provider.npi", "line.group.tin"


class Limit(msgspec.Struct, frozen=True):
    """A limit: the largest number of visits, lines or units in a window; `words` are those of the text."""

    words: str
    at_most: int
    of: str
    window: str | dict[str, int]

    @property
    def ranks(self) -> bool:
        """Tell whether the limit is shared: a part of a line is inside, or some lines of one date are."""
        return self.of == "units" or self.window in ("date", "patient-date", "encounter")

    def quota(self, code: str, same: tuple[str, ...], known: Collection[str]) -> dict[str, Any]:
        """Write the limit as a quota of lines with a code; `known` are the attributes that there are."""
        order = {"first": [{"highest": CHARGE}]} if CHARGE in known else {}
        alike = {"same": list(same)} if same else {}
        of = UNITS if self.of == "units" else "lines"
        summary = f"At most {self.words}."
        where = {"where": {CODE: {"is": code}}}
        return {"summary": summary, "of": of, "at_most": self.at_most, "window": self.window} | alike | where | order

    def lines(self, code: str, same: tuple[str, ...]) -> dict[str, Any]:
        """Write the condition that the limit is exceeded, with lines of a code; the line itself counts."""
        measure = "dates" if self.of == "visits" else "count"
        alike = {"same": list(same)} if same else {}
        counted = {"itself": True, measure: {"at_least": self.at_most + 1}}
        return {"lines": {"window": self.window, "where": {CODE: {"is": code}}} | alike | counted}


class Said(msgspec.Struct, frozen=True):
    """The limits of a sentence, in what the lines that count must agree, and what percentage is paid."""

    limits: tuple[Limit, ...] = ()
    same: tuple[str, ...] = ()
    percent: float | None = None


def said(sentence: str) -> Said:
    """Read limits and a percentage; nothing where the sentence does not limit.

    >>> found = said("No more than 12 visits in 90 days, 20 in a calendar year, with any provider of the group.")
    >>> [(each.at_most, each.of, each.window) for each in found.limits], found.same
    ([(12, 'visits', {'days': 90}), (20, 'visits', 'year')], ('line.group.tin',))
    >>> said("The plan pays assistants at 85 percent.").percent
    85
    >>> said("The plan pays for 30 minutes of exercises.")
    Said(limits=(), same=(), percent=None)
    """
    text = " ".join(sentence.lower().split())
    limits: list[Limit] = []
    of = "visits"
    for found in _LIMIT.finditer(text) if _limiting(text) else ():
        counted = text[found.start() : found.start("unit")]
        of = next((name for name, is_one in _NOUNS.items() if is_one(counted)), of)
        window = _window(found, text)
        limits.append(Limit(found[0].strip(" ,"), _number(found["number"]), of, window))
    return Said(tuple(limits), _same(text) if limits else (), _percent(text))


_limiting = re.compile(
    r"no more than|not more than|at most|up to|maximum|max\b|limit|only|exceed|beyond|more than|once|twice"
).search

_NOUNS = {
    "units": re.compile(r"\b(?:units?|quarter-hours?|doses?)\b").search,
    "lines": re.compile(r"\b(?:lines?|services?|procedures?|items?|modalit(?:y|ies)|claims?)\b").search,
    "visits": re.compile(r"\b(?:visits?|sessions?|treatments?|appointments?|times?|examinations?|tests?)\b").search,
}
"""By what is counted, what finds its nouns. A limit without one counts as the limit before it, the first one visits."""

_TO_TWELVE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {
    **{word: number for number, word in enumerate(_TO_TWELVE, start=1)},
    **{word: 10 * number for number, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty"), start=2)},
    "once": 1,
    "twice": 2,
}

_NUMBER = rf"\d{{1,3}}|{'|'.join(_WORDS)}"
_LIMIT = re.compile(
    rf"\b(?P<number>{_NUMBER})\b"
    rf"(?:\s+(?!(?:{_NUMBER}|days?|weeks?|months?|years?|percent|in|per|within|every|each)\b)[a-z-]+){{0,7}}?"
    r"\s+(?:in|per|within|over|during|every|each|for|on|a|an|any)(?:\s+(?:a|an|any|the|each|one|same|period of))*\s+"
    rf"(?:(?P<size>{_NUMBER})[ -](?:consecutive )?)?"
    r"(?P<unit>calendar year|lifetime|life|day|date|week|month|year|visit|claim)s?\b"
)
"""A number, what is counted, and the time in which: `12 visits in 90 days`, `20 in a calendar year`, `once a year`."""


def _number(text: str) -> int:
    return _WORDS.get(text) or int(text)


def _window(found: re.Match[str], text: str) -> str | dict[str, int]:
    size, unit = _number(found["size"]) if found["size"] else None, found["unit"]
    if unit in ("day", "date", "visit") and size in (None, 1):
        return "patient-date" if _everybody(text) else "date"
    if unit == "claim":
        return "encounter"
    if unit in ("lifetime", "life"):
        return "ever"
    if unit == "calendar year" or (unit == "year" and size is None):
        return "year"
    factor, of = {"day": (1, "days"), "week": (7, "days"), "month": (1, "months"), "year": (12, "months")}[unit]
    return {of: factor * (size or 1)}


_everybody: Callable[[str], Any] = re.compile(r"\b(?:any|all|every|whatever|different) (?:[a-z]+ )?provider").search
_group = re.compile(r"\b(?:group|practice)\b").search
_each = re.compile(
    r"\b(?:same|each|one|per|a single) (?:rendering )?(?:provider|therapist|physician|clinician)\b"
).search


def _same(text: str) -> tuple[str, ...]:
    if _group(text):
        return (GROUP,)
    return (PROVIDER,) if _each(text) else ()


_reduced_by = re.compile(r"\b(?:reduced|lowered|cut) by (\d+(?:\.\d+)?) ?(?:%|per ?cent)").search
_paid_at = re.compile(
    r"\b(?:pa(?:id|ys?|yment)|reimburs\w+|allow\w*|covered|reduced to)\b[^.%]*?(\d+(?:\.\d+)?) ?(?:%|per ?cent)"
).search
_half = re.compile(r"\b(?:pa(?:id|ys?)|reduced|reimburs\w+)\b.*\b(?:at|by|to) (?:one )?half\b|\bpays half\b").search


def _percent(text: str) -> float | None:
    if by := _reduced_by(text):
        paid = 100 - float(by[1])
    elif at := _paid_at(text):
        paid = float(at[1])
    else:
        paid = 50.0 if _half(text) else 0.0
    whole = int(paid) if paid.is_integer() else paid
    return whole if 0 < paid < 100 else None  # noqa: PLR2004 - all of it is no part


def rule_examples(setting: Setting, policy: Policy, rule: Rule, code: str, *, movable: bool = True) -> dict[Path, str]:
    """Make both examples of a rule for a code; raises RequestError when another rule decides instead.

    A claim that is `movable` may be later in its year, so that the days which a rule counts come before it.
    """
    documents = setting.rulebase.documents
    counted = beside(rule, Names(documents.vocabulary, policy))
    matching = setting._replace(beside=counted)
    if movable:
        matching = matching._replace(trial=later(setting.trial, counted.days, policy))
    name, other = f"{policy.id}/{rule.id}", next(_other_codes(policy, documents.vocabulary, code))
    effect = documents.vocabulary.concern(rule.conclude.concern).effect(rule.conclude.value)
    matches, own = f"{rule.id}-matches", {CODE: code} | counted.own
    shown = (matching, own)
    if effect == "reduced":  # of a line that other rules let be payable
        shown = shown_by(setting, policy, rule.id, matches, values=own, code=code, movable=movable)
    values = [
        example_value(shown[0], matches, shown[1], rule=name, summary=f"`{rule.id}` matches a line with code {code}."),
        _near_miss(matching, rule, name, code)
        or example_value(
            setting,
            f"{rule.id}-near-miss",
            {CODE: other},
            rule=name,
            summary=f"`{rule.id}` does not match a line with code {other}.",
        ),
    ]
    if effect not in ("neutral", "reduced"):
        _refuse_overruled(values[0], policy, rule, code)
    paths = [documents.folder / policy.id / EXAMPLES / f"{value['encounter']['id']}.json" for value in values]
    return {path: document(documents.folder, path, value) for path, value in zip(paths, values, strict=True)}


def _near_miss(matching: Setting, rule: Rule, name: str, code: str) -> dict[str, Any] | None:
    """Make the example that a rule just misses by one line fewer beside it; None where that does not show it."""
    counted = matching.beside
    if not counted.lines:
        return None
    fewer = matching._replace(beside=msgspec.structs.replace(counted, lines=counted.lines[:-1]))
    summary = f"`{rule.id}` does not match a line with code {code} where one line fewer counts."
    value = example_value(fewer, f"{rule.id}-near-miss", {CODE: code} | counted.own, rule=name, summary=summary)
    return value if any(each["how"] == "near-miss" for each in value.get("shows", ())) else None


def _refuse_overruled(example: dict[str, Any], policy: Policy, rule: Rule, code: str) -> None:
    """Refuse a rule that does not decide the line of its example; say what does."""
    if any(each["how"] in SPEAKING for each in example.get("shows", ())):
        return
    expected = example["expect"][0]
    reasons = ", ".join(f"`{each}`" for each in expected["reasons"])
    instead = f"{reasons} does" if reasons else f"the disposition is `{expected['disposition']}`"
    same = {
        f"{policy.id}/{each.id}": each.id for each in policy.rules if each.conclude.concern == rule.conclude.concern
    }
    own = [same[each] for each in expected["reasons"] if each in same]
    help_text = (
        f"make it an exception with `--overrides {own[0]}`, or use another `--code`" if own else "use another `--code`"
    )
    message = f"`{policy.id}/{rule.id}` would not decide a line with code `{code}`: {instead}"
    raise RequestError.of("rule-does-not-decide", message, help_text)


def _other_codes(policy: Policy, vocabulary: Vocabulary, code: str) -> Iterator[str]:
    """List other codes: those in code lists of the policy and the vocabulary, then any of the same form."""
    for members in (*policy.sets.values(), *vocabulary.sets.values(), vocabulary.timed.codes):
        for member in members:
            first = str(member).partition("-")[0]
            if first != code and len(first) == len(code):
                yield first
    yield from (f"{code[:-1]}{digit}" for digit in "0123456789" if not code.endswith(digit))


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an analyst may give of a rule; the scaffold fills in what is None."""

    summary: str
    locator: str
    code: str | None = None
    concern: str | None = None
    value: str | None = None
    liability: str | None = None
    modality: str = "shall"
    source: str | None = None
    carc: str | None = None
    rarc: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    payer: str | None = None
    service: date | None = None


def new_rule(documents: Documents, policy: str, name: str, wanted: Wanted, day: date) -> Scaffold:
    """Add a rule to the latest version of a policy, with two examples that pass.

    A draft becomes a proposal, since nobody can try a draft. Raises RequestError where there is no version to add it
    to, no payer to try it, or no line that it decides.
    """
    version = latest(documents.policies[named("policy", policy, documents.policies)])
    refuse_settled(version)
    free_name("rule", name, any(rule.id == name for rule in version.rules))
    path = policy_file(documents.folder, version)
    rule, quotas = _rule(documents, version, name, wanted)
    value = with_rule(documents, version, rule, quotas)
    texts = {path: document(documents.folder, path, value)}
    rulebase = Rulebase(documents_with(texts, documents.folder))
    newer = latest(rulebase.policies[policy])
    setting = Setting(rulebase, trial(documents, newer, day, payer=wanted.payer, service=wanted.service), day)
    code = wanted.code or usual_code(rulebase)
    examples = rule_examples(setting, newer, newer.rules[-1], code, movable=wanted.service is None)
    then = [f"`{version.name}` is now proposed, so that it can be tried"] if version.status == "draft" else []
    if read := ", ".join(f"`{each.words}`" for each in said(wanted.summary).limits):
        then.append(f"compare its limits with the text: they were read from {read} in the summary")
    then.append(f"write {unwritten(wanted)} in `{path}`")
    then.append(f"read it in words: `payrule show {policy}/{name}{there(documents)}`")
    return Scaffold(texts | examples, frozenset([path]), then=tuple(then))


def refuse_settled(version: Policy) -> None:
    """Raise RequestError for a version that must not change any more."""
    if version.status in ("in-force", "retired"):
        message = f"`{version.name}` is {version.status.replace('-', ' ')}, so it must not change"
        help_text = f"first make the next version: `payrule new version {version.id}`"
        raise RequestError.of("version-settled", message, help_text)


def unwritten(wanted: Wanted) -> str:
    """Name what an analyst still has to write for a new rule; its condition is always a placeholder.

    >>> unwritten(Wanted(summary=f"{UNWRITTEN}: what the payer does.", locator=NOWHERE))
    'its summary, its condition, its result and the place in the text'
    >>> unwritten(Wanted(summary="The payer denies it.", locator="2.1", value="denied"))
    'its condition'
    >>> unwritten(Wanted(summary="At most 2 visits a week.", locator="2.1", value="denied"))
    'the rest of its condition'
    """
    lacking = {
        "its summary": UNWRITTEN in wanted.summary,
        "the rest of its condition" if said(wanted.summary).limits else "its condition": True,
        "its result": wanted.concern is None and wanted.value is None,
        "the place in the text": wanted.locator == NOWHERE,
    }
    *others, last = [name for name, lacks in lacking.items() if lacks]
    return " and ".join(filter(None, (", ".join(others), last)))


def with_rule(
    documents: Documents, version: Policy, rule: dict[str, Any], quotas: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give the document of a version with one more rule, or in place of that of its name, and the quotas it asks about.

    A draft becomes a proposal, since nobody can try a draft.
    """
    value: dict[str, Any] = dict(read_text(policy_file(documents.folder, version)).value)
    there = value.get("rules", [])
    is_new = all(each["id"] != rule["id"] for each in there)
    value["rules"] = [rule if each["id"] == rule["id"] else each for each in there] + [rule] * is_new
    if quotas:
        value["quotas"] = {**value.get("quotas", {}), **quotas}
    if version.status == "draft":
        value["status"] = "proposed"
        in_force = [each for each in documents.policies[version.id] if each.status == "in-force"]
        if in_force:
            value["replaces"] = max(in_force, key=lambda each: semantic(each.version)).name
    return value


def _rule(
    documents: Documents, version: Policy, name: str, wanted: Wanted
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Make a rule, with what its summary says of limits and of payment in part, and the quotas that it asks about."""
    read = said(wanted.summary)
    concern = _concern(documents, wanted, read)
    values = {each.value: each for each in concern.values}  # the last is the mildest
    value = values[named(f"value of {concern.id}", wanted.value, values)] if wanted.value else concern.values[-1]
    if wanted.value is None and _reduces(read, wanted):
        value = next((each for each in concern.values if each.effect == "reduced"), value)
    if not version.sources:
        message = f"`{version.name}` has no source that a rule could cite"
        raise RequestError.of("no-source", message, "add one under `sources`")
    source = _source(version, wanted.source or next(iter(version.sources)))
    liability = wanted.liability or ("unspecified" if value.effect == "denied" else None)
    code = wanted.code or single_example(documents.vocabulary.attributes[CODE])
    when, quotas = _counted(read, version, name, code, documents.vocabulary)
    pay: dict[str, Any] = {}
    if value.effect == "reduced":
        units = next((quota for quota, made in quotas.items() if made["of"] == UNITS), None)
        pay = {"pay": {"percent": read.percent or 100}} if units is None else {"pay": {"units": {"quota": units}}}
    # A placeholder for a code or a result that nobody gave must not go into force unseen.
    made_up = ["its condition"] * (wanted.code is None)
    made_up += ["its result"] * (wanted.concern is None and wanted.value is None)
    made_up += ["what it pays"] * (value.effect == "reduced")
    made_up += ["what it counts"] * bool(read.limits)
    note = f"{UNWRITTEN}: {' and '.join(made_up)}; the text here now is only a placeholder."
    rule: dict[str, Any] = {
        "id": name,
        "summary": wanted.summary,
        "cites": [{"source": source, "locator": wanted.locator}],
        "when": when,
        "conclude": {
            "concern": concern.id,
            "value": value.value,
            **({"liability": liability} if liability else {}),
            "modality": wanted.modality,
            **pay,
        },
        **({"remittance": {"carc": wanted.carc, "rarc": list(wanted.rarc)}} if wanted.carc else {}),
        **({"overrides": list(wanted.overrides)} if wanted.overrides else {}),
        **({"interpretation": note} if made_up else {}),
    }
    return rule, quotas


def _reduces(read: Said, wanted: Wanted) -> bool:
    """Tell whether a sentence says that a part is paid, where no result was chosen."""
    return wanted.value is None and (read.percent is not None or any(each.of == "units" for each in read.limits))


def _counted(
    read: Said, version: Policy, name: str, code: str, vocabulary: Vocabulary
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Write the condition of a rule for a code, with limits, of which one must be exceeded; and its quotas."""
    same = tuple(each for each in read.same if each in vocabulary.attributes)
    quotas: dict[str, dict[str, Any]] = {}
    parts: list[dict[str, Any]] = []
    for limit in read.limits:
        if limit.ranks:
            quota = name if name not in {*version.limits, *quotas} else f"{name}-{len(quotas) + 1}"
            quotas[quota] = limit.quota(code, same, vocabulary.attributes)
            parts.append({"quota": {quota: {"over": {"at_least": 1}}}})
        else:
            parts.append(limit.lines(code, same))
    alone = parts[0] if len(parts) == 1 else {}
    return {CODE: {"is": code}} | (alone or ({"any": parts} if parts else {})), quotas


def _source(version: Policy, name: str) -> str:
    """Give a source of the policy; raises RequestError for another one, saying how to add it."""
    if name not in version.sources:
        known = ", ".join(f"`{each}`" for each in version.sources)
        entry = f'`"{name}": {{"title": "...", "file": "{name}.txt"}}`'
        help_text = f"use one of {known}, or add it under `sources`: {entry}"
        message = f"`{version.name}` has no source `{name}`"
        raise RequestError.of("unknown-source", message, did_you_mean(name, version.sources, otherwise=help_text))
    return name


def _concern(documents: Documents, wanted: Wanted, read: Said) -> Concern:
    """Give the edit category that is wanted, one of payment in part for a sentence that says so, or of a benefit."""
    concerns = {each.id: each for each in documents.vocabulary.concerns}
    if wanted.concern is not None:
        return concerns[named("concern", wanted.concern, concerns, "edit category")]
    if _reduces(read, wanted):
        # A percentage is the last category's, units are those of one before it.
        of_part = [each for each in concerns.values() if any(value.effect == "reduced" for value in each.values)]
        if of_part:
            return of_part[0 if read.limits else -1]
    having = (each for each in concerns.values() if wanted.value in {value.value for value in each.values})
    affirmative = (each for each in concerns.values() if any(value.effect == "affirmative" for value in each.values))
    return next(having, None) or next(affirmative, next(iter(concerns.values())))
