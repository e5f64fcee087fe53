"""Remittance codes mean something: listed, in use, not alone where they must not be, and there for each denial."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.findings_tables import written

from payrule.lint.check import check_file, check_rulebase
from payrule.model.choices import SCHEMA_NAMES
from payrule.model.policy import Remittance
from payrule.model.remittance_codes import REMITTANCE_CODES, ListedCode, RemittanceCodeList
from payrule.model.schema_validator import schema
from payrule.resolve.remittance import GROUPS
from payrule.rulebase.load import read_documents
from payrule.rulebase.write_schemas import schema_of, shipped_vocabulary
from payrule.source.files import shipped

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "codes" / "carc-rarc-2024-06.csv"

LIST, POLICY, PAYER, VOCABULARY = REMITTANCE_CODES, "blue-cross/1.0.0.json", "payers/blue-cross.json", "vocabulary.json"

shipped_documents = cache(read_documents)

Json = dict[str, Any]
Change = Callable[[Json], object]


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    """Make a rulebase of one policy and its payer, with the list of codes."""
    for name in (LIST, POLICY, PAYER, VOCABULARY):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((shipped("policies") / name).read_bytes())
    return tmp_path


def change(path: Path, make: Change) -> None:
    document = json.loads(path.read_bytes())
    make(document)
    path.write_text(json.dumps(document, indent=1))


def told(rulebase: Path, **changes: Change) -> list[str]:
    """Change documents of a rulebase by kind, and give all that is then wrong with it."""
    for kind, make in changes.items():
        change(rulebase / {"codes": LIST, "policy": POLICY, "payer": PAYER, "vocabulary": VOCABULARY}[kind], make)
    found = read_documents(rulebase).findings
    assert all(each.line and each.column and each.file and each.severity == "error" for each in found)
    return [said for each in found for said in written(each)]


def help_of(count: int, what: str) -> str:
    """Give the help for a code that is not listed: it never guesses by the spelling of a number."""
    return (
        f"    choose by what the code says: `remittance-codes.json` lists {count} {what} as of 2024-06-01; "
        "add there, with its dates, one that was published since"
    )


def codes(**own: Any) -> Change:
    """Give the first rule, which denies, remittance codes."""
    return lambda policy: policy["rules"][1].update(remittance=own)


def ended(day: str) -> Change:
    return lambda listed: listed["carc"]["204"].update(end=day)


def until(day: str | None, status: str = "in-force") -> Change:
    return lambda policy: policy.update(effective={"from": None, "to": day}, status=status)


def test_rulebase_that_comes_with_payrule_has_nothing_to_mend(rulebase: Path) -> None:
    assert told(rulebase) == []
    assert read_documents(rulebase).remittance_codes is not None


class TestCodesThatAreNotListed:
    def test_rule_names_codes_of_the_list(self, rulebase: Path) -> None:
        assert told(rulebase, policy=codes(carc="979", rarc=["N19", "N9191"])) == [
            "$.rules[1].remittance.carc: `979` is not a CARC",
            help_of(405, "claim adjustment reason codes"),
            "$.rules[1].remittance.rarc[1]: `N9191` is not a RARC",
            help_of(1171, "remittance advice remark codes"),
        ]

    def test_groups_are_listed_too(self, rulebase: Path) -> None:
        change(rulebase / LIST, lambda listed: listed["groups"].pop("OA"))
        assert told(rulebase, policy=codes(carc="97", rarc=["N19"], group="OA")) == [
            "$.rules[1].remittance.group: `OA` is not a claim adjustment group",
            help_of(4, "claim adjustment groups"),
        ]

    @pytest.mark.parametrize("carc", ["97", "119", "4"])
    def test_codes_that_are_published_are_known_whether_or_not_a_document_used_them(
        self, rulebase: Path, carc: str
    ) -> None:
        assert told(rulebase, policy=codes(carc=carc)) == []

    def test_candidates_and_codes_for_other_days_are_looked_at_as_well(self, rulebase: Path) -> None:
        own = codes(carc="97", instead=[{"carc": "978"}])
        change(rulebase / POLICY, lambda policy: policy["rules"][1].update(remittance_candidates=[{"carc": "979"}]))
        assert [each.partition(" is")[0] for each in told(rulebase, policy=own) if each.startswith("$")] == [
            "$.rules[1].remittance_candidates[0].carc: `979`",
            "$.rules[1].remittance.instead[0].carc: `978`",
        ]

    def test_what_stands_in_on_earlier_days_may_have_ended(self, rulebase: Path) -> None:
        own = codes(carc="97", instead=[{"carc": "119"}])
        ends = {"119": {"start": "1995-01-01", "end": "2010-01-01"}}
        assert told(rulebase, codes=lambda listed: listed["carc"].update(ends), policy=own) == []

    def test_payer_does_too(self, rulebase: Path) -> None:
        own = {"remittance": {"blue-cross/exclusion": {"carc": "970"}}}
        assert told(rulebase, payer=lambda payer: payer.update(own)) == [
            '$.remittance["blue-cross/exclusion"].carc: `970` is not a CARC',
            help_of(405, "claim adjustment reason codes"),
        ]

    def test_vocabulary_does_too(self, rulebase: Path) -> None:
        only_code(rulebase, "204")
        assert told(rulebase, codes=lambda listed: listed["rarc"].pop("N95")) == [
            "$.concerns[0].values[0].remittance.rarc[0]: `N95` is not a RARC",
            help_of(1170, "remittance advice remark codes"),
        ]

    def test_without_a_list_no_code_is_looked_at(self, rulebase: Path) -> None:
        (rulebase / LIST).unlink()
        assert told(rulebase, policy=codes(carc="999")) == []
        assert read_documents(rulebase).remittance_codes is None

    def test_list_with_a_mistake_is_reported_and_not_used(self, rulebase: Path) -> None:
        mistake = {"wordng": "x", "start": "2016-02-30"}
        found = told(rulebase, codes=lambda listed: listed["carc"].update({"9": mistake}), policy=codes(carc="999"))
        assert found == [
            '$.carc["9"].wordng: `wordng` is not a key of a listed code',
            "    did you mean `wording`?",
            '$.carc["9"].start: `2016-02-30` is not a date',
            "    write a day that exists as year-month-day, such as `2016-02-29`",
        ]


class TestCodesThatAreOutOfUse:
    def test_version_without_a_last_day_names_codes_that_have_not_ended(self, rulebase: Path) -> None:
        assert told(rulebase, codes=ended("2025-12-31"), policy=codes(carc="204"))[:2] == [
            "$.rules[1].remittance.carc: the CARC `204` ended on 2025-12-31, and this has no last day",
            "    use a code that is in use then, or fix the dates in `remittance-codes.json`",
        ]

    @pytest.mark.parametrize(
        ("last", "end", "is_right"),
        [
            ("2024-06-30", "2024-06-30", True),
            ("2024-06-30", "2024-06-29", False),
            ("2024-06-30", None, True),
            (None, "2099-12-31", False),
            (None, None, True),
            ("2007-02-28", None, True),
            ("2007-02-27", None, False),
        ],
    )
    def test_code_is_in_use_on_the_last_day_of_the_version(
        self, rulebase: Path, last: str | None, end: str | None, *, is_right: bool
    ) -> None:
        if end is not None:
            change(rulebase / LIST, ended(end))
        only_code(rulebase, "204")
        found = [each for each in told(rulebase, policy=until(last)) if "rules" in each]
        assert (found == []) == is_right

    def test_rules_of_a_version_that_nobody_decides_by_may_name_codes_that_ended(self, rulebase: Path) -> None:
        only_code(rulebase, "204")
        what_if = told(rulebase, codes=ended("2010-01-01"), policy=until(None, "retired"))
        assert not [each for each in what_if if "rules" in each]

    def test_first_day_of_a_version_does_not_matter_for_codes_are_sent_later(self, rulebase: Path) -> None:
        assert told(rulebase, policy=lambda policy: policy.update(effective={"from": "1990-01-01", "to": None})) == []

    def test_payer_and_vocabulary_have_no_last_day(self, rulebase: Path) -> None:
        only_code(rulebase, "97", rarc=["N19"])
        own = {"remittance": {"blue-cross/exclusion": {"carc": "204"}}}
        found = told(
            rulebase, codes=ended("2025-12-31"), payer=lambda payer: payer.update(own), policy=until("2020-01-01")
        )
        assert [each.partition(":")[0] for each in found if each.startswith("$")] == [
            '$.remittance["blue-cross/exclusion"].carc',
            "$.concerns[1].values[0].remittance.carc",
        ]

    def test_code_does_not_end_before_it_begins(self, rulebase: Path) -> None:
        assert told(rulebase, codes=ended("2000-01-01")) == [
            '$.carc["204"].end: `204` ends on 2000-01-01, before it begins on 2007-02-28',
            "    fix the dates",
        ]


def only_code(rulebase: Path, carc: str, **others: Any) -> None:
    """Give every rule the same code."""

    def make(policy: Json) -> None:
        for rule in policy["rules"]:
            rule["remittance"] = {"carc": carc, **others}

    change(rulebase / POLICY, make)


class TestCodesThatSayTooLittle:
    @pytest.mark.parametrize("carc", ["16", "96", "252"])
    def test_some_codes_need_a_remark(self, rulebase: Path, carc: str) -> None:
        assert told(rulebase, policy=codes(carc=carc)) == [
            f"$.rules[1].remittance.carc: the CARC `{carc}` says too little without a RARC",
            '    add one, as in `"rarc": ["N706"]`',
        ]

    def test_which_do_the_list_says(self, rulebase: Path) -> None:
        assert told(rulebase, codes=lambda listed: listed.pop("needs_rarc"), policy=codes(carc="16")) == []


class TestDenialsWithoutCodes:
    @staticmethod
    def silent(vocabulary: Json) -> None:
        vocabulary["concerns"][1]["values"][0].pop("remittance")

    @staticmethod
    def without(policy: Json) -> None:
        policy["rules"][2].pop("remittance")

    def test_rule_that_denies_needs_codes_from_somewhere(self, rulebase: Path) -> None:
        assert told(rulebase, policy=self.without) == []
        fault = "nothing says by which remittance codes the payer `blue-cross` answers that benefit is excluded"
        help_text = (
            "give a `remittance` to the rule, to the value in the vocabulary, or in the payer to the rule's name"
        )
        assert told(rulebase, vocabulary=self.silent) == [f"$.rules[2].conclude.value: {fault}", f"    {help_text}"]

    def test_payer_can_have_them(self, rulebase: Path) -> None:
        name = json.loads((rulebase / POLICY).read_bytes())["rules"][2]["id"]
        own = {"remittance": {f"blue-cross/{name}": {"carc": "204"}}}
        silent = {"policy": self.without, "vocabulary": self.silent}
        assert told(rulebase, payer=lambda payer: payer.update(own), **silent) == []

    def test_rule_that_no_payer_binds_needs_them_too(self, rulebase: Path) -> None:
        (rulebase / PAYER).unlink()
        (first, _) = told(rulebase, policy=self.without, vocabulary=self.silent)
        assert "nothing says by which remittance codes any payer answers" in first

    def test_rule_that_denies_nothing_needs_none(self, rulebase: Path) -> None:
        rules = json.loads((rulebase / POLICY).read_bytes())["rules"]
        assert [rule for rule in rules if rule["conclude"]["value"] == "covered" and "remittance" not in rule]
        assert told(rulebase, vocabulary=self.silent) == []


class TestEachDocumentAlone:
    def test_list_is_checked_by_itself(self, rulebase: Path) -> None:
        assert check_file(rulebase / LIST, rulebase).findings == ()
        change(rulebase / LIST, ended("2000-01-01"))
        assert [each.code for each in check_file(rulebase / LIST, rulebase).findings] == ["dates-swapped"]

    def test_policy_is_checked_against_the_list_of_its_rulebase(self, rulebase: Path) -> None:
        change(rulebase / POLICY, codes(carc="999"))
        assert [each.code for each in check_file(rulebase / POLICY, None).findings] == ["unknown-remittance-code"]

    def test_list_counts_as_a_document(self, rulebase: Path) -> None:
        with_list = check_rulebase(rulebase).documents
        (rulebase / LIST).unlink()
        assert check_rulebase(rulebase).documents == with_list - 1

    def test_editor_can_be_given_its_schema(self) -> None:
        assert REMITTANCE_CODES.removesuffix(".json") in SCHEMA_NAMES
        assert schema_of("remittance-codes", shipped_vocabulary()) == schema("remittance-codes")

    def test_model_and_schema_have_the_same_fields(self) -> None:
        whole = schema("remittance-codes")
        for model, described in ((RemittanceCodeList, whole), (ListedCode, whole["$defs"]["listed_code"])):
            fields = msgspec.structs.fields(model)
            assert {field.encode_name for field in fields} == described["properties"].keys()
            assert {field.encode_name for field in fields if field.required} == set(described.get("required", ()))


class TestShippedList:
    """The list is whole: every code with the dates that are published; own words for those that documents use."""

    @staticmethod
    def remittances() -> Iterator[Remittance]:
        documents = shipped_documents()
        for versions in documents.policies.values():
            for rule in (rule for policy in versions for rule in policy.rules):
                named = [*([rule.remittance] if rule.remittance else []), *(rule.remittance_candidates or ())]
                yield from (one for each in named for one in (each, *each.instead))
        for payer in documents.payers.values():
            yield from payer.remittance.values()
        for concern in documents.vocabulary.concerns:
            yield from (value.remittance for value in concern.values if value.remittance)

    def test_every_code_that_is_used_has_words_of_ours(self) -> None:
        used = list(self.remittances())
        listed = codes_listed()
        assert not [each.carc for each in used if not listed.carc[each.carc].wording]
        assert not [rarc for each in used for rarc in each.rarc if not listed.rarc[rarc].wording]
        assert {each for each, code in listed.groups.items() if code.wording} == {*GROUPS.values()}

    def test_every_value_that_denies_or_returns_has_codes_of_its_own(self) -> None:
        concerns = shipped_documents().vocabulary.concerns
        blocking = [value for each in concerns for value in each.values if value.effect in ("denied", "returned")]
        assert all(value.remittance for value in blocking)
        # The edit category that says how much is paid keeps no line from being paid.
        assert len(blocking) == len([each for each in concerns if each.id != "payment"])

    @pytest.mark.skipif(not PUBLISHED.exists(), reason="the published lists are not at hand")
    def test_dates_are_those_published_and_the_words_are_not(self) -> None:
        with PUBLISHED.open(encoding="utf-8", newline="") as stream:
            published = {(row["adj_type"], row["adj_code"]): row for row in csv.DictReader(stream)}
        for kind, listed in (
            ("Group", codes_listed().groups),
            ("CARC", codes_listed().carc),
            ("RARC", codes_listed().rarc),
        ):
            assert listed.keys() == {name for each, name in published if each == kind}
            for name, code in listed.items():
                row = published[kind, name]
                assert (code.start, code.end) == (day(row["adj_start_date"]), day(row["adj_end_date"])), name
                assert code.wording is None or words(code.wording) not in words(
                    f"{row['adj_description']} {row['adj_usage']}"
                ), name

    @pytest.mark.skipif(not PUBLISHED.exists(), reason="the published lists are not at hand")
    def test_codes_that_need_a_remark_say_so_where_they_are_published(self) -> None:
        with PUBLISHED.open(encoding="utf-8", newline="") as stream:
            saying = {
                row["adj_code"]
                for row in csv.DictReader(stream)
                if row["adj_type"] == "CARC"
                and "at least one remark code must be provided" in words(f"{row['adj_description']} {row['adj_usage']}")
            }
        assert set(codes_listed().needs_rarc) == saying


def codes_listed() -> RemittanceCodeList:
    found = shipped_documents().remittance_codes
    assert found is not None
    return found


def day(cell: str) -> str | None:
    """Read a date of the published lists, which count days from 1970."""
    return None if cell == "nan" else (date(1970, 1, 1) + timedelta(days=float(cell))).isoformat()


def words(text: str) -> str:
    return " ".join(text.lower().replace(".", " ").split())
