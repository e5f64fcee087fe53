"""Find presumptions of examples without which every line is answered the same."""

from collections.abc import Iterator
from datetime import date

from payrule.examples.run import answered, choices
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.payer import Example
from payrule.rulebase.rulebase import Rulebase


def run(context: CheckContext) -> Iterator[Found]:
    """Find presumptions of examples that can be left out, one at a time, and no line is answered otherwise.

    A set of presumptions that the vocabulary names is presumed as it stands there.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    rulebase, sets = Rulebase(context.documents), context.documents.vocabulary.presumptions.values()
    for name, example in context.examples.items():
        context.questions.look()
        named = {key for each in sets if each.items() <= example.presume.items() for key in each}
        for attribute in sorted(example.presume.keys() - named):
            fewer = {key: value for key, value in example.presume.items() if key != attribute}
            if _answers(rulebase, example, fewer) == _answers(rulebase, example, example.presume):
                message = f"every line is answered the same without this presumption of `{attribute}`"
                help_text = "leave it out, or give the example a line that waits for it"
                yield Found(name, ("presume", attribute), message, help_text, key=True)


def _answers(rulebase: Rulebase, example: Example, presume: dict[str, object]) -> list[object]:
    terms = choices(example, date.max) | {"presume": presume}
    return [answered(line) for line in rulebase.decide(example.encounter, **terms).lines]


CHECK = Check(code="presumption-without-effect", family="examples", needs="rulebase", run=run)
