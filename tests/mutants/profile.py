"""How the tests run against a mutant: the same examples each time, and no time spent on making a failure small."""

from pathlib import Path

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "mutants",
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


def pytest_sessionstart() -> None:
    import payrule.documents.models as module  # noqa: PLC0415 - the tests' own path is set by now

    if not Path(module.__file__).is_relative_to(Path.cwd()):
        raise pytest.UsageError(f"the engine is imported from {module.__file__}, not from the copy that is mutated")
