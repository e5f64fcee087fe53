"""The examples in the description of the service: a claim, names and dates of the rulebase that is served."""

from collections.abc import Iterator
from typing import Any

import msgspec

from payrule.encounter.encounter import CODE
from payrule.examples.run import example_files
from payrule.model.value_schema import single_example
from payrule.rulebase.rulebase import Rulebase


class DescribedExamples(msgspec.Struct, frozen=True, kw_only=True):
    """What the description shows: a claim that `payer` decides, and which parameters it may be asked with.

    `rule` is one that is explained for the line `line` of the claim on `day`; `old` and `new` are versions that can be
    compared, and `consider` a policy that is proposed in the place of another, empty where the rulebase has none.
    """

    claim: dict[str, Any]
    payer: str
    known_on: str
    line: int
    day: str
    rule: str
    presume: str
    consider: str
    old: str
    new: str


def described_examples(rulebase: Rulebase) -> DescribedExamples:
    """Take the smallest example in which a rule decides, of the first payer with examples.

    Without any the claim is made of the examples of the vocabulary.

    >>> from payrule import load
    >>> rulebase = load()
    >>> made = described_examples(rulebase)
    >>> made.payer in rulebase.payers
    True
    """
    payers = sorted(rulebase.payers, key=lambda name: (rulebase.payers[name].purpose != "adjudication", name))
    kept = list(_kept(rulebase))
    found = next((each for payer in payers if (each := _smallest(kept, payer)) is not None), None)
    claim, known_on, shows = _claim(found) if found is not None else (_made_up(rulebase), "", {})
    line = next(each for each in claim["lines"] if each["number"] == shows.get("line", claim["lines"][0]["number"]))
    payer = found["payer"] if found is not None else next(iter(payers), "")
    versions = [each for each in rulebase.policies.values() if each]
    several = max(versions, key=len, default=())
    own = rulebase.payers[payer].policies if payer else frozenset[str]()
    replaced = {name for policy in own for name in (policy, *(each.name for each in rulebase.policies[policy]))}
    rules = [f"{each.id}/{rule.id}" for each in several for rule in each.rules]
    names = [each.name for each in several] or [_NO_VERSION]
    return DescribedExamples(
        claim=claim,
        payer=payer,
        known_on=known_on or line["date"],
        line=line["number"],
        day=line["date"],
        rule=shows.get("rule") or next(iter(rules), ""),
        presume=_presumed(rulebase),
        consider=next((each[-1].id for each in versions if each[-1].replaces in replaced), ""),
        old=names[-2:][0],
        new=names[-1],
    )


_NO_VERSION = "policy@1.0.0"
"""What a version is called where the rulebase has none."""


def _kept(rulebase: Rulebase) -> Iterator[dict[str, Any]]:
    """Give the examples of the rulebase that can be read, and show a rule."""
    for path in example_files(rulebase.documents.folder):
        try:
            value = msgspec.json.decode(path.read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
        if isinstance(value, dict) and value.get("shows") and value.get("encounter", {}).get("lines"):
            yield value


def _smallest(kept: list[dict[str, Any]], payer: str) -> dict[str, Any] | None:
    own = [each for each in kept if each.get("payer") == payer and "consider" not in each]
    return min(own, key=lambda each: (not _decides(each), len(msgspec.json.encode(each))), default=None)


def _decides(example: dict[str, Any]) -> bool:
    return any(each["how"] == "decides" for each in example["shows"])


def _claim(example: dict[str, Any]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    shows = next((each for each in example["shows"] if each["how"] == "decides"), example["shows"][0])
    return example["encounter"], example.get("known_on") or "", shows


def _made_up(rulebase: Rulebase) -> dict[str, Any]:
    """Make a claim of what the vocabulary gives as an example of each attribute that a line needs."""
    attributes = rulebase.documents.vocabulary.attributes
    needed = [name for name, each in attributes.items() if name.startswith("line.") and (each.required or name == CODE)]
    values = {name.removeprefix("line."): single_example(attributes[name]) for name in needed}
    return {"id": "E-1", "lines": [{"number": 1, **values}]}


def _presumed(rulebase: Rulebase) -> str:
    """Name something that can be true or false, and that a claim may leave out."""
    attributes = rulebase.documents.vocabulary.attributes
    return next((name for name, each in attributes.items() if each.type == "boolean" and not each.derived), "")
