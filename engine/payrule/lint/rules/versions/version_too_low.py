"""Find versions whose number promises fewer changes than they make."""

from datetime import date

from payrule.compare.difference import bumps
from payrule.compare.edits import predecessor, raised
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import semantic


def run(context: CheckContext) -> Results:
    """Find versions with a number that is too low for their difference from the one before, whenever published.

    Nothing is asked about a version with a new major number: no difference needs a higher one.

    Raises RequestError when python-sat is not installed, and there are versions to compare, OutOfTimeError when time
    has run out.

    >>> from payrule.lint.rule import shipped_context
    >>> {found.path for found in run(shipped_context())}  # one version that says why its number is kept
    {'$.version'}
    """
    documents, questions = context.documents, context.questions
    for policy in context.versions():
        older = predecessor(policy, documents.policies[policy.id])
        if older is not None and semantic(policy.version) < semantic(raised(older.version, "major")):
            questions.check_time()
            for bump in bumps((documents, older), (documents, policy), date.max, questions.expired):
                if bump.certainty == "unknown":
                    questions.check_time()
                if not bump.enough:
                    message = f"`{policy.version}` is too low a number after `{older.version}`: {bump.because}"
                    help_text = f"call it `{bump.demanded}` or higher"
                    if policy.status in ("draft", "proposed"):
                        help_text = f"{help_text}; `payrule new version {policy.id} --part {bump.bump}` does that"
                    yield problem(policy.name, ("version",), message, help_text)


CHECK = lint_rule(run, severity="error", needs="solver")
