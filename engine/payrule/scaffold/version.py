"""A new version to begin with: a copy with the next number, and the examples carried over to it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.edits import predecessor, raised
from payrule.compare.operands import latest
from payrule.examples.run import NULLABLE, ExampleReader, answered, choices, lines_of, wanted, ways
from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS, Part
from payrule.model.payer import Example
from payrule.model.policy import Policy, Source, applies, by_version, semantic
from payrule.model.values import read_date
from payrule.rulebase.folder import policy_file, read_text, unsaved
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.rule import refuse_settled
from payrule.scaffold.scaffold import Scaffold, document, documents_with, examples_of, named, there
from payrule.source.diagnostics import InputError, RequestError


def new_version(documents: Documents, policy: str, part: Part, first: date | None, published: date | None) -> Scaffold:
    """Copy the latest version of a policy, raise its number, and mark it a draft.

    `first` is the first date of service that it applies to, and `published` the day on which the payer published it;
    where they are None, the dates of service stay as they were, and it is not published. A version that is not in force
    yet, and whose number is lower than the part asks for, is not copied: it gets that number.
    """
    older = latest(documents.policies[named("policy", policy, documents.policies)])
    before = predecessor(older, documents.policies[policy])
    dates: dict[str, Any] = {"effective": {"from": first.isoformat(), "to": None}} if first else {}
    dates |= {"published": published.isoformat()} if published else {}
    if older.status in ("draft", "proposed") and before is not None:
        number = raised(before.version, part)
        if semantic(number) > semantic(older.version):
            return _renumbered(documents, older, before, number, dates)
    if older.status == "draft":
        message = f"`{older.name}` is still a draft"
        raise RequestError.of("draft-version", message, "edit the draft; it needs no new version")
    number = raised(older.version, part)
    value = dict(read_text(policy_file(documents.folder, older)).value) | {"status": "draft", "published": None}
    value.pop("replaces", None)
    path = documents.folder / policy / f"{number}.json"
    return Scaffold(
        {path: document(documents.folder, path, value | dates | {"version": number})},
        then=(
            f"edit `{path}` to match the payer's changes",
            f"add new rules: `payrule new rule {policy} NAME-OF-THE-RULE{there(documents)}`",
            f"see what changes: `payrule diff {older.name} {policy}@{number}{there(documents)}`",
            "when the payer puts it into force, set `status`, `published` and `effective`",
        ),
    )


def with_edition(made: Scaffold, documents: Documents, policy: str, source: str, edition: Source) -> Scaffold:
    """Let the latest version of a policy cite a new edition of a source, once a scaffold is written.

    Raises RequestError for a version that must not change.
    """
    newest = latest(documents_with(made.files | dict.fromkeys(made.gone), documents.folder).policies[policy])
    refuse_settled(newest)
    path = policy_file(documents.folder, newest)
    text = made.files.get(path)
    value = dict(msgspec.json.decode(text) if text is not None else read_text(path).value)
    written = {key: each for key, each in msgspec.to_builtins(edition).items() if each is not None}
    value["sources"] = value["sources"] | {source: value["sources"].get(source, {}) | written}
    files = made.files | {path: document(documents.folder, path, value)}
    return msgspec.structs.replace(made, files=files, changed=made.changed | ({path} if path.exists() else set()))


def _renumbered(documents: Documents, old: Policy, before: Policy, number: str, dates: dict[str, Any]) -> Scaffold:
    """Give a version that is not in force another number, and so another file; its examples go along."""
    path, was = documents.folder / old.id / f"{number}.json", policy_file(documents.folder, old)
    value = dict(read_text(was).value) | dates | {"version": number}
    files, gone = {path: document(documents.folder, path, value)}, {was}
    for example in examples_of(documents, old.id):
        value = dict(read_text(example).value)
        if value.get("carried", {}).get("version") == old.name:
            new = _numbered(example, old.version, number)
            value["summary"] = _dated_summary(value["summary"], number)
            value["carried"] = value["carried"] | {"version": f"{old.id}@{number}"}
            value["encounter"] = value["encounter"] | {"id": new.stem}
            files[new] = document(documents.folder, new, value)
            gone.add(example)
    then = (f"see what changes: `payrule diff {before.name} {old.id}@{number}{there(documents)}`",)
    return Scaffold(files, gone=frozenset(gone), then=then)


def _numbered(path: Path, old: str, new: str) -> Path:
    """Name the file of an example after a version, in place of an older one."""
    before, after = (f"-{number.replace('.', '-')}" for number in (old, new))
    return path.with_name(f"{path.stem.removesuffix(before)}{after}.json")


def carried_over(made: Scaffold, documents: Documents, policy: str, day: date) -> Scaffold:
    """Carry the examples of the version before the latest one over to it, as it is once a scaffold is written.

    Each becomes an example of its own on a date of the latest version. One that this version answers otherwise expects
    the new answer, keeps the old one next to it, and waits until somebody says which is right. A draft becomes a
    proposal, since nobody can try a draft. Raises RequestError where there is no version before it.
    """
    gone: dict[Path, str | None] = dict.fromkeys(made.gone)
    versions = documents_with(made.files | gone, documents.folder).policies[policy]
    newer = latest(versions)
    older = predecessor(newer, versions)
    if older is None:
        message = f"there is no version before `{newer.name}`"
        raise RequestError.of("no-version", message, "there are no examples to carry over")
    path = policy_file(documents.folder, newer)
    text = made.files.get(path)
    value = dict(msgspec.json.decode(text) if text is not None else read_text(path).value)
    proposal = {}
    if newer.status == "draft":  # it replaces the version before it, or what that one would replace itself
        replaces = older.name if older.status == "in-force" else older.replaces or older.name
        value |= {"status": "proposed", "replaces": value.get("replaces", replaces)}
        proposal[path] = document(documents.folder, path, value)
    texts = made.files | gone | proposal
    read = documents_with(texts, documents.folder)
    with unsaved({each.absolute(): content for each, content in texts.items()}):
        carrier = _Carrier(read, older.name, newer.name, day)
        files = carrier.files()
    advised = msgspec.structs.replace(made, then=(*made.then, *carrier.advice(files)))
    if not files:
        return advised
    existing = {each for each in (*files, *proposal) if each not in made.files and each.exists()}
    return msgspec.structs.replace(advised, files=made.files | proposal | files, changed=made.changed | existing)


def carried_again(made: Scaffold, documents: Documents, version: Policy, day: date) -> Scaffold:
    """Carry the examples over again to a version whose rules change, where it is the latest and follows another one."""
    versions = documents.policies[version.id]
    if latest(versions).name != version.name or predecessor(version, versions) is None:
        return made
    return carried_over(made, documents, version.id, day)


class _Carrier:
    """Carry examples over from one version to the next; keep which cannot be, with the reason."""

    def __init__(self, documents: Documents, older: str, newer: str, day: date) -> None:
        versions = by_version(documents.policies)
        self.documents, self.older, self.newer, self.day = documents, versions[older], versions[newer], day
        without = tuple(each for each in documents.policies[self.newer.id] if each.name != newer)
        self.before = msgspec.structs.replace(documents, policies=documents.policies | {self.newer.id: without})
        self.rulebase = Rulebase(documents)
        self.left_out: dict[str, str] = {}
        self.unsettled: dict[Path, str] = {}

    def files(self) -> dict[Path, str]:
        """Give the examples that are new or answer otherwise than they did, by their files."""
        reader = ExampleReader(self.rulebase)
        found: dict[Path, str] = {}
        examples: dict[Path, tuple[Example, dict[str, Any]]] = {}
        for path in examples_of(self.documents, self.newer.id):
            example, text = reader.read(path)
            examples[path] = example, dict(text.value)
        for path, (example, value) in examples.items():
            own = lines_of(self.older, example, self.before, self.day)
            if own and not set(own) <= set(lines_of(self.newer, example, self.documents, self.day)):
                new = _numbered(path, self.older.version, self.newer.version)
                existing = examples[new][1] if new in examples else {}
                made = self._carried(path.stem, example, value, own)
                if made is not None:
                    made["encounter"]["id"] = new.stem
                    settled = existing.get("carried", {}).get("settled")
                    if "was" in made["carried"] and settled and made["expect"] == existing["expect"]:
                        made["carried"]["settled"] = settled
                    elif "was" in made["carried"]:
                        self.unsettled[new] = "; ".join(changes_of(made))
                    if made != existing:
                        found[new] = document(self.documents.folder, new, made)
        return found

    def advice(self, files: Mapping[Path, str]) -> Iterator[str]:
        """Say what is carried over, what has to be settled, and what is left out."""
        if files:
            how_many = f"{len(files):,} {'example' if len(files) == 1 else 'examples'}"
            yield f"{how_many} carried over from `{self.older.name}` to `{self.newer.name}`"
        for path, changes in self.unsettled.items():
            yield f"settle `{path}`: {changes}; if the new answer is right, say why under `carried.settled`"
        for name, why in self.left_out.items():
            yield f"the example `{name}` is not carried over: {why}"
        if self.newer.status != "in-force":
            yield (
                f"after each change of `{self.newer.name}`, update its examples: "
                f"`payrule new version {self.newer.id} --carry`"
            )

    def _carried(
        self, stem: str, example: Example, value: dict[str, Any], own: tuple[int, ...]
    ) -> dict[str, Any] | None:
        """Write an example for the newer version; None, with the reason kept, where it cannot be tried."""
        terms = {key: value[key] for key in ("known_on",) if key in value}
        known_on = terms.get("known_on", self.day.isoformat())
        if self.newer.published and self.newer.published > known_on:
            terms["known_on"] = self.newer.published
        considered: list[dict[str, str]] = [{}] if example.consider is None else []
        if example.consider in (None, self.newer.id):
            considered.append({"consider": self.newer.id})
        plain = {key: each for key, each in value.items() if key not in ("known_on", "consider")} | terms
        plain["encounter"], step = self._dated(example.encounter, own)
        for consider in considered:
            tried = msgspec.convert(plain | consider, Example)
            if set(own) <= set(lines_of(self.newer, tried, self.documents, self.day)):
                try:
                    return self._answered(stem, tried, plain | consider, moved=bool(step))
                except InputError as error:
                    self.left_out[stem] = error.findings[0].message
                    return None
        self.left_out[stem] = (
            f"`{self.newer.name}` does not apply for `{example.payer}` on its dates"
            if considered
            else f"it considers `{example.consider}`"
        )
        return None

    def _dated(self, encounter: dict[str, Any], own: tuple[int, ...]) -> tuple[dict[str, Any], timedelta]:
        """Move lines by so many days that the newer version applies to those that the older one decided.

        Earlier lines of the patient move along. They may be counted in a calendar year, so the day of the year stays
        where that can be. Give the claim, and by how much it is moved.
        """
        lines = encounter["lines"]
        days = [read_date(line["date"]) for line in lines if line["number"] in own]
        if all(applies(self.newer, each) for each in days):
            return encounter, timedelta()
        step = self._step(min(days), max(days), in_its_year=bool(encounter.get("history")))
        made = dict(encounter)
        for key in made.keys() & {"lines", "history"}:
            made[key] = [_moved(each, step) for each in made[key]]
        if made.get("history_from"):
            made["history_from"] = _day(made["history_from"], step)
        return made, step

    def _step(self, start: date, end: date, *, in_its_year: bool) -> timedelta:
        first, last = self.newer.effective.first, self.newer.effective.last
        if not first or start >= read_date(first):
            return read_date(last) - end if last else timedelta()
        begin = read_date(first)
        for year in (begin.year, begin.year + 1) if in_its_year else ():
            step = timedelta(
                days=(date(year, start.month, min(start.day, 28)) - start.replace(day=min(start.day, 28))).days
            )
            if start + step >= begin and (not last or end + step <= read_date(last)):
                return step
        return begin - start

    def _answered(self, stem: str, tried: Example, value: dict[str, Any], *, moved: bool) -> dict[str, Any]:
        chosen = choices(tried, self.day)
        determination = self.rulebase.decide(tried.encounter, **chosen)
        matches = self.rulebase.matches(tried.encounter, **chosen)
        expect, was = [], []
        for expected, written in zip(tried.expect, value["expect"], strict=True):
            found, before = answered(determination.line(expected.line)), wanted(expected)
            keys = dict.fromkeys((*before, "liability"))
            now = {key: found[key] for key in keys if found[key] is not None or (key in before and key in NULLABLE)}
            same = all(_same(each, found[key], moved=key == "open" and moved) for key, each in before.items())
            days = {"open": found["open"]} if "open" in before else {}
            expect.append(written | days if same else {"line": expected.line, **now})
            was += [] if same else [written]
        rules = {f"{self.newer.id}/{rule.id}" for rule in self.newer.rules}
        shows = []
        for each in value.get("shows", ()):
            holds = ways(each["rule"], determination.line(each["line"]), matches[each["line"]])
            how = each["how"] if holds[each["how"]] else next((way for way, true in holds.items() if true), None)
            known = each["rule"].partition("/")[0] != self.newer.id or each["rule"] in rules
            shows += [each | {"how": how}] if how and known else []
            if (how != each["how"] or not known) and not was:
                was += [written for written in value["expect"] if written["line"] == each["line"]]
        kept = {key: each for key, each in value.items() if key not in ("shows", "expect", "carried", "encounter")}
        return (
            kept
            | {"summary": _dated_summary(value["summary"], self.newer.version)}
            | ({"shows": shows} if shows else {})
            | {"encounter": dict(value["encounter"]), "expect": expect}
            | {"carried": {"example": stem, "version": self.newer.name} | ({"was": was} if was else {})}
        )


def _moved(line: dict[str, Any], step: timedelta) -> dict[str, Any]:
    """Move the days of a line."""
    return line | {key: _day(line[key], step) for key in ("date", "date_to") if line.get(key)}


def _same(expected: Any, found: Any, *, moved: bool) -> bool:
    """Tell whether an expectation is met; of which day earlier lines are missing follows from the day of the claim.

    >>> _same(["history[2024-01-01]"], ["history[2027-01-01]"], moved=True), _same(["line.units"], [], moved=True)
    (True, False)
    """
    if moved and isinstance(expected, list):
        return {each.partition("[20")[0] for each in expected} == {each.partition("[20")[0] for each in found}
    return bool(_plain(expected) == _plain(found))


def _day(day: str, step: timedelta) -> str:
    return (read_date(day) + step).isoformat()


class Unsettled(msgspec.Struct, frozen=True):
    """An example that a version answers otherwise than the one before it: its file, and what changes, line by line."""

    path: Path
    summary: str
    changes: tuple[str, ...]


def unsettled(documents: Documents, version: Policy) -> Iterator[Unsettled]:
    """List the examples that were carried over to a version, answered otherwise, and of which nobody said why."""
    for path in examples_of(documents, version.id):
        value = read_text(path).value
        carried = value.get("carried", {})
        if carried.get("version") == version.name and carried.get("was") and not carried.get("settled"):
            yield Unsettled(path, value.get("summary", path.stem), tuple(changes_of(value)))


def settled(documents: Documents, path: Path, why: str) -> str:
    """Write an example of which somebody says why its new answer is right; raises RequestError without a reason."""
    if not why.strip():
        raise RequestError.of(
            "no-reason", "it is not said why the new answers are right", "name what the text says now"
        )
    value = dict(read_text(path).value)
    value["carried"] = value["carried"] | {"settled": why.strip()}
    return document(documents.folder, path, value)


def changes_of(made: Mapping[str, Any]) -> Iterator[str]:
    """Say for each line that is answered otherwise in what; where there is nothing, the example shows other rules."""
    now = {each["line"]: each for each in made["expect"]}
    for was in made["carried"]["was"]:
        changed = (key for key in was if _plain(was[key]) != _plain(now[was["line"]].get(key)))
        if (key := next(changed, None)) is None:
            yield f"line {was['line']}: the answer is the same, but a rule no longer does what the example shows"
        else:
            one, two = (
                msgspec.json.encode(each.get(key)).decode().replace('"', "") for each in (was, now[was["line"]])
            )
            yield f"line {was['line']}: {_called(key)} was {_in_words(key, one)} and is {_in_words(key, two)}"


def _called(key: str) -> str:
    return {"disposition": "the answer", "liability": "who is responsible"}.get(key, f"`{key}`")


def _in_words(key: str, written: str) -> str:
    return {"disposition": DISPOSITION_WORDS, "liability": LIABILITY_WORDS}.get(key, {}).get(written, written)


def _plain(expected: Any) -> Any:
    """Leave out what an expectation says without saying anything: a list of no remark codes."""
    return {key: each for key, each in expected.items() if each != []} if isinstance(expected, dict) else expected


def _dated_summary(summary: str, number: str) -> str:
    """Say since which version an example holds."""
    return f"{summary.partition(' (since ')[0].removesuffix('.')} (since {number})."
