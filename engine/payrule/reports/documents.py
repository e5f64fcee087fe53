"""Policies and payers in words: for the terminal, the editor, and the pages of the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from payrule.compare.parts import dates_words
from payrule.language.condition import parse
from payrule.language.words import quota_words, result_words, sentence, value_words
from payrule.model.code_sets import CodeSet
from payrule.model.payer import Payer
from payrule.model.policy import Cite, Fact, Policy, Rule, semantic, version_on
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.rulebase import Rulebase

Level = Literal["line", "section", "rule", "part", "item", "detail"]
"""What a line is: of the policy, the heading of a section, a rule, a part of a rule, an item, a detail of an item."""

Outline = Iterator[tuple[Level, str]]

_INDENT: dict[Level, str] = {"line": "", "section": "", "rule": "  ", "part": "    ", "item": "  ", "detail": "    "}


def policy_words(policy: Policy, vocabulary: Vocabulary) -> Iterator[str]:
    """Write a policy version as lines of text: head, sources, code lists, definitions, rules, notes."""
    yield policy.title
    yield from _text(_outline(policy, vocabulary))


def rule_words(rule: Rule, vocabulary: Vocabulary | None) -> Iterator[str]:
    """Write a rule as lines of text: what it is about, its condition, its result, and its source sentences."""
    return _text(_rule(rule, vocabulary))


def _text(outline: Outline) -> Iterator[str]:
    for level, text in outline:
        if level == "section":
            yield ""
        yield f"{_INDENT[level]}{text}"


def _outline(policy: Policy, vocabulary: Vocabulary) -> Outline:
    """List what a policy version holds, in order."""
    head = f"{policy.name}: {policy.authority} of {policy.issuer}"
    dates = dates_words(policy.effective.first, policy.effective.last)
    yield "line", f"{head}; status: {policy.status}; dates of service: {dates}"
    if policy.replaces:
        yield "line", f"proposed to replace: {policy.replaces}"
    if policy.interpretation:
        yield "line", f"interpretation: {policy.interpretation}"
    conditions = {
        name: f"{each.summary} It holds when {sentence(parse(dict(each.when)))}" for name, each in policy.facts.items()
    }
    for heading, entries in (
        ("sources", {name: source.title for name, source in policy.sources.items()}),
        ("code lists", {f"@{name}": value_words(members) for name, members in policy.sets.items()}),
        ("definitions", conditions),
        ("quotas", {name: f"{each.summary} That is {quota_words(each)}." for name, each in policy.limits.items()}),
    ):
        if entries:
            yield "section", heading
            yield from (("item", f"`{name}`: {text}") for name, text in sorted(entries.items()))
    for concern in dict.fromkeys(rule.conclude.concern for rule in policy.rules):
        yield "section", f"rules of edit category {concern}"
        for rule in policy.rules:
            if rule.conclude.concern == concern:
                yield from _rule(rule, vocabulary)
    if policy.notes:
        yield "section", "notes: source sentences that are not rules"
        for note in policy.notes:
            yield "item", note.text
            yield "detail", f"why it is no rule: {note.reason}"
            yield from (("detail", f"source: {_cited(cite)}") for cite in note.cites)


def _rule(rule: Rule, vocabulary: Vocabulary | None) -> Outline:
    yield "rule", f"{rule.id}: {rule.summary}"
    yield "part", f"when: {sentence(parse(dict(rule.when)))}"
    yield "part", f"result: {result_words(rule.conclude, vocabulary)}"
    if rule.overrides:
        yield "part", f"exception to: {', '.join(f'`{name}`' for name in rule.overrides)}"
    if rule.interpretation:
        yield "part", f"interpretation: {rule.interpretation}"
    if rule.remittance:
        remarks = "".join(f", RARC {code}" for code in rule.remittance.rarc)
        yield "part", f"remittance codes: CARC {rule.remittance.carc}{remarks}"
    if rule.advice:
        yield "part", f"advice: {rule.advice}"
    yield from (("part", f"source: {_cited(cite)}") for cite in rule.cites)


def payer_words(
    payer: Payer, policies: Mapping[str, tuple[Policy, ...]], service: date, known_on: date
) -> Iterator[str]:
    """Write a payer as lines of text: which version of each policy applies on a date, in order of precedence."""
    yield payer.title
    yield f"{payer.id}; purpose: {payer.purpose}"
    if payer.interpretation:
        yield f"interpretation: {payer.interpretation}"
    yield f"\npolicies on {service.isoformat()}, as published on {known_on.isoformat()}, in order of precedence"
    statuses = frozenset({"in-force", "proposed"} if payer.purpose == "what-if" else {"in-force"})
    for place, names in enumerate(payer.tiers, start=1):
        for name in names:
            version = version_on(policies[name], service, known_on, statuses)
            found = f"{version.name}: {version.title}" if version else f"{name}: no version applies on that date"
            yield f"  {place}. {found}"
    if payer.presumptions:
        yield "\nassumed when missing"
        yield from (f"  {name}: {value_words(value)}" for name, value in sorted(payer.presumptions.items()))
    if payer.accepted_conflicts:
        yield "\naccepted conflicts"
        yield from (f"  {' and '.join(each.rules)}: {each.reason}" for each in payer.accepted_conflicts)


def code_set_words(code_set: CodeSet) -> Iterator[str]:
    """Write a code list as lines of text: where it is from, and each code with its dates."""
    yield code_set.title
    yield f"@{code_set.id}"
    if code_set.source:
        yield f"source: {code_set.source.title}{f', {code_set.citation}' if code_set.citation else ''}"
    if code_set.interpretation:
        yield f"interpretation: {code_set.interpretation}"
    yield ""
    yield "codes, by date of service"
    yield from (f"  {each}" for each in entry_words(code_set))


def entry_words(code_set: CodeSet) -> list[str]:
    """Give each entry of a code list as text.

    >>> from payrule.model.code_sets import CodeEntry
    >>> entry_words(CodeSet(kind="code-set", id="hips", title="", entries=(CodeEntry("00001", last="2024-09-30"),)))
    ['00001: to 2024-09-30']
    """
    return [f"{each.code}: {dates_words(each.first, each.last)}" for each in code_set.entries]


POLICY_HEAD = ("policy", "status", "dates of service", "rules", "title")
PAYER_HEAD = ("payer", "purpose", "order of precedence", "title")


def policy_rows(policies: Mapping[str, tuple[Policy, ...]]) -> Iterator[tuple[str, ...]]:
    """List every policy version, cell by cell as `POLICY_HEAD` names them.

    >>> from payrule.model.policy import Conclude
    >>> rule = Rule(id="r", summary="", when={}, conclude=Conclude(concern="benefit", value="covered"))
    >>> policy = Policy(kind="policy", id="p", version="1.0.0", title="One rule alone", issuer="", authority="lcd",
    ...     status="draft", rules=(rule,))
    >>> list(policy_rows({"p": (policy,)}))
    [('p@1.0.0', 'draft', 'any date', '1', 'One rule alone')]
    """
    for policy in _in_order(policies):
        dates = dates_words(policy.effective.first, policy.effective.last)
        yield policy.name, policy.status, dates, f"{len(policy.rules)}", policy.title


def _in_order(policies: Mapping[str, tuple[Policy, ...]]) -> list[Policy]:
    versions = (each for listed in policies.values() for each in listed)
    return sorted(versions, key=lambda each: (each.id, semantic(each.version)))


def payer_rows(payers: Mapping[str, Payer]) -> Iterator[tuple[str, ...]]:
    """List every payer, cell by cell as `PAYER_HEAD` names them; policies of equal precedence have commas between."""
    for _, payer in sorted(payers.items()):
        yield payer.id, payer.purpose, "; ".join(", ".join(tier) for tier in payer.tiers), payer.title


def _cited(cite: Cite) -> str:
    return f"{cite.source}, {cite.locator}{_statements((cite,))}"


def _statements(cites: tuple[Cite, ...]) -> str:
    named = dict.fromkeys(cite.statement for cite in cites if cite.statement)
    return f" ({', '.join(named)})" if named else ""


GENERATED = "<!-- Written by `make pages` from the documents in `policies/`; edit those. -->"
"""How a generated page begins."""

UNCLEAR = "unclear-points.md"


def pages(rulebase: Rulebase) -> dict[str, str]:
    """Make a page of each policy version, an index, and a page of what is unclear in sources, by the names of files."""
    versions = _in_order(rulebase.policies)
    texts = {f"{each.name}.md": _page(_policy_lines(each, rulebase.documents.vocabulary)) for each in versions}
    return texts | {"index.md": _page(_index_lines(rulebase)), UNCLEAR: _page(_unclear_lines(versions))}


def _page(lines: Iterator[str]) -> str:
    return "\n".join([GENERATED, "", *lines]).rstrip() + "\n"


def _index_lines(rulebase: Rulebase) -> Iterator[str]:
    yield from ("# Policies and payers", "", _row(POLICY_HEAD), _row(["---"] * len(POLICY_HEAD)))
    yield from (_row([f"[`{name}`]({name}.md)", *rest]) for name, *rest in policy_rows(rulebase.policies))
    yield from ("", _row(PAYER_HEAD), _row(["---"] * len(PAYER_HEAD)))
    yield from (_row([f"`{name}`", *rest]) for name, *rest in payer_rows(rulebase.payers))
    yield from ("", f"[Unclear points]({UNCLEAR}) lists what the sources leave unclear.")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_MARK: dict[Level, str] = {
    "line": "\n",
    "section": "\n## ",
    "rule": "\n### ",
    "part": "- ",
    "item": "- ",
    "detail": "  - ",
}


def _policy_lines(policy: Policy, vocabulary: Vocabulary) -> Iterator[str]:
    yield from (f"# {policy.name}", "", f"{policy.title}.")
    before: Level = "line"
    for level, text in _outline(policy, vocabulary):
        if before in ("section", "rule"):
            yield ""
        if level == "rule":
            name, _, summary = text.partition(": ")
            yield f"{_MARK[level]}{name}\n\n{summary}"
        else:
            end = "" if level == "section" or text.endswith((".", "?", "!")) else "."
            yield f"{_MARK[level]}{text[:1].upper()}{text[1:]}{end}"
        before = level


def _unclear_lines(versions: list[Policy]) -> Iterator[str]:
    yield from ("# Unclear points", "", "What the sources leave unclear, and how it was interpreted.")
    for policy in versions:
        parts: list[tuple[str, Rule | Fact]] = [*((each.id, each) for each in policy.rules), *policy.facts.items()]
        unclear = [(name, each.interpretation, each.cites) for name, each in parts if each.interpretation]
        if not (policy.interpretation or unclear or policy.notes):
            continue
        yield from ("", f"## [`{policy.name}`]({policy.name}.md)", "")
        if policy.interpretation:
            yield f"- The whole document: {policy.interpretation}"
        yield from (f"- `{name}`{_statements(cites)}: {text}" for name, text, cites in unclear)
        for note in policy.notes:
            yield f"- Note{_statements(note.cites)}: {note.text} Why it is no rule: {note.reason}"
