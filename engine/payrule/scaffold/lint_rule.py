"""A new check, for those who work on payrule: its file, its page, and its place in the list of checks."""

import re
from pathlib import Path

from payrule.lint import registry
from payrule.scaffold.scaffold import NAME, Scaffold
from payrule.source.diagnostics import RequestError

_FILE = '''"""Find rules that say so: to be written."""

from collections.abc import Iterator

from payrule.lint.rule import Check, Found
from payrule.lint.context import CheckContext


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules whose summary is this very text: to be written.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        if rule.summary == "CODE":
            message = f"to be written: what is wrong with `{rule.id}`"
            help = "to be written: how to fix it"
            yield Found(policy.name, ("rules", index, "summary"), message, help)


CHECK = Check(code="CODE", family="names", run=run)
'''

_RULE = """{
  "rules": [
    {
      "id": "stretching-is-covered",
      "summary": "SUMMARY",
      "cites": [{"source": "handbook", "locator": "Section 1"}],
      "when": {"line.code": {"in": "@stretches"}},
      "conclude": {"concern": "benefit", "value": "covered"}
    }
  ]
}"""

_PAGE = f"""# CODE

To be written: what it finds, in a sentence.

## Avoid

```json
{_RULE.replace("SUMMARY", "CODE")}
```

## Prefer

```json
{_RULE.replace("SUMMARY", "The plan pays for stretching.")}
```

## Why

To be written: what goes wrong where nobody fixes it.

## Exceptions

None.
"""


def new_check(code: str, checks: Path = Path(registry.__file__).parent) -> Scaffold:
    """Make a check that finds a rule whose summary is its code, until somebody writes what it looks for.

    `checks` is the folder `lint`; a check begins in its family `names`.

    Raises RequestError for a code that is taken or is no name, and where payrule
    is installed from a wheel: a check is a part of payrule.

    >>> sorted(path.name for path in new_check("locator-too-long").files)
    ['locator-too-long.md', 'locator_too_long.py', 'registry.py']
    """
    if not (checks.parents[2] / "pyproject.toml").is_file():
        help_text = "clone payrule, and run `payrule new check` from the environment that `make install` makes there"
        raise RequestError.of("no-checkout", "a check is a part of payrule, and this payrule is no checkout", help_text)
    if not re.fullmatch(NAME, code):
        help_text = "write small letters and digits, with hyphens between words, as in `rule-without-citation`"
        raise RequestError.of("bad-name", f"`{code}` is no code of a check", help_text)
    if code in registry.BY_CODE:
        raise RequestError.of("check-exists", f"there is a check `{code}` already", "give another code")
    module = code.replace("-", "_")
    listed, family = checks / "registry.py", checks / "rules" / "names"
    return Scaffold(
        files={
            family / f"{module}.py": _FILE.replace("CODE", code),
            family / f"{code}.md": _PAGE.replace("CODE", code),
            listed: _with(module, listed.read_text(encoding="utf-8")),
        },
        changed=frozenset({listed}),
        then=(
            f"write in `{module}.py` what it looks for, and in `{code}.md` what to avoid and why",
            "then write what it answers: `UPDATE_GOLDENS=1 pytest tests/checks`, and read it",
            "then `make pages`, and a line in `CHANGELOG.md`",
        ),
    )


def _with(module: str, text: str) -> str:
    """Put a check into the list: its import among the others, in their order, and itself behind them."""
    head, imported, tail = re.split(r"(?<=names import \(\n)((?:    \w+,\n)+)", text, maxsplit=1)
    names = sorted([*imported.splitlines(keepends=True), f"    {module},\n"])
    last = "    SUPPRESSION_WITHOUT_EFFECT,\n"
    return head + "".join(names) + tail.replace(last, f"    {module}.CHECK,\n{last}")
