"""Documents in words: a policy with its rules as sentences, a payer with its tiers, lists of what there is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from payrule.language.condition import parse
from payrule.language.words import sentence, value_words
from payrule.model.payer import Payer
from payrule.model.policy import Cite, Policy, Rule, semantic, version_on
from payrule.reports.text import counted


def policy_words(policy: Policy) -> Iterator[str]:
    """Write a policy version as lines of text: head, sources, sets, facts, rules by concern, notes."""
    yield f"{policy.title}"
    yield f"{policy.name}, {policy.authority} of {policy.issuer}, {policy.status}, {period(policy)}"
    if policy.replaces:
        yield f"proposed in place of {policy.replaces}"
    if policy.interpretation:
        yield f"interpretation: {policy.interpretation}"
    yield from _headed("sources", (f"{name}: {source.title}" for name, source in sorted(policy.sources.items())))
    yield from _headed("sets", (f"@{name}: {value_words(members)}" for name, members in sorted(policy.sets.items())))
    yield from _headed(
        "facts",
        (f"`{name}`: {fact.summary} When {sentence(parse(fact.when))}" for name, fact in sorted(policy.facts.items())),
    )
    for concern in dict.fromkeys(rule.conclude.concern for rule in policy.rules):
        yield ""
        yield f"rules on {concern}"
        for rule in policy.rules:
            if rule.conclude.concern == concern:
                yield from rule_words(rule)
    if policy.notes:
        yield from ("", "notes")
        for note in policy.notes:
            yield f"  {note.text}"
            yield f"    no rule, because: {note.reason}"
            yield from (f"    {_cited(cite)}" for cite in note.cites)


def rule_words(rule: Rule) -> Iterator[str]:
    """Write a rule as a sentence with its conclusion, its reading, and its passages."""
    conclude = rule.conclude
    liability = f", borne by the {conclude.liability}" if conclude.liability in {"provider", "subscriber"} else ""
    yield f"  {rule.id}: {rule.summary}"
    yield f"    when {sentence(parse(rule.when))}"
    yield f"    then {conclude.concern} {conclude.modality} be {conclude.value}{liability}"
    if rule.overrides:
        yield f"    in place of {', '.join(rule.overrides)}"
    if rule.interpretation:
        yield f"    interpretation: {rule.interpretation}"
    yield from (f"    {_cited(cite)}" for cite in rule.cites)


def payer_words(
    payer: Payer, policies: Mapping[str, tuple[Policy, ...]], service: date, known_on: date
) -> Iterator[str]:
    """Write a payer as lines of text: its tiers, and the version of each policy that binds on a date of service."""
    yield payer.title
    yield f"{payer.id}, for {payer.purpose}"
    if payer.interpretation:
        yield f"interpretation: {payer.interpretation}"
    yield ""
    yield f"binding on {service.isoformat()}, as known on {known_on.isoformat()}, highest tier first"
    statuses = frozenset({"in-force", "proposed"} if payer.purpose == "what-if" else {"in-force"})
    for tier, names in enumerate(payer.tiers, start=1):
        for name in names:
            version = version_on(policies[name], service, known_on, statuses)
            said = f"{version.name}: {version.title}" if version else f"{name}: no version binds on that date"
            yield f"  {tier}. {said}"
    yield from _headed(
        "presumed", (f"{name}: {value_words(value)}" for name, value in sorted(payer.presumptions.items()))
    )
    yield from _headed(
        "accepted conflicts", (f"{' and '.join(each.rules)}: {each.reason}" for each in payer.accepted_conflicts)
    )


def policy_rows(policies: Mapping[str, tuple[Policy, ...]]) -> Iterator[tuple[str, ...]]:
    """List every policy version: name, status, dates, number of rules, title.

    >>> from payrule.model.policy import Conclude, Rule
    >>> rule = Rule(id="r", summary="", when={}, conclude=Conclude(concern="benefit", value="covered"))
    >>> policy = Policy(kind="policy", id="p", version="1.0.0", title="One rule alone", issuer="", authority="lcd",
    ...     status="draft", rules=(rule,))
    >>> list(policy_rows({"p": (policy,)}))
    [('p@1.0.0', 'draft', 'any date', '1 rule', 'One rule alone')]
    """
    for _, versions in sorted(policies.items()):
        for policy in sorted(versions, key=lambda each: semantic(each.version)):
            yield policy.name, policy.status, period(policy), counted(len(policy.rules), "rule"), policy.title


def payer_rows(payers: Mapping[str, Payer]) -> Iterator[tuple[str, ...]]:
    """List every payer: id, purpose, tiers, title."""
    for _, payer in sorted(payers.items()):
        yield payer.id, payer.purpose, "; ".join(", ".join(tier) for tier in payer.tiers), payer.title


def period(policy: Policy) -> str:
    """Say for which dates of service a version holds.

    >>> from payrule.model.policy import Period
    >>> period(Policy(kind="policy", id="p", version="1.0.0", title="", issuer="", authority="lcd", status="draft",
    ...     effective=Period(first="2024-07-01")))
    'from 2024-07-01'
    """
    first, last = policy.effective.first, policy.effective.last
    said = [f"from {first}" if first else "", f"to {last}" if last else ""]
    return " ".join(part for part in said if part) or "any date"


def _headed(heading: str, lines: Iterable[str]) -> Iterator[str]:
    listed = [f"  {line}" for line in lines]
    if listed:
        yield from ("", heading, *listed)


def _cited(cite: Cite) -> str:
    statement = f" ({cite.statement})" if cite.statement else ""
    return f"{cite.source}: {cite.locator}{statement}"
