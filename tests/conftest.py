"""What is the same for every test: how hypothesis searches, and what a process of tests makes once.

`default` is what has to pass before a change lands: no deadline, because a shared machine is slow at times, and the
same examples on each run under CI, so that a failure there can be seen again here. `quick` (`make check`) tries a
twentieth of that, but three at least. `soak` (`make soak`) searches for long and at random.
`--hypothesis-profile=NAME` chooses, and `--hypothesis-show-statistics` prints what was tried.
"""

import gc
import logging
import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings
from tests.remembered import remember

settings.register_profile(
    "default",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", settings.get_profile("default"), max_examples=5)
settings.register_profile("full", settings.get_profile("default"), max_examples=30)
settings.register_profile("soak", settings.get_profile("default"), derandomize=False, max_examples=5_000)
settings.load_profile("default")

remember()

SLOW = frozenset((Path(__file__).parent / "slow_tests.txt").read_text(encoding="utf-8").splitlines())
"""Tests that took long when they were measured, by their name: they wait for `make test`, as those marked slow do."""

ALL_SLOW = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.slow\b", re.MULTILINE)
"""What a module says all of whose tests are slow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which tests are measured anew."""
    parser.addoption("--measure-anew", action="store_true", help="run what waits for `make test` by its time alone")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that took long when they were measured; while they are measured anew, none."""
    if not config.getoption("--measure-anew"):
        for item in items:
            if item.nodeid in SLOW:
                item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that was imported: it is there until the end, and takes long to go through."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test after which payrule's logger is on: tests after it would write records, and be slower."""
    yield
    logger = logging.getLogger("payrule")
    if logger.isEnabledFor(logging.DEBUG):
        logger.setLevel(logging.NOTSET)
        pytest.fail(f"{item.nodeid} leaves the logger `payrule` switched on")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for examples only in the modules of tests that have any: looking takes as long as reading the module.

    Nor is a module read all of whose tests are slow, where slow ones are left out: what it imports takes long, too.
    """
    found = yield
    if file_path.suffix != ".py":
        return found
    text = file_path.read_text(encoding="utf-8")
    left_out = parent.config.option.markexpr == "not slow" and not parent.session.isinitpath(file_path)
    if left_out and ALL_SLOW.search(text):
        return []
    return found if ">>> " in text else [each for each in found if not isinstance(each, DoctestModule)]
