"""Findings as text: always where, what and how to fix it, whatever characters a user's file holds."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from payrule.reports.diagnostics import in_full, one_line, printable, summary
from payrule.source.diagnostics import Checked, Diagnostic, InputError, RequestError, sort_key
from payrule.source.json_source import wrong

_TEXT = st.text(max_size=20)
_FINDINGS = st.builds(
    Diagnostic,
    code=st.sampled_from(["bad-date", "unknown-key"]),
    message=_TEXT,
    help=st.none() | st.text(min_size=1, max_size=20),
    file=st.none() | st.just("a.json") | st.text(min_size=1, max_size=20),
    line=st.none() | st.integers(1, 3),
    column=st.none() | st.integers(1, 9),
    path=st.none() | st.sampled_from(["$", "$.a", "claim A-1, segment 3"]),
    severity=st.sampled_from(["error", "warning"]),
    claim=st.just(UNSET) | st.text(min_size=1, max_size=20),
)


@given(diagnostic=_FINDINGS)
def test_one_line_is_one_line_that_no_terminal_stumbles_over(diagnostic: Diagnostic) -> None:
    assert one_line(diagnostic).isprintable()


@given(diagnostic=_FINDINGS, line=st.none() | _TEXT)
def test_in_full_holds_nothing_that_a_terminal_stumbles_over(diagnostic: Diagnostic, line: str | None) -> None:
    assert all(each.isprintable() for each in in_full(diagnostic, lambda _file, _line: line).split("\n"))


@given(diagnostic=_FINDINGS)
def test_what_a_finding_says_can_be_printed_wherever_it_is_shown(diagnostic: Diagnostic) -> None:
    assert diagnostic.message.isprintable()
    assert (diagnostic.help or "").isprintable()
    assert str(diagnostic).isprintable()
    assert all(each.isprintable() for each in str(InputError([diagnostic, diagnostic])).split("\n"))


@pytest.mark.parametrize("mark", ["\u2029", "\u202e", "\x1b", "\xa0", "\udcff", "\n"])
def test_a_message_that_repeats_a_key_writes_out_what_cannot_be_seen(mark: str) -> None:
    key = f"p0{mark}"
    said = f"p0{repr(mark)[1:-1]}"
    found = wrong(("versions", key), "bad-value", f"`{key}` is wrong", f"take `{key}` away")
    assert (found.message, found.help) == (f"`{said}` is wrong", f"take `{said}` away")
    assert RequestError.of("x", f"`{key}`", None).findings[0].message == f"`{said}`"
    assert msgspec.json.decode(msgspec.json.encode(found), type=Diagnostic) == found


@given(text=st.text())
def test_printable_text_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()


def test_place_path_and_help_are_reported() -> None:
    diagnostic = Diagnostic(
        code="x", message="`a` is wrong", help="write b", file="f.json", line=2, column=3, path="$.a"
    )
    assert one_line(diagnostic) == "f.json:2:3: error: `a` is wrong at $.a; write b"


def test_place_of_another_format_stands_before_the_message() -> None:
    diagnostic = Diagnostic(code="x", message="no claim", file="f.837", path="segment 3", severity="warning")
    assert one_line(diagnostic) == "f.837, segment 3: warning: no claim"
    assert one_line(Diagnostic(code="x", message="no claim", path="segment 3")) == "segment 3: error: no claim"


def test_root_needs_no_path() -> None:
    assert one_line(Diagnostic(code="x", message="empty", path="$")) == "error: empty"
    assert "at $" not in in_full(Diagnostic(code="x", message="empty", path="$"), lambda _file, _line: None)


@pytest.mark.parametrize("column", [1, 40, 99, 100, 101, 150, 400, 500])
@pytest.mark.parametrize("length", [60, 100, 101, 500])
def test_mark_stands_under_the_place(column: int, length: int) -> None:
    column = min(column, length)
    source = "." * (column - 1) + "X" + "." * (length - column)
    diagnostic = Diagnostic(code="x", message="m", file="f", line=7, column=column)
    _, shown, mark = in_full(diagnostic, lambda _file, _line: source).split("\n")
    assert shown.startswith("  7 | ")
    assert mark.startswith("    | ")
    assert shown[mark.index("^")] == "X"
    assert len(shown) <= 106


def test_tabs_and_control_characters_do_not_move_the_mark() -> None:
    diagnostic = Diagnostic(code="x", message="m", file="f", line=1, column=4)
    _, shown, mark = in_full(diagnostic, lambda _file, _line: "\t\x1b\tX").split("\n")
    assert shown[mark.index("^")] == "X"


@pytest.mark.parametrize("source", [None, "", "   "])
def test_line_that_is_not_there_is_not_shown(source: str | None) -> None:
    diagnostic = Diagnostic(code="x", message="m", file="f", line=1, column=1)
    shown = in_full(diagnostic, lambda _file, _line: source and source.strip())
    assert "^" not in shown


@given(findings=st.lists(_FINDINGS))
def test_order_is_that_of_places(findings: list[Diagnostic]) -> None:
    ordered = sorted(findings, key=sort_key)
    places = [(each.file or "", each.line or 0, each.column or 0) for each in ordered]
    assert places == sorted(places)
    shuffled = findings[::-1]
    assert sorted(shuffled, key=sort_key) == ordered


@pytest.mark.parametrize(
    ("errors", "warnings", "documents", "said"),
    [
        (0, 0, 1, "1 document checked: nothing to fix"),
        (1, 0, 2, "2 documents checked: 1 error"),
        (2, 1, 2, "2 documents checked: 2 errors, 1 warning"),
        (0, 2, 0, "0 documents checked: 2 warnings"),
    ],
)
def test_summary_counts(errors: int, warnings: int, documents: int, said: str) -> None:
    findings = [Diagnostic(code="x", message="m")] * errors
    findings += [Diagnostic(code="x", message="m", severity="warning")] * warnings
    assert summary(Checked(documents=documents, findings=tuple(findings))) == said


def test_place_is_what_editors_link() -> None:
    assert re.fullmatch(r"[^:]+:\d+:\d+", Diagnostic(code="x", message="m", file="f", line=1, column=2).place)
    assert Diagnostic(code="x", message="m", file="f").place == "f"
    assert Diagnostic(code="x", message="m").place == ""
