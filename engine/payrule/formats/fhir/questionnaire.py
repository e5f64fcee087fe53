"""Questions about a line as a FHIR `Questionnaire`, and a `QuestionnaireResponse` as answers (R4, Da Vinci DTR).

What is asked after an answer is nested below its question, and shown by `enableWhen`, so that every item that is shown
can change the answer. An item is named by the fact that it asks for; where a fact is asked after several answers, a
number follows. An item that is left out says that nobody knows.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from payrule.ask.case import Case
from payrule.ask.tree import Asked, Branch
from payrule.ask.wording import asking, question_words
from payrule.model.vocabulary import Attribute, attribute_of
from payrule.source.diagnostics import EncounterError

_KINDS = {"boolean": "boolean", "integer": "integer", "date": "date", "choice": "choice"}
_ANSWERS = {"boolean": "Boolean", "integer": "Integer", "date": "Date", "choice": "String"}


def questionnaire(case: Case, asked: Asked, url: str, day: date) -> dict[str, Any]:
    """Make a Questionnaire of questions; `url` is its canonical address, `day` the day on which it was made."""
    seen: dict[str, int] = {}
    return {
        "resourceType": "Questionnaire",
        "url": url,
        "version": "1",
        "status": "active",
        "subjectType": ["Patient"],
        "date": day.isoformat(),
        "title": f"What is missing for {case.rulebase.encounter(case.claim).lines[0].code}",
        "item": [_item(case, asked, None, None, seen)],
    }


def _item(case: Case, asked: Asked, above: str | None, branch: Branch | None, seen: dict[str, int]) -> dict[str, Any]:
    fact = asked.question.fact
    attribute = case.rulebase.documents.vocabulary.attributes[fact.attribute]
    seen[fact.name] = seen.get(fact.name, 0) + 1
    link = fact.name if seen[fact.name] == 1 else f"{fact.name}/{seen[fact.name]}"
    found: dict[str, Any] = {
        "linkId": link,
        "text": question_words(attribute, fact, case.number),
        "type": _KINDS.get(attribute.type, "string"),
    }
    if attribute.many:
        found["repeats"] = True
    if attribute.type == "choice":
        found["answerOption"] = [{"valueString": each} for each in attribute.values]
    if above is not None and branch is not None:
        found |= _enabled(above, branch)
    told = [
        {"linkId": f"{link}/cite-{at}", "type": "display", "text": f"{rule}: {summary}"}
        for at, (rule, summary) in enumerate(_cited(case, asked), start=1)
    ]
    below = [_item(case, each.then, link, each, seen) for each in asked.branches]
    return found | ({"item": [*told, *below]} if told or below else {})


def _cited(case: Case, asked: Asked) -> Iterator[tuple[str, str]]:
    """Give the rules that need an answer, each with what it says and where its text says so."""
    for each in asking(case, asked.question.fact, asked.known):
        places = "; ".join(f"{cite['title']}, {cite['locator']}" for cite in each.cites)
        yield f"{each.rule} {each.policy.version}", f"{each.summary} ({places})" if places else each.summary


def _enabled(above: str, branch: Branch) -> dict[str, Any]:
    """Say after which answers to the question above an item is shown."""
    limits = [(">=", branch.low), ("<", branch.below)]
    if branch.values:
        conditions = [_when(above, "=", value) for value in branch.values]
    else:
        conditions = [_when(above, operator, value) for operator, value in limits if value is not None]
        conditions = conditions or [{"question": above, "operator": "exists", "answerBoolean": True}]
    behavior = {"enableBehavior": "any" if branch.values else "all"} if len(conditions) > 1 else {}
    return {"enableWhen": conditions, **behavior}


def _when(above: str, operator: str, value: Any) -> dict[str, Any]:
    return {"question": above, "operator": operator, f"answer{_kind_of(value)}": value}


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "String"
    return "Date"


def answers_of(response: Mapping[str, Any], attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    """Give the answers of a QuestionnaireResponse by the names of the facts that were asked for.

    Raises EncounterError where an item is no fact of the vocabulary, or has an answer of another type.

    >>> site = {"line.site": Attribute(type="boolean", summary="site is on record")}
    >>> answered = {"linkId": "line.site", "answer": [{"valueBoolean": True}]}
    >>> answers_of({"resourceType": "QuestionnaireResponse", "item": [answered]}, site)
    {'line.site': True}
    """
    found: dict[str, Any] = {}
    for item in _items(response):
        link = item.get("linkId")
        given = item.get("answer")
        if not isinstance(link, str) or not isinstance(given, list) or not given:
            continue
        name = link.partition("/")[0]
        attribute = attributes.get(attribute_of(name))
        if attribute is None:
            raise _unusable(link, "no information that can be asked for")
        kind = f"value{_ANSWERS.get(attribute.type, 'String')}"
        values = [each.get(kind) if isinstance(each, dict) else None for each in given]
        if None in values or (len(values) > 1 and not attribute.many):
            raise _unusable(link, f"answered by something else than `{kind}`")
        found[name] = values if attribute.many else values[0]
    return found


def _items(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the items of a response, and those below them, also those below answers."""
    for item in element.get("item") or ():
        if isinstance(item, dict):
            yield item
            yield from _items(item)
            for answer in item.get("answer") or ():
                if isinstance(answer, dict):
                    yield from _items(answer)


def _unusable(link: str, problem: str) -> EncounterError:
    message = f"the item `{link}` of the response is {problem}"
    return EncounterError.of("questionnaire-response", message, "answer the items of the questionnaire as they are")
