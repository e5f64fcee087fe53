"""All checks, by family; a check that is not listed here does not exist.

A page lies beside its check, so that whatever is installed can print it; the reference of the documentation is made
from it.
"""

from functools import cache
from pathlib import Path

from payrule.lint.rule import Check, read_already
from payrule.lint.rules.answers import (
    liability_missing,
    may_where_text_is_firm,
    reading_without_interpretation,
)
from payrule.lint.rules.citing import (
    no_copy,
    no_digest,
    passage_not_found,
    rule_without_citation,
    source_unused,
)
from payrule.lint.rules.conditions import (
    condition_always_true,
    condition_never_true,
    condition_repeated,
    override_never_matters,
)
from payrule.lint.rules.examples import (
    carried_example_not_settled,
    example_summary_repeated,
    expectation_without_liability,
    line_without_expectation,
    override_without_example,
    presumption_without_effect,
    remittance_without_example,
    rule_without_example,
    rule_without_near_miss,
    rule_without_wait,
    statement_not_named,
    value_without_example,
    version_without_examples,
)
from payrule.lint.rules.names import (
    code_outside_known_ranges,
    fact_unused,
    fact_used_once,
    name_hides_vocabulary,
    placeholder,
    placeholder_elsewhere,
    retired_code,
    set_unused,
    summary_repeats_id,
)
from payrule.lint.rules.versions import (
    in_force_version_changed,
    policy_not_bound,
    version_too_low,
    versions_leave_gap,
    versions_overlap,
)
from payrule.lint.suppressions import SUPPRESSION_WITHOUT_EFFECT

CHECKS: tuple[Check, ...] = (
    rule_without_citation.CHECK,
    source_unused.CHECK,
    no_copy.CHECK,
    no_digest.CHECK,
    passage_not_found.CHECK,
    rule_without_example.CHECK,
    rule_without_near_miss.CHECK,
    rule_without_wait.CHECK,
    override_without_example.CHECK,
    remittance_without_example.CHECK,
    value_without_example.CHECK,
    expectation_without_liability.CHECK,
    line_without_expectation.CHECK,
    presumption_without_effect.CHECK,
    statement_not_named.CHECK,
    example_summary_repeated.CHECK,
    carried_example_not_settled.CHECK,
    version_without_examples.CHECK,
    condition_never_true.CHECK,
    condition_always_true.CHECK,
    override_never_matters.CHECK,
    condition_repeated.CHECK,
    Check(code="bad-form", family="names", severity="error", needs="reading", run=read_already),
    placeholder.CHECK,
    placeholder_elsewhere.CHECK,
    summary_repeats_id.CHECK,
    set_unused.CHECK,
    fact_unused.CHECK,
    fact_used_once.CHECK,
    name_hides_vocabulary.CHECK,
    code_outside_known_ranges.CHECK,
    retired_code.CHECK,
    liability_missing.CHECK,
    Check(code="liability-without-denial", family="answers", severity="error", needs="reading", run=read_already),
    Check(code="no-remittance", family="answers", severity="error", needs="reading", run=read_already),
    Check(code="rarc-missing", family="answers", severity="error", needs="reading", run=read_already),
    Check(code="remittance-code-out-of-use", family="answers", severity="error", needs="reading", run=read_already),
    reading_without_interpretation.CHECK,
    may_where_text_is_firm.CHECK,
    version_too_low.CHECK,
    versions_overlap.CHECK,
    versions_leave_gap.CHECK,
    policy_not_bound.CHECK,
    in_force_version_changed.CHECK,
    SUPPRESSION_WITHOUT_EFFECT,
)
"""All checks, in the order in which they are listed."""

BY_CODE = {check.code: check for check in CHECKS}
"""All checks by their code."""


@cache
def page(code: str) -> str:
    """Read the page of a check.

    >>> page("set-unused").splitlines()[0]
    '# set-unused'
    """
    return (Path(__file__).parent / "rules" / BY_CODE[code].family / f"{code}.md").read_text(encoding="utf-8")


def summary(code: str) -> str:
    """Give the first paragraph of a page, which says in one sentence what is wrong.

    >>> summary("set-unused")
    'No condition of the policy uses this code list.'
    """
    return " ".join(page(code).split("\n\n")[1].split())
