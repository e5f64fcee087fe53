"""Which policy version decides the lines of an example."""

from datetime import date

from payrule.adjudication.loading import Documents
from payrule.adjudication.terms import read_terms, select
from payrule.authoring.examples import choices
from payrule.documents.findings import RequestError
from payrule.documents.models import Example, Policy
from payrule.documents.values import read_date


def lines_of(version: Policy, example: Example, documents: Documents, known_on: date = date.max) -> tuple[int, ...]:
    """List the numbers of the lines of an example that a version has a say in; none where it cannot be decided.

    `known_on` holds where the example names no day; without it everything is known that was ever published.

    >>> from payrule.adjudication.loading import read_documents
    >>> documents = read_documents()
    >>> payer = min(documents.payers.values(), key=lambda each: len(each.policies))
    >>> version = documents.policies[min(payer.policies)][-1]
    >>> encounter = {"id": "1", "lines": [{"number": 7, "code": "00001", "date": "2016-03-01"}]}
    >>> example = Example(kind="example", summary="", payer=payer.id, encounter=encounter, expect=())
    >>> lines_of(version, example, documents)
    (7,)
    """
    chosen = choices(example, known_on)
    try:
        terms = read_terms(documents, **chosen)
    except RequestError:
        return ()
    return tuple(
        line["number"]
        for line in example.encounter["lines"]
        if any(version.name in tier for tier in select(documents, terms, read_date(line["date"])))
    )
