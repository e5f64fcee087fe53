"""The page of a policy for providers: what is paid and what is not, with codes and sources, a link for each rule."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import msgspec

from payrule.compare.edits import predecessor
from payrule.compare.parts import dates_words
from payrule.language.condition import parse
from payrule.language.words import quota_words, result_words, sentence, value_words
from payrule.model.policy import Policy, Rule, by_version
from payrule.model.remittance_codes import RemittanceCodeList
from payrule.model.vocabulary import Vocabulary
from payrule.reports.pages.html import Html, element, joined, text
from payrule.source.diagnostics import RequestError
from payrule.web.asked import Address, Asked
from payrule.web.frame import Shown, words


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as a provider reads it."""

    id: str
    says: str
    applies: str
    result: str
    codes: tuple[str, ...]
    advice: tuple[str, ...]
    sources: tuple[str, ...]


class PolicyText(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy as a provider reads it; definitions, quotas and lists are those that its rules name."""

    name: str
    title: str
    issuer: str
    dates: str
    rules: tuple[RuleText, ...]
    definitions: dict[str, str]
    quotas: dict[str, str]
    lists: dict[str, str]


def show(asked: Asked) -> Shown:
    """Show a version of a policy."""
    documents = asked.site.rulebase.documents
    policy = by_version(documents.policies).get(asked.parts["version"])
    if policy is None:
        raise RequestError.of("unknown-version", "there is no such version of a policy", "choose one on the worklist")
    shown = policy_text(policy, documents.vocabulary, documents.remittance_codes)
    ways = {"Add a rule": f"/rules/{policy.name}", "Tests": f"/tests?{urlencode({'version': policy.name})}"}
    before = predecessor(policy, documents.policies[policy.id])
    if before is not None:
        ways["What changes"] = f"/changes?{urlencode({'old': before.name, 'new': policy.name})}"
    if policy.status in ("draft", "proposed"):
        ways["Publish"] = f"/publish?{urlencode({'version': policy.name})}"
    if asked.site.sources is not None and not asked.site.is_read_only:
        files = dict.fromkeys(each.file for each in policy.sources.values() if each.file)
        ways |= {f"Source: {each}": f"/sources/{quote(each)}" for each in files}
    links = (element("li", element("a", text(each), href=to)) for each, to in ways.items())
    own = element("nav", element("ul", *links), aria_label=f"Of {policy.name}", class_="ways")
    return Shown(title=shown.title, value=shown, body=(own, *_body(shown, policy)))


def policy_text(policy: Policy, vocabulary: Vocabulary, codes: RemittanceCodeList | None) -> PolicyText:
    """Write a version of a policy for providers.

    >>> from payrule import load
    >>> documents = load().documents
    >>> policy = documents.policies[min(documents.policies)][0]
    >>> policy_text(policy, documents.vocabulary, documents.remittance_codes).title == policy.title
    True
    """
    facts = {name: f"{each.summary} It holds when {_applies(each.when)}" for name, each in policy.facts.items()}
    return PolicyText(
        name=policy.name,
        title=policy.title,
        issuer=policy.issuer,
        dates=dates_words(policy.effective.first, policy.effective.last),
        rules=tuple(_rule(each, policy, vocabulary, codes) for each in policy.rules),
        definitions=facts,
        quotas={name: f"{each.summary} That is {quota_words(each)}." for name, each in policy.limits.items()},
        lists={name: value_words(members) for name, members in policy.sets.items()},
    )


def _applies(when: dict[str, object]) -> str:
    return sentence(parse(dict(when)))


def _rule(rule: Rule, policy: Policy, vocabulary: Vocabulary, codes: RemittanceCodeList | None) -> RuleText:
    return RuleText(
        id=rule.id,
        says=rule.summary,
        applies=_applies(rule.when),
        result=result_words(rule.conclude, vocabulary),
        codes=tuple(_codes(rule, codes)),
        advice=(rule.advice,) if rule.advice else (),
        sources=tuple(f"{policy.sources[each.source].title}: {each.locator}" for each in rule.cites),
    )


def _codes(rule: Rule, known: RemittanceCodeList | None) -> Iterator[str]:
    """Name the remittance codes of a rule, with their texts where the rulebase has them."""
    if rule.remittance is None:
        return
    carc, rarc = (known.carc, known.rarc) if known is not None else ({}, {})
    named = [("CARC", rule.remittance.carc, carc), *(("RARC", each, rarc) for each in rule.remittance.rarc)]
    for kind, code, listed in named:
        yield f"{kind} {code}{f': {listed[code].wording}' if code in listed and listed[code].wording else ''}"


def _body(shown: PolicyText, policy: Policy) -> Iterator[Html]:
    status = policy.status.replace("-", " ")
    yield words(f"{shown.issuer}. Version {policy.version}, {status}. Dates of service: {shown.dates}.")
    links = (element("li", element("a", text(each.says), href=f"#{each.id}")) for each in shown.rules)
    yield element("nav", element("ul", *links), aria_label="Rules", class_="contents")
    for each in shown.rules:
        lines = [element("dt", text("Applies when")), element("dd", _linked(each.applies, shown))]
        lines += [element("dt", text("Result")), element("dd", text(each.result))]
        for name, said in (("Codes", each.codes), ("Advice", each.advice), ("Source", each.sources)):
            if said:
                lines += [element("dt", text(name)), *(element("dd", text(one)) for one in said)]
        title = element("h2", element("a", text(each.says), href=f"#{each.id}"))
        change = element("a", text("Change this rule"), href=f"/rules/{shown.name}/change/{each.id}")
        tests = f"/tests?{urlencode({'version': shown.name, 'rule': each.id})}"
        way = element(
            "p", change, text(", "), element("a", text("Propose claims for it"), href=tests), class_="ways quiet"
        )
        yield element("section", title, element("dl", *lines), way, id=each.id)
    for heading, named in (
        ("Definitions", shown.definitions),
        ("Quotas", shown.quotas),
        ("Code lists", shown.lists),
    ):
        if named:
            listed = (
                element("li", text(f"{_plain(name)}: "), _linked(means, shown), id=f"means-{name}")
                for name, means in sorted(named.items())
            )
            yield element("section", element("h2", text(heading)), element("ul", *listed))


_NAME = re.compile(r"`([^`]+)`|@([a-z0-9-]+)")


def _plain(name: str) -> str:
    return name.replace("-", " ")


def _linked(said: str, shown: PolicyText) -> Html:
    """Write a sentence in which each definition, quota or code list leads to what it means on this page."""
    known = {*shown.definitions, *shown.quotas, *shown.lists}
    pieces, at = [], 0
    for found in _NAME.finditer(said):
        name = found[1] or found[2]
        if name in known:
            link = element("a", text(_plain(name)), href=f"#means-{name}")
            pieces += [text(said[at : found.start()]), link]
            at = found.end()
    return joined([*pieces, text(said[at:])])


ADDRESSES = (Address("/policies/{version}", get=show),)
