"""A page for each policy, made from its document, and one of all tensions.

What is unclear in a source stands in two places of its document: `interpretation` says how it was read, `notes` hold
what is no rule. The page of tensions lists both, so that a reviewer can go through them without reading every rule.
"""

from collections.abc import Iterator, Mapping

from payrule.language.condition import parse
from payrule.language.words import sentence, value_words
from payrule.model.policy import Cite, Policy, Rule, semantic
from payrule.reports.document_words import period
from payrule.rulebase.rulebase import Rulebase

GENERATED = "<!-- Written by `make pages` from the documents in `policies/`; edit those. -->"
"""How a generated page begins."""


def pages(rulebase: Rulebase) -> dict[str, str]:
    """Make the text of every page, by the name of its file."""
    versions = [
        policy
        for _, listed in sorted(rulebase.policies.items())
        for policy in sorted(listed, key=lambda each: semantic(each.version))
    ]
    texts = {f"{policy.name}.md": _page(_policy_lines(policy)) for policy in versions}
    texts["index.md"] = _page(_index_lines(versions, rulebase))
    texts["tensions.md"] = _page(_tension_lines(versions))
    return texts


def _page(lines: Iterator[str]) -> str:
    return "\n".join([GENERATED, "", *lines]).rstrip() + "\n"


def _index_lines(versions: list[Policy], rulebase: Rulebase) -> Iterator[str]:
    yield from ("# Policies and payers", "", "| policy | status | dates of service | rules | title |")
    yield "| --- | --- | --- | --- | --- |"
    for policy in versions:
        link = f"[`{policy.name}`]({policy.name}.md)"
        yield f"| {link} | {policy.status} | {period(policy)} | {len(policy.rules)} | {policy.title} |"
    yield from ("", "| payer | purpose | binds, highest tier first |", "| --- | --- | --- |")
    for name, payer in sorted(rulebase.payers.items()):
        tiers = "; ".join(", ".join(tier) for tier in payer.tiers)
        yield f"| `{name}` ({payer.title}) | {payer.purpose} | {tiers} |"
    yield from ("", "What the sources leave unclear is gathered in [tensions](tensions.md).")


def _policy_lines(policy: Policy) -> Iterator[str]:
    yield from (f"# {policy.name}", "", f"{policy.title}.", "")
    yield f"{policy.issuer}; {policy.authority}; {policy.status}; dates of service: {period(policy)}."
    if policy.replaces:
        yield from ("", f"Proposed in place of `{policy.replaces}`.")
    if policy.interpretation:
        yield from ("", f"How it was read: {policy.interpretation}")
    yield from _definitions("Sources", {name: source.title for name, source in policy.sources.items()})
    yield from _definitions("Sets", {f"@{name}": value_words(members) for name, members in policy.sets.items()})
    facts = {name: f"{fact.summary} When {sentence(parse(fact.when))}." for name, fact in policy.facts.items()}
    yield from _definitions("Facts", facts)
    for concern in dict.fromkeys(rule.conclude.concern for rule in policy.rules):
        yield from ("", f"## Rules on {concern}")
        for rule in policy.rules:
            if rule.conclude.concern == concern:
                yield from _rule_lines(rule)
    if policy.notes:
        yield from ("", "## Notes: statements that are no rules")
        for note in policy.notes:
            yield from ("", f"- {note.text}", f"  - No rule, because: {note.reason}")
            yield from (f"  - {_cited(cite)}" for cite in note.cites)


def _definitions(heading: str, words: Mapping[str, str]) -> Iterator[str]:
    if words:
        yield from ("", f"## {heading}", "")
        yield from (f"- `{name}`: {text}" for name, text in sorted(words.items()))


def _rule_lines(rule: Rule) -> Iterator[str]:
    conclude = rule.conclude
    liability = f", liability {conclude.liability}" if conclude.liability else ""
    yield from ("", f"### {rule.id}", "", rule.summary, "")
    yield f"- When: {sentence(parse(rule.when))}."
    yield f"- Then: {conclude.concern} {conclude.modality} be **{conclude.value}**{liability}."
    if rule.overrides:
        yield f"- In place of: {', '.join(f'`{name}`' for name in rule.overrides)}."
    if rule.interpretation:
        yield f"- How it was read: {rule.interpretation}"
    if rule.remittance:
        yield f"- Remittance: CARC {rule.remittance.carc}{''.join(f', RARC {code}' for code in rule.remittance.rarc)}."
    if rule.advice:
        yield f"- Advice: {rule.advice}"
    yield from (f"- Rests on: {_cited(cite)}" for cite in rule.cites)


def _tension_lines(versions: list[Policy]) -> Iterator[str]:
    yield from ("# Tensions", "", "What the sources leave unclear, and how it was read.")
    for policy in versions:
        readings = [(rule.id, rule.interpretation, rule.cites) for rule in policy.rules if rule.interpretation]
        readings += [
            (name, fact.interpretation, fact.cites) for name, fact in policy.facts.items() if fact.interpretation
        ]
        if not (policy.interpretation or readings or policy.notes):
            continue
        yield from ("", f"## [`{policy.name}`]({policy.name}.md)", "")
        if policy.interpretation:
            yield f"- The whole document: {policy.interpretation}"
        yield from (f"- `{name}`{_statements(cites)}: {reading}" for name, reading, cites in readings)
        yield from (
            f"- Note{_statements(note.cites)}: {note.text} No rule, because: {note.reason}" for note in policy.notes
        )


def _statements(cites: tuple[Cite, ...]) -> str:
    named = dict.fromkeys(cite.statement for cite in cites if cite.statement)
    return f" ({', '.join(named)})" if named else ""


def _cited(cite: Cite) -> str:
    statement = f" ({cite.statement})" if cite.statement else ""
    return f"{cite.source}, {cite.locator}{statement}"
