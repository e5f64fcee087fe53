"""Each way in which durable_rules 2.0.28 is known to go wrong, and that payrule's compiler and driver do not go there.

The traps were found by reading and by experiment; what used to hang or crash runs in a child process with a time limit.
"""

import gc
import math
import re
import subprocess
import sys
import textwrap
import threading
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from tests.execute.chaining_scenes import by_definition, contains, one_of, scene_of
from tests.property.effort import mostly_slow

from payrule.execute.forward import driver
from payrule.execute.forward.messages import FIRST_LINE, LAST_DERIVED, RESERVED, distinct_names, fnv1a
from payrule.execute.forward.network import Network
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import All, Contains, FactLeaf, Formula, Not, OneOf, OtherLine, Range, Some
from payrule.model.values import ValueSet
from payrule.source.diagnostics import LimitError

ROOT = Path(__file__).resolve().parents[2]
COUNT = Range("line.units", 2, None)


def child(code: str) -> str:
    """Run code in a process of its own, which may take a minute and must not crash."""
    preamble = """
        from payrule.execute.forward.network import Network
        from payrule.language.lower import All, Contains, FactLeaf, Not, OneOf, OtherLine, Range, Some
        from tests.execute.chaining_scenes import by_definition, contains, one_of, scene_of
    """
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(preamble) + textwrap.dedent(code)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'engine'}:{ROOT}"},
        timeout=600,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_right(rules: dict[str, Formula], scene: EnrichedEncounter, facts: dict[str, Formula] | None = None) -> None:
    assert Network(rules, facts or {}).match(scene) == by_definition(rules, facts or {}, scene)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """Note every call of the C module, those for rules of earlier tests apart: these go before the first is noted."""
    gc.collect()
    noted: list[tuple[str, tuple[Any, ...]]] = []
    module = driver._load()  # noqa: SLF001 - the only place that has it

    class Noting:
        error = module.error

        def __getattr__(self, name: str) -> Any:
            def call(*arguments: Any) -> Any:
                noted.append((name, arguments))
                return getattr(module, name)(*arguments)

            return call

    monkeypatch.setattr(driver, "_load", Noting)
    return noted


# Negation in the network is unsound.


def test_no_negation_reaches_the_network(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    facts: dict[str, Formula] = {"v#f": Not(one_of("line.purpose", "a")), "v#g": Not(All((FactLeaf("v#f"), COUNT)))}
    rules: dict[str, Formula] = {
        "p/none": Not(contains("line.modifiers", "U1")),
        "p/alone": Not(OtherLine(Not(one_of("line.code", "00001")))),
        "p/both": All((Not(FactLeaf("v#g")), FactLeaf("v#g"), COUNT)),
    }
    Network(rules, facts).match(scene_of([{"line.code": "00001"}, {"line.code": "00002", "line.units": 3}]))
    texts = [arguments[1] for name, arguments in calls if name == "create_ruleset"]
    assert texts
    for text in texts:
        assert set(re.findall(r"\$\w+", text)) <= {"$and"}
        assert set(re.findall(r":(-?\w+)", text)) <= {"0", "1", "4096"}, "tests ask for the number 1 and nothing else"


# The stock `Host`: timer threads, swallowed errors, silence when one fact of a batch is unmatched.


@pytest.mark.slow
def test_no_thread_is_started_and_the_host_is_not_even_imported() -> None:
    code = """
        import sys, threading
        Network({"p/r": Range("line.units", 2, None)}, {}).match(scene_of([{"line.units": 3}]))
        assert threading.active_count() == 1
        assert not [name for name in sys.modules if name.split(".")[0] == "durable"]
    """
    child(code)


def test_a_line_that_matches_nothing_does_not_silence_the_others() -> None:
    scene = scene_of([{"line.units": 1}, {"line.units": 2}, {"line.units": 1}, {"line.units": None}])
    assert [len(each.possible) for each in Network({"p/r": COUNT}, {}).match(scene)] == [0, 1, 0, 1]


def test_an_error_inside_the_engine_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network({"p/r": COUNT}, {})
    scene = scene_of([{"line.units": 2}])
    network.match(scene)
    with monkeypatch.context() as patched:
        patched.setattr(network._engine, "_rete", _Failing(driver._load()))  # noqa: SLF001
        with pytest.raises(driver.EngineError, match="error code: 303"):
            network.match(scene)
    assert network.match(scene) == by_definition({"p/r": COUNT}, {}, scene), "and the next call compiles anew"


class _Failing:
    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def assert_facts(self, *_: object) -> None:
        raise self._module.error("Could not assert facts, error code: 303")


# Sessions: one that never fired frees garbage, recycled ones crash, more than 1,024 crash.


@pytest.mark.slow
def test_thousands_of_sessions_that_never_fire_come_and_go() -> None:
    code = """
        import resource
        units = Range("line.units", 2, None)
        network = Network({f"p/{n}": All((one_of("line.code", f"{n:05}"), units)) for n in range(40)}, {})
        scene = scene_of([{"line.code": "99999", "line.units": 3}, {"line.code": "00001", "line.units": 1}])
        none = by_definition({}, {}, scene)
        for _ in range(500):
            assert network.match(scene) == none
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(2_000):
            assert network.match(scene) == none
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000
    """
    child(code)


def test_one_session_lives_at_a_time_and_nothing_is_retracted(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    network = Network({"p/r": COUNT, "p/s": Not(OtherLine(COUNT))}, {})
    for _ in range(20):
        network.match(scene_of([{"line.units": 2}, {"line.units": None}]))
    assert {name for name, _ in calls} == {
        "assert_facts",
        "complete_and_start_action",
        "create_ruleset",
        "delete_state",
        "start_action_for_state",
    }
    live: set[int] = set()
    for name, arguments in calls:
        if name == "delete_state":
            live.remove(arguments[0])
        elif name == "assert_facts":
            live.add(arguments[0])
            assert len(live) == 1
    assert not live


def test_a_session_that_was_cut_short_does_not_show_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    rules: dict[str, Formula] = {"p/r": All((COUNT, FactLeaf("v#f")))}
    facts: dict[str, Formula] = {"v#f": COUNT}
    network = Network(rules, facts)
    scene = scene_of([{"line.units": 2}])

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("payrule.execute.forward.network.Run._news", cut)
        with pytest.raises(KeyboardInterrupt):
            network.match(scene)
    assert network.match(scene_of([{"line.units": 1}])) == by_definition(rules, facts, scene_of([{"line.units": 1}]))
    with monkeypatch.context() as patched:
        patched.setattr("payrule.execute.forward.driver.Session.clear", cut)
        with pytest.raises(KeyboardInterrupt):
            network.match(scene)
    assert network.match(scene_of([{"line.units": 1}])) == by_definition(rules, facts, scene_of([{"line.units": 1}]))


# Widths: 64 conditions that wait, 511 followers of one, 255 endings of one, 4,096 rules, 16 patterns.


def test_sixty_five_rules_that_wait_for_a_chart_are_decided() -> None:
    rules: dict[str, Formula] = {f"p/{n}": one_of(f"line.documentation.{n}", "yes") for n in range(65)}
    scene = scene_of([{"line.code": "00001"}])
    assert_right(rules, scene)
    assert_right({**rules, "p/none": Not(Some(tuple(rules.values())))}, scene)


@pytest.mark.slow
def test_more_rules_than_one_condition_can_be_followed_or_ended_by() -> None:
    code = """
        units, purpose = Range("line.units", 2, None), one_of("line.purpose", "a")
        rules = {f"p/first-{n}": All((one_of("line.code", f"{n:05}"), units)) for n in range(600)}
        rules |= {f"p/same-{n}": units for n in range(600)}
        rules |= {f"p/second-{n}": All((purpose, Range("line.minutes", n, None))) for n in range(600)}
        rules |= {f"p/joined-{n}": All((FactLeaf("v#f"), Range("line.minutes", n, n + 300))) for n in range(600)}
        network = Network(rules, {"v#f": units})
        for line in ({"line.code": "00599", "line.units": 3}, {"line.minutes": 300}):
            assert network.match(scene_of([line])) == by_definition(rules, {"v#f": units}, scene_of([line]))
    """
    child(code)


@pytest.mark.slow
def test_five_thousand_rules_are_decided() -> None:
    code = """
        def tests(n):
            yield one_of("line.code", f"{n % 400:05}")
            yield Range("line.units", n % 7, None)
            yield contains("line.modifiers", f"U{n % 11}")

        rules = {f"p/{n}": All(tuple(tests(n))) for n in range(5_000)}
        network = Network(rules, {})
        lines = [{"line.code": f"{n:05}", "line.units": n, "line.modifiers": frozenset({"U3"})} for n in range(4)]
        for scene in (scene_of(lines), scene_of([{"line.code": "00399"}, {"line.code": "00500"}])):
            assert network.match(scene) == by_definition(rules, {}, scene)
    """
    child(code)


def test_a_claim_without_a_code_is_reported_to_every_ruleset() -> None:
    rules: dict[str, Formula] = {f"p/{n}": All((one_of("line.code", f"{n:05}"), COUNT)) for n in range(300)}
    assert_right(rules, scene_of([{"line.code": None}, {"line.code": None, "line.units": 1}, {"line.code": "00007"}]))


def test_fourteen_facts_at_once_are_joined_and_more_are_refused_by_name() -> None:
    facts: dict[str, Formula] = {f"v#f{n}": Range("line.units", n, None) for n in range(15)}
    rules: dict[str, Formula] = {"p/joined": All(tuple(FactLeaf(f"v#f{n}") for n in range(14)))}
    assert_right(rules, scene_of([{"line.units": 13}, {"line.units": 12}, {}]), facts)
    rules = {"p/joined": All(tuple(FactLeaf(f"v#f{n}") for n in range(15)))}
    with pytest.raises(LimitError, match=r"rule `p/joined` asks 15 definitions and other lines at once.*`facts`"):
        Network(rules, facts)


# Pairs: conditions on several other lines of one rule multiply.


@pytest.mark.parametrize("lines", mostly_slow([20, 50, 200], quick=2))
def test_four_other_lines_of_one_rule_stay_linear(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[int] = []
    fire = driver.Session.fire

    def counted(desk: driver.Session, index: int, messages: list[str]) -> list[str]:
        heads = fire(desk, index, messages)
        fired.append(len(messages) + len(heads))
        return heads

    monkeypatch.setattr(driver.Session, "fire", counted)
    others = tuple(
        OtherLine(All((one_of("line.code", f"0000{n}"), one_of("region", "same", "separate")))) for n in range(4)
    )
    rules: dict[str, Formula] = {"p/four": All((one_of("line.code", "00000"), *others))}
    regions = (frozenset({"neck"}), frozenset({"foot"}), None)
    scene = scene_of(
        [{"line.code": f"0000{n % 5}", "line.regions": regions[n % 3], "line.units": n} for n in range(lines)]
    )
    assert Network(rules, {}).match(scene) == by_definition(rules, {}, scene)
    assert sum(fired) <= 16 * lines


# Normal forms multiply.


def test_a_condition_that_multiplies_is_refused_by_name_and_a_named_fact_help_it() -> None:
    ten = tuple(one_of("line.indications", f"i{n}") for n in range(10))
    anys = tuple(
        Some((Range("line.units", 3 * n, 3 * n + 1), Range("line.minutes", n, None), ten[n])) for n in range(6)
    )
    five_of_ten = Some(tuple(All(chosen) for chosen in combinations(ten, 5)))
    for formula in (All(anys), five_of_ten):
        with pytest.raises(LimitError, match=r"rule `p/r` expands to more than 64 combinations.*`facts`"):
            Network({"p/r": formula}, {})
    facts: dict[str, Formula] = {f"p#any{n}": part for n, part in enumerate(anys)}
    rules: dict[str, Formula] = {"p/r": All(tuple(FactLeaf(name) for name in facts))}
    assert_right(rules, scene_of([{"line.units": 0, "line.minutes": 9}, {"line.units": 0}, {"line.minutes": 2}]), facts)


# Numbers and messages: floats, Infinity, an empty batch, more than 200 properties.


def test_only_small_whole_numbers_reach_the_engine(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    rules: dict[str, Formula] = {"p/units": COUNT, "p/text": one_of("line.purpose", "a")}
    network = Network(rules, {})
    values: list[Any] = [2.5, 1e300, math.inf, -math.inf, 2**80, -(2**63), 10**400, 0.1]
    scene = scene_of([{"line.units": value, "line.purpose": "\ud800\x00é" * 3} for value in values])
    assert network.match(scene) == by_definition(rules, {}, scene)
    sent = [arguments[1] for name, arguments in calls if name == "assert_facts"]
    assert sent
    for text in sent:
        assert re.fullmatch(r'\[(\{("[A-Za-z0-9]+":\d{1,6},?)+\},?)+\]', text)


def test_an_empty_batch_is_not_asserted(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    assert Network({"p/r": COUNT}, {}).match(scene_of([])) == ()
    assert Network({"p/r": All((COUNT, one_of("line.code", "1")))}, {}).match(scene_of([{"line.code": "2"}]))
    assert driver.Engine(()).with_session(lambda desk: desk.fire(0, [])) == []
    assert [name for name, _ in calls if name == "assert_facts"] == []


def test_two_hundred_conditions_at_once_are_tested_and_more_are_refused_by_name() -> None:
    asked = tuple(one_of(f"line.documentation.{n}", "yes") for n in range(201))
    scene = scene_of([{f"line.documentation.{n}": "yes" for n in range(201)}, {"line.documentation.7": "no"}, {}])
    assert_right({"p/long": All(asked[:200])}, scene)
    with pytest.raises(LimitError, match=r"rule `p/long` asks 201 things at once.*`facts`"):
        Network({"p/long": All(asked)}, {})


# Hashes stand for strings.


def test_attributes_whose_names_hash_the_same_are_apart() -> None:
    assert fnv1a("costarring") == fnv1a("liquid")
    rules: dict[str, Formula] = {"p/one": one_of("costarring", "a"), "p/two": one_of("liquid", "a")}
    assert_right(rules, scene_of([{"costarring": "a", "liquid": "b"}, {"liquid": "a"}]))
    assert distinct_names(2, ["costarring", "liquid", "x"]) == ("costarring", "x")


def test_no_name_for_a_property_is_taken_for_another() -> None:
    names = [*RESERVED, *distinct_names(600)]
    assert len({fnv1a(name) for name in names}) == len(names)


@pytest.mark.slow
def test_no_name_of_a_message_is_taken_for_another() -> None:
    by_prefix = {number: fnv1a(str(number)) for number in range(1, FIRST_LINE)}
    digits = [ord(digit) for digit in "0123456789"]
    for number in range(FIRST_LINE, LAST_DERIVED + 1):
        by_prefix[number] = (by_prefix[number // 10] ^ digits[number % 10]) * 0x01000193 & 0xFFFFFFFF
    used = [by_prefix[number] for number in range(FIRST_LINE, LAST_DERIVED + 1)] + [fnv1a("sid-0")]
    assert len(set(used)) == len(used)
    assert fnv1a("40189") == fnv1a("797186"), "as the next one would be"


def test_lines_that_are_the_same_are_all_decided() -> None:
    scene = scene_of([{"line.units": 2}] * 5)
    assert [each.definite for each in Network({"p/r": COUNT}, {}).match(scene)] == [frozenset({"p/r"})] * 5


# Strings are compared on a length modulo 65,536, integers clamp at 2**63.


def test_long_texts_and_large_numbers_are_reported_apart() -> None:
    long = "a" * 70_000
    rules: dict[str, Formula] = {
        "p/long": one_of("line.note", long),
        "p/short": one_of("line.note", long[65_536:], "a"),
        "p/large": Range("line.units", 2**63, None),
        "p/larger": Range("line.units", 2**80, 2**80 + 1),
        "p/negative": Range("line.units", None, -(2**70)),
    }
    assert_right(
        rules,
        scene_of(
            [
                {"line.note": long, "line.units": 2**63 - 1},
                {"line.note": long[:-1], "line.units": 2**63},
                {"line.note": long[65_536:], "line.units": 2**80},
                {"line.note": "a", "line.units": 2**80 + 1},
                {"line.note": "a" * 65_537, "line.units": -(2**71)},
            ]
        ),
    )


# A missing attribute joins nothing; null is never unequal; `true` equals 1 and "true".


def test_unknown_null_and_every_kind_of_true_are_apart() -> None:
    rules: dict[str, Formula] = {
        "p/yes": OneOf("line.contact", ValueSet(frozenset({True}))),
        "p/text": one_of("line.contact", "true"),
        "p/not": Not(one_of("line.contact", "true")),
        "p/empty": Not(Contains("line.modifiers", None)),
    }
    scene = scene_of(
        [{}, {"line.contact": None}, {"line.contact": True}, {"line.contact": "true"}, {"line.modifiers": frozenset()}]
    )
    assert_right(rules, scene)


def test_attributes_named_like_the_engine_s_own_are_attributes() -> None:
    names = ("id", "sid", "n", "o", "$s", "$m", "$and", "$not", "all", "x", "000", 'a"b\\')
    rules: dict[str, Formula] = {f"p/{name}": one_of(name, "id") for name in names}
    rules |= {f"p/not-{name}": Not(one_of(name, "sid")) for name in names}
    assert_right(rules, scene_of([dict.fromkeys(names, "id"), dict.fromkeys(names, "sid"), {"id": "id"}]))


# Order of firing follows the order of assertion.


def test_order_of_lines_and_rules_is_irrelevant() -> None:
    facts: dict[str, Formula] = {"v#f": Some((COUNT, one_of("line.purpose", "a")))}
    rules: dict[str, Formula] = {
        "p/a": FactLeaf("v#f"),
        "p/b": OtherLine(FactLeaf("v#f")),
        "p/c": Not(OtherLine(All((COUNT, one_of("region", "same"))))),
    }
    lines: list[dict[str, Any]] = [
        {"line.units": 2},
        {"line.purpose": "a", "line.regions": frozenset({"neck"})},
        {"line.units": 1},
        {},
    ]
    expected = by_definition(rules, facts, scene_of(lines))
    for names in permutations(rules):
        network = Network({name: rules[name] for name in names}, facts)
        for order in permutations(range(4)):
            found = network.match(scene_of([lines[place] for place in order]))
            assert found == tuple(expected[place] for place in order)


# Threads and forks: the module has neither locks nor a notion of processes.


def test_threads_that_share_a_network_do_not_mix_their_claims() -> None:
    facts: dict[str, Formula] = {"v#f": Some((COUNT, one_of("line.purpose", "a")))}
    rules: dict[str, Formula] = {f"p/{n}": All((Range("line.units", n, None), FactLeaf("v#f"))) for n in range(5)}
    network = Network(rules, facts)
    scenes = [scene_of([{"line.units": n}, {"line.units": 4 - n, "line.purpose": "a"}]) for n in range(5)]
    expected = [by_definition(rules, facts, scene) for scene in scenes]
    wrong: list[object] = []

    def work(own: int) -> None:
        for turn in range(60):
            at = (own + turn) % len(scenes)
            if network.match(scenes[at]) != expected[at]:
                wrong.append((own, turn))

    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(own,)) for own in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert wrong == []


def test_a_forked_child_compiles_anew_even_while_a_thread_was_deciding() -> None:
    code = """
        import os, threading, warnings
        warnings.simplefilter("ignore")
        network = Network({"p/r": Range("line.units", 2, None)}, {})
        scene = scene_of([{"line.units": 2}])
        right = by_definition({"p/r": Range("line.units", 2, None)}, {}, scene)
        network.match(scene)
        inside, go_on = threading.Event(), threading.Event()
        def hold(desk):
            desk.fire(0, ['{"n":10000,"id":10000,"a":1}'])
            inside.set()
            go_on.wait()
        thread = threading.Thread(target=network._engine.with_session, args=(hold,))
        thread.start()
        inside.wait()
        child = os.fork()
        if not child:
            assert network.match(scene) == right
            grandchild = os.fork()
            if not grandchild:
                assert network.match(scene) == right
                network.close()
                assert network.match(scene) == right
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == 7
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        go_on.set()
        thread.join()
        assert network.match(scene) == right
        print("done")
    """
    assert child(code) == "done\n"


# The C module does not load everywhere.


def test_a_python_that_cannot_load_the_engine_gets_one_sentence() -> None:
    code = """
        import sys
        sys.modules["durable_rules_engine"] = None
        try:
            Network({}, {})
        except Exception as error:
            print(type(error).__name__, error)
    """
    said = child(code)
    assert said.count("\n") == 1
    assert re.match(r"EngineMissingError the rules engine durable_rules does not load under Python 3\.\d+", said)
    assert "with Python 3.11, 3.12 or 3.13, install a C compiler and the Python headers" in said
    for packages in ("build-essential python3-dev", "gcc python3-devel", "xcode-select --install"):
        assert packages in said


def test_a_symbol_that_is_bound_at_once_all_the_same_is_reported_with_how_to_build_without_it() -> None:
    """`LD_BIND_NOW`, or a linker that is told `-z now`, looks up everything when the module is loaded."""
    code = """
        import builtins
        importing = builtins.__import__
        def failing(name, *rest):
            if name == "durable_rules_engine":
                raise ImportError("durable_rules_engine.so: undefined symbol: PyEval_CallObject")
            return importing(name, *rest)
        builtins.__import__ = failing
        try:
            Network({}, {})
        except Exception as error:
            print(error)
    """
    assert "`CC='cc -DPyEval_CallObject=PyObject_CallObject' pip install --force-reinstall" in child(code)


@pytest.mark.parametrize("loads", [True, False])
def test_binding_is_lazy_only_while_the_engine_is_imported(loads: bool) -> None:  # noqa: FBT001 - a parameter of the test
    code = f"""
        import builtins, os, sys
        before, seen = sys.getdlopenflags(), []
        importing = builtins.__import__
        def noting(name, *rest):
            if name == "durable_rules_engine":
                seen.append(sys.getdlopenflags())
                if not {loads}:
                    raise ImportError
            return importing(name, *rest)
        builtins.__import__ = noting
        try:
            Network({{}}, {{}})
        except Exception as error:
            print(type(error).__name__)
        assert all(flags & os.RTLD_LAZY and not flags & os.RTLD_NOW for flags in seen)
        print(len(seen), sys.getdlopenflags() == before)
    """
    assert child(code) == ("1 True\n" if loads else "EngineMissingError\n1 True\n")


def test_an_engine_that_matches_otherwise_is_noticed_before_it_decides() -> None:
    class Odd:
        text: str = '{"x":{"cap":10,"dist":0,"all":[{"000":{"b":1}}]}}'
        trial: tuple[str, ...] = ('{"n":10000,"id":10000,"a":1}',)

    with pytest.raises(driver.EngineError, match="does not match as payrule needs it to"):
        driver.Engine((Odd(),)).with_session(lambda desk: desk.fire(0, ["{}"]))


def test_a_network_that_nobody_holds_gives_its_rulesets_back(calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    for _ in range(3):
        Network({"p/r": COUNT, "p/s": Not(OtherLine(COUNT))}, {}).match(scene_of([{}, {}]))
    gc.collect()
    made = [name for name, _ in calls if name == "create_ruleset"]
    given_back = [name for name, _ in calls if name == "delete_ruleset"]
    assert len(made) == len(given_back) == 6
