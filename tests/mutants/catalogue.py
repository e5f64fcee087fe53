"""The mutants: small faults that someone could make in the engine, each with the tests that must notice it.

A mutant is data: the file, the exact text that stands there once, what it becomes, and the tests to run. One that
survives shows that a law is missing, not that the mutant is unlucky.
"""

from tests.mutants.mutant import Mutant
from tests.mutants.of_analysis import ANALYSIS

_LAWS = "tests/property/test_determinations.py::test_"
_SCENARIOS = "tests/property/test_scenarios.py::test_closed_form_gives_the_"

CLOSED_FORM = f"{_LAWS}closed_form_of_scenarios_gives_what_all_scenarios_give"
CONFLICTS = f"{_LAWS}conflicts_are_the_pairs_of_active_conclusions_of_one_tier_that_contradict_each_other"
DECIDER = f"{_LAWS}each_concern_is_decided_by_its_strictest_active_conclusion"
EVERY_LINE = f"{_LAWS}each_line_has_one_disposition_and_all_that_belongs_to_it"
ORDER = f"{_LAWS}order_of_documents_rules_and_members_of_tiers_is_irrelevant"
PRESUMED = f"{_LAWS}what_is_presumed_is_decided_as_if_it_were_known"
CONTRADICTIONS = f"{_LAWS}policies_of_one_tier_that_contradict_each_other_give_one_disposition_and_a_conflict"
DISPOSITIONS = f"{_SCENARIOS}dispositions_of_all_scenarios"
DECIDING = f"{_SCENARIOS}rules_that_decide_in_some_scenario"
EXECUTIONS = "tests/property/test_executions.py::test_each_execution_matches_what_the_reference_evaluator_matches"
UNITS = "tests/property/test_units.py"
MEANINGS = "tests/execute/test_reference.py"
FOUND = "tests/rulebase/test_found_by_properties.py"
THIRD_READING = "tests/property/test_third_reading.py"
NAMES = "tests/language/test_naming.py"
VERSIONS = "tests/property/test_versions.py"

RESOLUTION = (
    Mutant(
        "an override is dropped",
        "resolve/settle.py",
        "overriders[overridden].add(rule.id)",
        "overriders[overridden].discard(rule.id)",
        (CONFLICTS,),
    ),
    Mutant(
        "a rule is active although another overrides it",
        "resolve/settle.py",
        "if rule.name in matching and matching.isdisjoint(rule.overridden_by))",
        "if rule.name in matching)",
        (CONFLICTS,),
    ),
    Mutant(
        "the lowest tier decides",
        "resolve/settle.py",
        "tiers = sorted({rule.tier for rule in ordered})",
        "tiers = sorted({rule.tier for rule in ordered}, reverse=True)",
        (DECIDER,),
    ),
    Mutant(
        "cumulative concerns are ranked",
        "resolve/settle.py",
        'if concern.settled == "cumulative":',
        'if concern.settled == "never":',
        (DECIDER,),
    ),
    Mutant(
        "ranked concerns are cumulative",
        "resolve/settle.py",
        'if concern.settled == "cumulative":',
        'if concern.settled != "never":',
        (DECIDER,),
    ),
    Mutant(
        "the mildest conclusion decides",
        "resolve/settle.py",
        "return min(found, key=lambda rule: rule.strictness)",
        "return max(found, key=lambda rule: rule.strictness)",
        (DECIDER,),
    ),
    Mutant(
        "modality comes before liability in strictness",
        "resolve/settle.py",
        "(place, bearer, MODALITIES.index(conclude.modality), tier, policy.id, rule.id)",
        "(place, MODALITIES.index(conclude.modality), bearer, tier, policy.id, rule.id)",
        (DECIDER,),
    ),
    Mutant(
        "a tie goes to the lowest tier",
        "resolve/settle.py",
        "MODALITIES.index(conclude.modality), tier, policy.id",
        "MODALITIES.index(conclude.modality), -tier, policy.id",
        (DECIDER,),
    ),
    Mutant(
        "an affirmation outweighs a return",
        "resolve/settle.py",
        '    ("returned", "returned"),\n    ("affirmative", "payable"),\n',
        '    ("affirmative", "payable"),\n    ("returned", "returned"),\n',
        (DISPOSITIONS,),
    ),
    Mutant(
        "a denial that names no liability falls to the provider",
        "resolve/settle.py",
        '(conclude.liability or "unspecified")',
        '(conclude.liability or "provider")',
        (DECIDER,),
    ),
    Mutant(
        "conclusions of different tiers conflict",
        "resolve/settle.py",
        "return one.tier == two.tier and (",
        "return (",
        (CONFLICTS,),
    ),
    Mutant(
        "a difference in liability is no conflict",
        "resolve/settle.py",
        " or one.liability != two.liability",
        "",
        (CONTRADICTIONS,),
    ),
    Mutant(
        "unknown facts are ignored once something is certain",
        "resolve/answer.py",
        "stands = len(reached) == 1",
        "stands = bool(reached)",
        (CLOSED_FORM,),
    ),
    Mutant(
        "liability that differs between scenarios is taken from the certain one",
        "resolve/answer.py",
        'found.liability if len(bearers) <= 1 else "unspecified"',
        "found.liability",
        (CLOSED_FORM,),
    ),
    Mutant(
        "any reason makes a denial discretionary",
        "resolve/answer.py",
        "looked_at = reasons[:1] if reasons and reasons[0].blocks else reasons",
        "looked_at = reasons",
        (EVERY_LINE,),
    ),
    Mutant(
        "a scenario forgets that an overridden rule is silent",
        "resolve/scenarios.py",
        "(rule.name not in loud or not kept.isdisjoint(rule.overridden_by))",
        "rule.name not in loud",
        (DISPOSITIONS,),
    ),
    Mutant(
        "scenarios look below a tier with a definite match",
        "resolve/scenarios.py",
        "        if not _is_open(found, definite):\n            break\n",
        "",
        (DISPOSITIONS,),
    ),
    Mutant(
        "a rule can decide although its overrider matches",
        "resolve/scenarios.py",
        "return silenced(group, definite, rule.overridden_by, _stricter(rule, group)) is not None",
        "return silenced(group, definite, frozenset(), _stricter(rule, group)) is not None",
        (DECIDING,),
    ),
    Mutant(
        "a concern that must deny does not stop another from being returned",
        "resolve/scenarios.py",
        'each.can_have("returned") and self.denying <= {at}',
        'each.can_have("returned")',
        (DISPOSITIONS,),
    ),
    Mutant(
        "presumed facts are named in the order of the document",
        "resolve/answer.py",
        "tuple(sorted(line.presumed))",
        "line.presumed",
        (FOUND,),
    ),
)

MEANING = (
    Mutant(
        "`any` is parsed as `all`",
        "language/condition.py",
        "[Some(at, _parts(operand, at))]",
        "[All(at, _parts(operand, at))]",
        (THIRD_READING,),
    ),
    Mutant(
        "the parser forgets the date of `other_line`",
        "language/condition.py",
        "OtherLine(at, parse(asked, at), operand.get(SAME_DATE, True))",
        "OtherLine(at, parse(asked, at))",
        (MEANINGS,),
    ),
    Mutant(
        "`any` is the minimum",
        "execute/reference.py",
        "return max(truths, default=FALSE)",
        "return min(truths, default=FALSE)",
        (MEANINGS,),
    ),
    Mutant(
        "an unknown part of `all` is ignored",
        "execute/reference.py",
        "truth = part.truth(here)\n            if truth is FALSE:\n                return FALSE\n"
        "            if truth is UNKNOWN:\n                lowest = UNKNOWN",
        "truth = part.truth(here)\n            if truth is FALSE:\n                return FALSE\n"
        "            if truth is UNKNOWN:\n                lowest = lowest",
        (MEANINGS,),
    ),
    Mutant(
        "the negation of unknown is true",
        "language/truth.py",
        "NEGATED = (TRUE, UNKNOWN, FALSE)",
        "NEGATED = (TRUE, TRUE, FALSE)",
        (MEANINGS,),
    ),
    Mutant(
        "`count` asks for one more",
        "language/truth.py",
        "if listed.count(TRUE) >= at_least:",
        "if listed.count(TRUE) > at_least:",
        (MEANINGS,),
    ),
    Mutant(
        "an unknown value fails every test",
        "execute/reference.py",
        "if value is None:\n            return UNKNOWN\n        return TRUE if self.test",
        "if value is None:\n            return FALSE\n        return TRUE if self.test",
        (MEANINGS,),
    ),
    Mutant(
        "the evaluator forgets the date of `other_line`",
        "execute/reference.py",
        "(not same_date or other.line.date == self.line.line.date)",
        "True",
        (MEANINGS,),
    ),
    Mutant(
        "a line is among its own other lines",
        "execute/reference.py",
        "if other.line.number != self.line.line.number and ",
        "if ",
        (MEANINGS,),
    ),
    Mutant(
        "`at_least` excludes its bound",
        "execute/reference.py",
        '"at_least": lambda value, least: value >= least',
        '"at_least": lambda value, least: value > least',
        (MEANINGS,),
    ),
    Mutant(
        "a fact of the vocabulary is read with the names of the policy",
        "language/names.py",
        "return self if self.policy and fact in self.policy.facts else Names(self.vocabulary)",
        "return self",
        (MEANINGS,),
    ),
    Mutant(
        "a range of codes holds longer codes",
        "model/values.py",
        "if low <= value <= high and len(low) == len(value):",
        "if low <= value <= high:",
        (MEANINGS,),
    ),
    Mutant(
        "no region named is a separate region",
        "language/derived/relations.py",
        " or not subject or not other:",
        ":",
        (MEANINGS,),
    ),
    Mutant(
        "contiguity holds one way only",
        "rulebase/compile.py",
        "for pair in ((one, two), (two, one))",
        "for pair in ((one, two),)",
        (MEANINGS,),
    ),
    Mutant(
        "what is presumed hides what is known",
        "language/enrichment.py",
        "missing = [name for name in made.presumed if name not in values]",
        "missing = list(made.presumed)",
        (PRESUMED,),
    ),
)

COMPILER = (
    Mutant(
        "`at_most` excludes its bound",
        "language/lower.py",
        "Range(attribute, None, operand + 1)",
        "Range(attribute, None, operand)",
        (EXECUTIONS,),
    ),
    Mutant(
        "lowering forgets the date of `other_line`",
        "language/lower.py",
        "OtherLine(lower(node.part, names), node.same_date)",
        "OtherLine(lower(node.part, names), same_date=False)",
        (EXECUTIONS,),
    ),
    Mutant(
        "`none_of` loses its negation",
        "language/lower.py",
        '"none_of": lambda attribute, operand, names: Not(_any_of(attribute, operand, names)),',
        '"none_of": lambda attribute, operand, names: _any_of(attribute, operand, names),',
        (EXECUTIONS,),
    ),
    Mutant(
        "`all_of` asks for one of them",
        "language/lower.py",
        "return All(tuple(Contains(attribute, one) for one in each))",
        "return Some(tuple(Contains(attribute, one) for one in each))",
        (EXECUTIONS,),
    ),
    Mutant(
        "`count` lowers to one less",
        "language/lower.py",
        "for chosen in combinations(parts, node.at_least)",
        "for chosen in combinations(parts, max(1, node.at_least - 1))",
        (EXECUTIONS,),
    ),
    Mutant(
        "De Morgan's laws are forgotten",
        "language/lower.py",
        "if isinstance(formula, All) == positive:",
        "if isinstance(formula, All):",
        (EXECUTIONS,),
    ),
    Mutant(
        "a conjunction keeps its first part only",
        "language/lower.py",
        "return left + tuple(literal for literal in right if literal not in left)",
        "return left or right",
        (EXECUTIONS,),
    ),
    Mutant(
        "a negated fact does not end its stratum",
        "language/lower.py",
        "(level(item) + (not positive)",
        "(level(item)",
        (EXECUTIONS,),
    ),
    Mutant(
        "the readings of an unknown attribute are swapped",
        "execute/forward/messages.py",
        'if possible else ""',
        'if not possible else ""',
        (EXECUTIONS,),
    ),
    Mutant(
        "an unknown fact is never possibly false",
        "execute/forward/messages.py",
        "open_too += each.if_true + each.if_false",
        "open_too += each.if_true",
        (EXECUTIONS,),
    ),
    Mutant(
        "the network forgets the date of `other_line`",
        "execute/forward/network.py",
        "(every & ~own_date, False)",
        "(every & ~own_date, True)",
        (EXECUTIONS,),
    ),
    Mutant(
        "a line sees itself",
        "execute/forward/network.py",
        "seers = group & needing[need] & ~scene.own(line.line.number)",
        "seers = group & needing[need]",
        (EXECUTIONS,),
    ),
    Mutant(
        "what is derived of another line is needed for its own code only",
        "execute/forward/productions.py",
        'if production.rules or production.about == "other":',
        "if production.rules:",
        (EXECUTIONS,),
    ),
    Mutant(
        "ranges of values hold their upper bound",
        "model/values.py",
        "else value < below)",
        "else value <= below)",
        (EXECUTIONS,),
    ),
)

TIME = (
    Mutant(
        "a version binds before it was published",
        "model/policy.py",
        "return policy.published is None or read_date(policy.published) <= known_on",
        "return True",
        (VERSIONS,),
    ),
    Mutant(
        "a version is known the day after it was published",
        "model/policy.py",
        "read_date(policy.published) <= known_on",
        "read_date(policy.published) < known_on",
        (VERSIONS,),
    ),
    Mutant(
        "version 1.10.0 comes before 1.2.0",
        "model/policy.py",
        'key=lambda policy: (policy.effective.first or "", semantic(policy.version))',
        'key=lambda policy: (policy.effective.first or "", policy.version)',
        (VERSIONS,),
    ),
    Mutant(
        "a version ends the day before its last",
        "model/policy.py",
        "service <= read_date(last)",
        "service < read_date(last)",
        (VERSIONS,),
    ),
    Mutant(
        "a proposed policy is considered in place of any",
        "rulebase/request.py",
        "if any(policy.replaces in replaced for policy in considered):",
        "if considered:",
        (VERSIONS,),
    ),
    Mutant(
        "proposed versions bind",
        "rulebase/request.py",
        '_WHAT_IF if terms.payer.purpose == "what-if" else _IN_FORCE',
        "_WHAT_IF",
        (VERSIONS,),
    ),
    Mutant(
        "a tie in remainders goes to the highest line number",
        "language/derived/units.py",
        "return other.first < subject.first if",
        "return other.first > subject.first if",
        (UNITS,),
    ),
    Mutant(
        "a tie in remainders goes to a code that did not bill the unit",
        "language/derived/units.py",
        "if billed_it == subject_billed_it else billed_it",
        "if billed_it == subject_billed_it else not billed_it",
        (UNITS,),
    ),
    Mutant(
        "a started unit counts from seven minutes",
        "language/derived/units.py",
        "EIGHT = 8",
        "EIGHT = 7",
        (UNITS,),
    ),
    Mutant(
        "one known line makes the minutes of a code known",
        "language/derived/units.py",
        "self.complete and other.complete",
        "self.complete or other.complete",
        (UNITS,),
    ),
    Mutant(
        "unknown minutes are taken for the best",
        "language/derived/units.py",
        "pick = max if favourable else min",
        "pick = max",
        (UNITS,),
    ),
    Mutant(
        "the order of rules reaches the digest",
        "model/digests.py",
        "return sorted(kept, key=_in_order) if len(kept) > 1 else kept",
        "return kept",
        (ORDER,),
    ),
    Mutant(
        "a hidden fact is taken for the one that hides it",
        "language/name_findings.py",
        "if name in scope.facts and scope.qualified(name) not in seen:",
        "if name in scope.facts and name not in {each.partition('#')[2] for each in seen}:",
        (NAMES,),
    ),
)

ENGINE = (*RESOLUTION, *MEANING, *COMPILER, *TIME)
"""Mutants of what decides claims, which suites can notice too."""

MUTANTS = (*ENGINE, *ANALYSIS)
