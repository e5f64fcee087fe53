"""Find values that examples assume when missing, and that change no answer."""

from datetime import date

from payrule.examples.run import answered, choices
from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.payer import Example
from payrule.rulebase.rulebase import Rulebase


def run(context: CheckContext) -> Results:
    """Find assumptions of examples without which, one at a time, every line is answered the same.

    A group of assumptions that the vocabulary names may be used as it is.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    rulebase, groups = Rulebase(context.documents), context.documents.vocabulary.presumptions.values()
    for name, example in context.examples.items():
        context.questions.check_time()
        named = {key for each in groups if each.items() <= example.presume.items() for key in each}
        for attribute in sorted(example.presume.keys() - named):
            fewer = {key: value for key, value in example.presume.items() if key != attribute}
            if _answers(rulebase, example, fewer) == _answers(rulebase, example, example.presume):
                message = f"every line has the same answer without the value assumed for `{attribute}`"
                help_text = "remove it, or add a line for which the value is missing and matters"
                yield problem(name, ("presume", attribute), message, help_text, key=True)


def _answers(rulebase: Rulebase, example: Example, presume: dict[str, object]) -> list[object]:
    terms = choices(example, date.max) | {"presume": presume}
    return [answered(line) for line in rulebase.decide(example.encounter, **terms).lines]


CHECK = lint_rule(run, needs="rulebase")
