"""All checks, by family; a check that is not listed here does not exist."""

from payrule.authoring.checks import (
    code_outside_known_ranges,
    condition_always_true,
    condition_never_true,
    fact_unused,
    fact_used_once,
    in_force_version_changed,
    liability_missing,
    may_where_text_is_firm,
    name_hides_vocabulary,
    no_copy,
    no_digest,
    override_never_matters,
    passage_not_found,
    reading_without_interpretation,
    retired_code,
    rule_without_citation,
    rule_without_example,
    rule_without_near_miss,
    set_unused,
    source_unused,
    summary_repeats_id,
    version_too_low,
    versions_leave_gap,
    versions_overlap,
)
from payrule.authoring.checks.check import Check, read_already
from payrule.authoring.checks.suppressing import SUPPRESSION_WITHOUT_EFFECT

CHECKS: tuple[Check, ...] = (
    rule_without_citation.CHECK,
    source_unused.CHECK,
    no_copy.CHECK,
    no_digest.CHECK,
    passage_not_found.CHECK,
    rule_without_example.CHECK,
    rule_without_near_miss.CHECK,
    condition_never_true.CHECK,
    condition_always_true.CHECK,
    override_never_matters.CHECK,
    Check(code="bad-form", family="names", severity="error", needs="reading", look=read_already),
    summary_repeats_id.CHECK,
    set_unused.CHECK,
    fact_unused.CHECK,
    fact_used_once.CHECK,
    name_hides_vocabulary.CHECK,
    code_outside_known_ranges.CHECK,
    retired_code.CHECK,
    liability_missing.CHECK,
    Check(code="liability-without-denial", family="answers", severity="error", needs="reading", look=read_already),
    Check(code="no-remittance", family="answers", severity="error", needs="reading", look=read_already),
    Check(code="rarc-missing", family="answers", severity="error", needs="reading", look=read_already),
    Check(code="remittance-code-out-of-use", family="answers", severity="error", needs="reading", look=read_already),
    reading_without_interpretation.CHECK,
    may_where_text_is_firm.CHECK,
    version_too_low.CHECK,
    versions_overlap.CHECK,
    versions_leave_gap.CHECK,
    in_force_version_changed.CHECK,
    SUPPRESSION_WITHOUT_EFFECT,
)
"""All checks, in the order in which they are listed."""

BY_CODE = {check.code: check for check in CHECKS}
"""All checks by their code."""
