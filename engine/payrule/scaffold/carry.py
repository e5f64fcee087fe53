"""Carry the examples of a version over to the next one: each is decided by it, and changed answers are told."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.edits import predecessor
from payrule.compare.operands import latest
from payrule.examples.run import (
    ExampleReader,
    answered,
    choices,
    example_files,
    lines_of,
    wanted,
    ways,
)
from payrule.model.payer import Example
from payrule.model.policy import Policy, applies
from payrule.model.values import read_date
from payrule.rulebase.folder import policy_file, read_text, unsaved
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.scaffold import Scaffold, document, documents_with
from payrule.source.diagnostics import InputError, RequestError

_SINCE = " (since "


def carried_over(made: Scaffold, documents: Documents, policy: str, day: date) -> Scaffold:
    """Carry the examples of the version before the latest one over to it, as it stands once a scaffold is written.

    Each becomes an example of its own on a date of the latest version. One that this version answers otherwise expects
    the new answer, keeps the old one beside it, and waits until somebody says which is right. A draft becomes a
    proposal, since nobody can try a draft. Raises RequestError where there is no version before it.
    """
    gone: dict[Path, str | None] = dict.fromkeys(made.gone)
    versions = documents_with(made.files | gone, documents.folder).policies[policy]
    newer = latest(versions)
    older = predecessor(newer, versions)
    if older is None:
        raise RequestError.of(
            "no-version", f"there is no version before `{newer.name}`", "there is nothing to carry over"
        )
    path = policy_file(documents.folder, newer)
    text = made.files.get(path)
    value = dict(msgspec.json.decode(text) if text is not None else read_text(path).value)
    proposal = {path: document(documents.folder, path, _proposed(value, older))} if newer.status == "draft" else {}
    texts = made.files | gone | proposal
    read = documents_with(texts, documents.folder)
    with unsaved({each.absolute(): said for each, said in texts.items()}):
        carrying = _Carrying(read, older.name, newer.name, day)
        files = carrying.files()
    told = msgspec.structs.replace(made, then=(*made.then, *carrying.told(files)))
    if not files:
        return told
    standing = {each for each in (*files, *proposal) if each not in made.files and each.exists()}
    return msgspec.structs.replace(told, files=made.files | proposal | files, changed=made.changed | standing)


def renamed(documents: Documents, old: str, number: str) -> tuple[dict[Path, str], frozenset[Path]]:
    """Give the examples that were carried over to a version whose number changes under the new one, and what goes.

    `old` is the version as `policy@version`, and `number` the number that it gets.
    """
    policy, _, was = old.partition("@")
    files: dict[Path, str] = {}
    gone: set[Path] = set()
    for path in example_files(documents.folder):
        value = dict(read_text(path).value) if path.parent.parent.name == policy else {}
        if value.get("carried", {}).get("version") == old:
            new = path.with_name(f"{path.stem.removesuffix(_suffix(was))}{_suffix(number)}.json")
            said = _dated_summary(value["summary"], number)
            value |= {"summary": said, "carried": value["carried"] | {"version": f"{policy}@{number}"}}
            value["encounter"] = value["encounter"] | {"id": new.stem}
            files[new] = document(documents.folder, new, value)
            gone.add(path)
    return files, frozenset(gone)


def _suffix(number: str) -> str:
    return f"-{number.replace('.', '-')}"


def _proposed(value: dict[str, Any], older: Policy) -> dict[str, Any]:
    """Make a draft a proposal that replaces the version before it, or what that one would replace itself."""
    replaces = older.name if older.status == "in-force" else older.replaces or older.name
    return value | {"status": "proposed", "replaces": value.get("replaces", replaces)}


class _Carrying:
    """What is carried over from one version to the next, and what is not, with the reason."""

    def __init__(self, documents: Documents, older: str, newer: str, day: date) -> None:
        versions = {version.name: version for listed in documents.policies.values() for version in listed}
        self.documents, self.older, self.newer, self.day = documents, versions[older], versions[newer], day
        without = tuple(each for each in documents.policies[self.newer.id] if each.name != newer)
        self.before = msgspec.structs.replace(documents, policies=documents.policies | {self.newer.id: without})
        self.rulebase = Rulebase(documents)
        self.left: dict[str, str] = {}
        self.unsettled: dict[Path, str] = {}

    def files(self) -> dict[Path, str]:
        """Give the examples that are new or answer otherwise than they did, by their files."""
        reader = ExampleReader(self.rulebase)
        found: dict[Path, str] = {}
        examples: dict[Path, tuple[Example, dict[str, Any]]] = {}
        for path in example_files(self.documents.folder):
            if path.parent.parent.name == self.newer.id:
                example, text = reader.read(path)
                examples[path] = example, dict(text.value)
        for path, (example, value) in examples.items():
            own = lines_of(self.older, example, self.before, self.day)
            if own and not set(own) <= set(lines_of(self.newer, example, self.documents, self.day)):
                at = path.with_name(
                    f"{path.stem.removesuffix(_suffix(self.older.version))}{_suffix(self.newer.version)}.json"
                )
                standing = examples[at][1] if at in examples else {}
                made = self._carried(path.stem, example, value, own)
                if made is not None:
                    made["encounter"]["id"] = at.stem
                    settled = standing.get("carried", {}).get("settled")
                    if "was" in made["carried"] and settled and made["expect"] == standing["expect"]:
                        made["carried"]["settled"] = settled
                    elif "was" in made["carried"]:
                        self.unsettled[at] = _said(made)
                    if made != standing:
                        found[at] = document(self.documents.folder, at, made)
        return found

    def told(self, files: Mapping[Path, str]) -> Iterator[str]:
        """Say what is carried over, what has to be settled, and what is left out."""
        if files:
            how_many = f"{len(files):,} {'example' if len(files) == 1 else 'examples'}"
            yield f"{how_many} carried over from `{self.older.name}` to `{self.newer.name}`"
        for path, said in self.unsettled.items():
            yield f"settle `{path}`: {said}; if the new answer is right, say why under `carried.settled`"
        for name, why in self.left.items():
            yield f"the example `{name}` is not carried over: {why}"
        if self.newer.status != "in-force":
            yield (
                f"after each change of `{self.newer.name}`: `payrule new version {self.newer.id} --carry` "
                "decides its examples again"
            )

    def _carried(
        self, stem: str, example: Example, value: dict[str, Any], own: tuple[int, ...]
    ) -> dict[str, Any] | None:
        """Write an example for the newer version; None, with the reason told, where it cannot be tried."""
        lines = self._dated(example.encounter["lines"], own)
        terms = {key: value[key] for key in ("known_on",) if key in value}
        known_on = terms.get("known_on", self.day.isoformat())
        if self.newer.published and self.newer.published > known_on:
            terms["known_on"] = self.newer.published
        considered: list[dict[str, str]] = [{}] if example.consider is None else []
        if example.consider in (None, self.newer.id):
            considered.append({"consider": self.newer.id})
        encounter = {**example.encounter, "lines": lines}
        for consider in considered:
            plain = {key: each for key, each in value.items() if key not in ("known_on", "consider")}
            tried = msgspec.convert(plain | terms | consider | {"encounter": encounter}, Example)
            if set(own) <= set(lines_of(self.newer, tried, self.documents, self.day)):
                try:
                    return self._answered(stem, tried, plain | terms | consider | {"encounter": encounter})
                except InputError as fault:
                    self.left[stem] = fault.findings[0].message
                    return None
        self.left[stem] = (
            f"it considers `{example.consider}`"
            if not considered
            else f"`{self.newer.name}` does not bind `{example.payer}` on its dates"
        )
        return None

    def _dated(self, lines: list[dict[str, Any]], own: tuple[int, ...]) -> list[dict[str, Any]]:
        """Move all lines by so many days that the newer version applies to those that the older one had a say in."""
        days = [read_date(line["date"]) for line in lines if line["number"] in own]
        if all(applies(self.newer, each) for each in days):
            return lines
        first, last = self.newer.effective.first, self.newer.effective.last
        step = read_date(first) - min(days) if first and min(days) < read_date(first) else timedelta()
        if not step and last:
            step = read_date(last) - max(days)
        return [{**line, **_moved(line, step)} for line in lines]

    def _answered(self, stem: str, tried: Example, value: dict[str, Any]) -> dict[str, Any]:
        chosen = choices(tried, self.day)
        determination = self.rulebase.decide(tried.encounter, **chosen)
        matches = self.rulebase.matches(tried.encounter, **chosen)
        expect, was = [], []
        for expected, said in zip(tried.expect, value["expect"], strict=True):
            found, asked = answered(determination.line(expected.line)), wanted(expected)
            told = dict.fromkeys((*asked, "liability"))
            now = {key: found[key] for key in told if found[key] is not None or (key in asked and key in _NULLABLE)}
            same = all(found[key] == each for key, each in asked.items())
            expect.append(said if same else {"line": expected.line, **now})
            was += [] if same else [said]
        rules = {f"{self.newer.id}/{rule.id}" for rule in self.newer.rules}
        shows = []
        for each in value.get("shows", ()):
            holds = ways(each["rule"], determination.line(each["line"]), matches[each["line"]])
            how = each["how"] if holds[each["how"]] else next((way for way, true in holds.items() if true), None)
            known = each["rule"].partition("/")[0] != self.newer.id or each["rule"] in rules
            shows += [each | {"how": how}] if how and known else []
            if (how != each["how"] or not known) and not was:
                was += [said for said in value["expect"] if said["line"] == each["line"]]
        kept = {key: each for key, each in value.items() if key not in ("shows", "expect", "carried", "encounter")}
        summary = _dated_summary(value["summary"], self.newer.version)
        return (
            kept
            | {"summary": summary}
            | ({"shows": shows} if shows else {})
            | {"encounter": dict(value["encounter"]), "expect": expect}
            | {"carried": {"example": stem, "version": self.newer.name} | ({"was": was} if was else {})}
        )


_NULLABLE = ("liability", "concern", "allowed_units")


def _moved(line: Mapping[str, Any], step: timedelta) -> dict[str, str]:
    days = {key: line[key] for key in ("date", "date_to") if key in line}
    return {key: (read_date(day) + step).isoformat() for key, day in days.items()}


def _said(made: Mapping[str, Any]) -> str:
    """Say what an example expected of its lines, and what is answered now."""
    now = {each["line"]: each for each in made["expect"]}
    return "; ".join(f"line {was['line']}: {_otherwise(was, now[was['line']])}" for was in made["carried"]["was"])


def _otherwise(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say the first thing in which two answers differ; where there is none, an example shows other rules."""
    key = next((each for each in was if was[each] != now.get(each)), None)
    if key is None:
        return "the answer is the same, and a rule no longer does what the example shows of it"
    one, two = (msgspec.json.encode(each.get(key)).decode().replace('"', "") for each in (was, now))
    return f"`{key}` was {one} and is {two}"


def _dated_summary(summary: str, number: str) -> str:
    """Say since which version an example holds.

    >>> _dated_summary("It is paid for.", "1.1.0"), _dated_summary("It is paid for (since 1.1.0).", "2.0.0")
    ('It is paid for (since 1.1.0).', 'It is paid for (since 2.0.0).')
    """
    return f"{summary.partition(_SINCE)[0].removesuffix('.')}{_SINCE}{number})."
