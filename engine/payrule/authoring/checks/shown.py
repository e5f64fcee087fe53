"""What examples say that they show, for the checks of examples."""

from payrule.authoring.checks.desk import Desk
from payrule.documents.models import Policy


def shown_as(desk: Desk, *ways: str) -> frozenset[str]:
    """Name the rules, as `policy/rule`, that examples say they show in one of these ways."""
    return frozenset(each.rule for example in desk.examples.values() for each in example.shows if each.how in ways)


def expected_examples(policy: Policy) -> bool:
    """Tell whether the rules of a version should have examples: a draft is not done, a retired one answers nothing."""
    return policy.status in ("proposed", "in-force")
