"""Two generated rulebases as the sides of a comparison."""

from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments

from payrule.compare.comparison_side import Side, side


def sides(before: RulebaseDocuments, after: RulebaseDocuments) -> tuple[Side, Side]:
    """Take the payer of each."""
    return one_side(before), one_side(after)


def one_side(documents: RulebaseDocuments) -> Side:
    """Take the payer of a rulebase."""
    return side(documents.rulebase().documents, PAYER, KNOWN_ON)
