"""A rule of a version that somebody changes in a form: what it cites, the values in its condition, and its result."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import msgspec

from payrule.citations.copies import Copies
from payrule.language.condition import Condition, Count, Lines, Not, OtherLine, Quota, Test, parse, parts_of
from payrule.language.words import subject_of, value_words
from payrule.model.policy import Policy, Rule
from payrule.model.value_schema import BY_KEY
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.load import Documents
from payrule.scaffold.built_rule import BuiltRule, check_summary, citation, conclusion, condition_rows, operand_of
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import Path


class HeldValue(msgspec.Struct, frozen=True):
    """A value in the condition of a rule: its place in the rule, what it is compared with, and how it is written.

    A place that begins with `quotas` is one in the policy. `attribute` is None for a number of lines, days or parts.
    """

    path: Path
    label: str
    written: str
    attribute: str | None = None
    test: str = ""
    hint: str = ""


def held_values(rule: Rule, version: Policy) -> tuple[HeldValue, ...]:
    """List the values in the condition of a rule, in its order, and the amounts of the quotas that it names.

    >>> from payrule import load
    >>> version = load().policies["blue-cross"][0]
    >>> [(each.label, each.written) for each in held_values(version.rule("exclusion"), version)]
    [('code is one of', '@excluded-services')]
    """
    return tuple(_values(parse(rule.when, ("when",)), version, ""))


def _values(node: Condition, version: Policy, of: str) -> Iterator[HeldValue]:
    if isinstance(node, Test):
        written = " ".join(map(value_words, node.listed))
        yield HeldValue(
            node.path, f"{of}{subject_of(node.attribute)} {BY_KEY[node.test].words}", written, node.attribute, node.test
        )
    elif isinstance(node, Count):
        yield HeldValue((*node.path, "at_least"), f"{of}so many of these hold, at least", str(node.at_least))
    elif isinstance(node, Quota):
        limit = version.limits[node.name]
        yield HeldValue(("quotas", node.name, "at_most"), f"{of}no more than, of `{node.name}`", str(limit.at_most))
    elif isinstance(node, Lines):
        yield from _counted(node, of)
        of = f"{of}lines that count: "
    elif isinstance(node, OtherLine):
        of = f"{of.removesuffix('not: ')}no other line: " if of.endswith("not: ") else f"{of}another line: "
    elif isinstance(node, Not):
        of = f"{of}not: "
    for part in parts_of(node):
        yield from _values(part, version, of)


def _counted(node: Lines, of: str) -> Iterator[HeldValue]:
    what = {
        "count": "lines, this one too" if node.itself else "lines",
        "dates": "visits (dates of service), this one too" if node.itself else "visits (dates of service)",
        "sum": f"sum of {subject_of(node.measure.of or '')}",
        "days_since": "days since the latest line",
    }[node.measure.kind]
    for test, number in node.measure.tests:
        is_limit = node.itself and test == "at_least" and number > 1
        hint = f"one more than the limit: {number} is for a limit of {number - 1}" if is_limit else ""
        label = f"{of}{what}: {BY_KEY[test].words}"
        yield HeldValue((*node.path, node.measure.kind, test), label, str(number), hint=hint)
    if node.window.unit in _SIZES:
        label = f"{of}{_SIZES[node.window.unit].format('in how many')}"
        yield HeldValue((*node.path, "window", node.window.unit), label, str(node.window.size))


_SIZES = {"days": "{} days", "months": "{} months", "full_months": "{} full months"}


def typed_of(version: Policy, rule: Rule, copies: Copies | None) -> dict[str, str]:
    """Give what is typed into the form of a rule that nobody has changed yet, by the names of its controls."""
    conclude, remittance = rule.conclude, rule.remittance
    typed = {
        "summary": rule.summary,
        "result": f"{conclude.concern}:{conclude.value}",
        "liability": conclude.liability or "",
        "modality": conclude.modality,
        "carc": remittance.carc if remittance else "",
        "rarc": " ".join(remittance.rarc) if remittance else "",
        "overrides": " ".join(rule.overrides),
        "advice": rule.advice or "",
        "interpretation": rule.interpretation or "",
    }
    for number, each in enumerate(held_values(rule, version), start=1):
        typed[f"value.{number}"] = each.written
    for number, cite in enumerate(rule.cites, start=1):
        typed[f"cite.{number}.locator"] = cite.locator
        typed[f"cite.{number}.passage"] = (copies.passage(version, cite) if copies is not None else None) or ""
    return typed


def changed_rule(
    documents: Documents, version: Policy, rule: Rule, typed: Mapping[str, str], copies: Copies | None
) -> BuiltRule:
    """Make a rule of what is typed into its form; what the form does not show stays as it is.

    Keys are those of `typed_of`, and `when.N.attribute`, `test` and `value` of conditions that are added.
    """
    change = _Change(documents, version, rule, {name: each.strip() for name, each in typed.items()})
    written = change.written
    written["cites"] = [change.cited(number, each, copies) for number, each in enumerate(written.get("cites", ()), 1)]
    for number, each in enumerate(held_values(rule, version), start=1):
        change.put(f"value.{number}", each)
    more = condition_rows(change.said, documents.vocabulary, version, change.wrong)
    written["when"] = _with_more(written["when"], more)
    change.conclude()
    if change.findings:
        return BuiltRule(value=None, findings=tuple(change.findings))
    kept = {key: each for key, each in written.items() if each is not None and each != []}
    return BuiltRule(value=kept, quotas=change.quotas)


_TEXTS = (
    *("summary", "result", "liability", "modality", "carc", "rarc", "overrides", "advice", "interpretation"),
    *("pay", "pay.amount"),
)


class _Change:
    """A rule as its document has it, which becomes what is typed; `quotas` are those of the policy that change too."""

    def __init__(self, documents: Documents, version: Policy, rule: Rule, said: Mapping[str, str]) -> None:
        self.documents, self.version, self.said = documents, version, said
        self.document = read_text(policy_file(documents.folder, version)).value
        self.written: dict[str, Any] = next(deepcopy(each) for each in self.document["rules"] if each["id"] == rule.id)
        self.quotas: dict[str, Any] = {}
        self.findings: list[Diagnostic] = []

    def wrong(self, control: str, message: str, help_text: str | None) -> None:
        self.findings.append(Diagnostic(code="rule-form", message=message, help=help_text, path=control))

    def cited(self, number: int, cite: dict[str, Any], copies: Copies | None) -> dict[str, Any]:
        """Cite the words that are typed, by their digest; a citation without words stays as it is."""
        given = {part: self.said.get(f"cite.{number}.{part}", "") for part in ("locator", "passage")}
        if not given["passage"] and given["locator"]:
            return cite | {"locator": given["locator"]}

        def in_row(control: str, message: str, help_text: str | None) -> None:
            self.wrong(f"cite.{number}.{control}", message, help_text)

        return cite | citation(given | {"source": cite["source"]}, self.version, copies, in_row)

    def put(self, control: str, held: HeldValue) -> None:
        """Write the value that is typed into the rule, or into the quota that it names."""
        text = self.said.get(control, "")
        if text == held.written:
            return
        value = self._read(control, held, text)
        if value is None:
            return
        at: Any = self.written
        if held.path[0] == "quotas":
            name = str(held.path[1])
            self.quotas.setdefault(name, deepcopy(self.document["quotas"][name]))
            at = {"quotas": self.quotas}
        for step in held.path[:-1]:
            at = at[step]
        at[held.path[-1]] = value

    def _read(self, control: str, held: HeldValue, text: str) -> Any:
        """Read a value as its attribute is written, or a whole number; None, with what is wrong kept."""
        if held.attribute is not None:
            vocabulary = self.documents.vocabulary
            attribute = vocabulary.attributes[held.attribute]
            value = operand_of(BY_KEY[held.test].operand, attribute, text, self.version, vocabulary)
            if not isinstance(value, Diagnostic):
                return value
            self.wrong(control, value.message, value.help)
        elif text.isascii() and text.isdecimal() and len(text) <= len("999999"):
            return int(text)
        else:
            self.wrong(control, f"`{text}` is no whole number", "write one, such as 12")
        return None

    def conclude(self) -> None:
        """Write the result, codes, exceptions and texts that are typed; what is paid stays as long as the result."""
        given = {name: self.said.get(name, "") for name in _TEXTS} | {"id": self.written["id"]}
        check_summary(given, self.version, self.wrong)
        before = self.written["conclude"]
        if given["result"] == f"{before['concern']}:{before['value']}" and "pay" in before:
            more = {"liability": given["liability"] or None, "modality": given["modality"]}
            self.written["conclude"] = {key: each for key, each in (before | more).items() if each is not None}
        else:
            self.written["conclude"] = conclusion(given, {}, self.documents.vocabulary, self.wrong)
        remittance = self.written.get("remittance") or {}
        remittance |= {"carc": given["carc"], "rarc": given["rarc"].split()}
        remittance = {key: each for key, each in remittance.items() if each}
        self.written |= {
            "summary": given["summary"],
            "remittance": remittance if given["carc"] else None,
            "overrides": given["overrides"].split() or None,
            "advice": given["advice"] or None,
            "interpretation": given["interpretation"] or None,
        }


def _with_more(when: dict[str, Any], tests: list[dict[str, Any]]) -> dict[str, Any]:
    """Add conditions that have to hold too.

    >>> _with_more({"line.units": {"is": 1}}, [{"line.code": {"is": "00001"}}])
    {'line.units': {'is': 1}, 'line.code': {'is': '00001'}}
    >>> _with_more({"line.units": {"is": 1}}, [{"line.units": {"is": 2}}])
    {'all': [{'line.units': {'is': 1}}, {'line.units': {'is': 2}}]}
    """
    for test in tests:
        when = when | test if when.keys().isdisjoint(test) else {"all": [when, test]}
    return when
