"""How the tests run against a mutant: the same examples each time, and no time spent on making a failure small."""

from hypothesis import Phase, settings
from tests.mutants.mutated import check_engine

settings.register_profile(
    "mutants",
    max_examples=600,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


def pytest_sessionstart() -> None:
    check_engine()
