"""Find versions in force that fewer persons have signed than a payer asks for."""

from payrule.compare.signatures import signatures_of, wanted_signatures
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.source.diagnostics import counted


def run(context: CheckContext) -> Results:
    """Find versions in force without the signatures that a payer asks for.

    Raises DocumentError for a damaged file of signatures.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        wanted = wanted_signatures(context.documents, policy)
        if policy.status == "in-force" and wanted > 1:
            signed = len(signatures_of(context.documents, policy).signed)
            if signed < wanted:
                message = (
                    f"`{policy.name}` is in force with {counted(signed, 'signature')} of {wanted} under it as it is now"
                )
                help_text = (
                    "make it a draft again, and put it into force in the workbench, where each person signs; if it was "
                    "in force before the payer asked for two persons, suppress this check in the version, with that "
                    "reason"
                )
                yield problem(policy.name, ("status",), message, help_text)


CHECK = lint_rule(run, severity="error", needs="rulebase")
