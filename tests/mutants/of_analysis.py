"""Mutants of what asks questions of every encounter at once. It builds the suites, so that tests alone can notice."""

from tests.mutants.mutant import Mutant

_ENCODED = "tests/property/test_encoding.py::test_"
_SEEDED = "tests/conformance/test_seeded_edits.py::test_"

ANSWER = f"{_ENCODED}the_encoded_answer_is_the_one_that_is_decided_and_no_other"
OTHER_LINES = f"{_ENCODED}as_many_other_lines_as_are_needed_show_every_pair_of_answers"
SMALLEST = f"{_SEEDED}an_edit_that_changes_answers_is_found_with_a_smallest_claim"
THRESHOLD = f"{_SEEDED}a_threshold_moved_by_one_is_found_at_the_threshold"
_DIFFERENCE = "tests/compare/test_difference.py::test_"
KINDS = f"{_DIFFERENCE}the_proposal_pays_for_documented_need_and_returns_massage_billed_as_manual_therapy"
MADE = "tests/compare/test_made_claims.py"

ANALYSIS = (
    Mutant(
        "a test of what is not given fails",
        "analysis/problem.py",
        "return self.graph.all((slot.given, holds)), self.graph.some((-slot.given, holds))",
        "return self.graph.all((slot.given, holds)), self.graph.all((slot.given, holds))",
        (ANSWER,),
    ),
    Mutant(
        "the negation of unknown is false",
        "analysis/problem.py",
        "return -possible, -true",
        "return -possible, -possible",
        (ANSWER,),
    ),
    Mutant(
        "the encoding forgets the date of `other_line`",
        "analysis/problem.py",
        " + ([self.space.same_date(line)] if condition.same_date else [])",
        "",
        (ANSWER,),
    ),
    Mutant(
        "a line that is not there satisfies a condition",
        "analysis/problem.py",
        "here = [self.space.present(line)] + ",
        "here = ",
        (ANSWER,),
    ),
    Mutant(
        "what is taken by default is outside at the threshold",
        "analysis/problem.py",
        "(leaf.low is None or leaf.low <= taken)",
        "(leaf.low is None or leaf.low < taken)",
        (ANSWER,),
    ),
    Mutant(
        "defaults are ignored",
        "analysis/rule_set.py",
        "return defaults | self.setting.presumptions",
        "return dict(self.setting.presumptions)",
        (ANSWER,),
    ),
    Mutant(
        "presumptions are ignored",
        "analysis/rule_set.py",
        "return defaults | self.setting.presumptions",
        "return defaults",
        (SMALLEST,),
    ),
    Mutant(
        "no two regions are contiguous",
        "analysis/derived.py",
        '"contiguous": graph.all((-same, touching))',
        '"contiguous": NEVER',
        (SMALLEST,),
    ),
    Mutant(
        "a line is payable although another concern must deny it",
        "analysis/resolution.py",
        'self._some_scenario("affirmative", blocking)',
        'self._some_scenario("affirmative", ())',
        (ANSWER,),
    ),
    Mutant(
        "a rule can decide although its overrider matches, as encoded",
        "analysis/resolution.py",
        "if each.name in loud or each.name in left_out",
        "if each.name in loud",
        (ANSWER,),
    ),
    Mutant(
        "a rule is active although another overrides it, as encoded",
        "analysis/resolution.py",
        "(definite[rule.name], *(-definite[each] for each in sorted(rule.overridden_by)))",
        "(definite[rule.name],)",
        (ANSWER,),
    ),
    Mutant(
        "scenarios look below a tier with a definite match, as encoded",
        "analysis/resolution.py",
        "nothing_yet = graph.all((nothing_yet, *(-definite[rule.name] for rule in group)))",
        "nothing_yet = graph.all((nothing_yet,))",
        (ANSWER,),
    ),
    Mutant(
        "an encounter needs one other line at most",
        "analysis/encoding.py",
        "while holds(",
        "while not satisfied and holds(",
        (MADE, OTHER_LINES),
    ),
    Mutant(
        "conditions on other lines matter only for rules that match without them",
        "analysis/encoding.py",
        "SUBJECT, alone=True)[1]",
        "SUBJECT, alone=True)[0]",
        (OTHER_LINES,),
    ),
    Mutant(
        "a claim says more than it must",
        "analysis/minimize.py",
        "switch_off([slot.given for slot in slots if slot.given != ALWAYS])",
        "switch_off([])",
        (SMALLEST,),
    ),
    Mutant(
        "a number is one above its threshold",
        "analysis/witness.py",
        "(ordinary is None or ordinary < low):\n        return low\n",
        "(ordinary is None or ordinary < low):\n        return low + 1\n",
        (THRESHOLD,),
    ),
    Mutant(
        "a kind of change ends the search",
        "analysis/difference.py",
        "graph.all((fresh, literal))",
        "graph.all((fresh, differ))",
        (KINDS,),
    ),
    Mutant(
        "codes of other sets are one class",
        "analysis/value_classes.py",
        "if signature not in found and",
        "if not found and",
        (ANSWER, SMALLEST),
    ),
)
