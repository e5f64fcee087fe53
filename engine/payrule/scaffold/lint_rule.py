"""A new check, for those who work on payrule: its file, its page, and its line in the registry."""

import re
from pathlib import Path

from payrule.lint import registry
from payrule.scaffold.scaffold import NAME, Scaffold
from payrule.source.diagnostics import RequestError

_FILE = '''"""Find rules: to be written."""

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules whose summary is this very text: to be written.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        if each.rule.summary == "CODE":
            message = f"to be written: what is wrong with `{each.rule.id}`"
            yield each.problem(message, "to be written: how to fix it", "summary")


CHECK = lint_rule(run)
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

To be written: what goes wrong if nobody fixes it.

## Exceptions

None.
"""


def new_check(code: str, checks: Path = Path(registry.__file__).parent) -> Scaffold:
    """Make a check, in the family `names` of `checks`; raises RequestError for a bad code, and outside of a checkout.

    >>> sorted(path.name for path in new_check("locator-too-long").files)
    ['locator-too-long.md', 'locator_too_long.py', 'registry.py']
    """
    if not (checks.parents[2] / "pyproject.toml").is_file():
        help_text = "clone payrule, and run `payrule new check` from the environment that `make install` makes there"
        message = "a check is part of payrule, and this payrule is not a checkout"
        raise RequestError.of("no-checkout", message, help_text)
    if not re.fullmatch(NAME, code):
        help_text = "use lower-case words joined by hyphens, such as `rule-without-citation`"
        raise RequestError.of("bad-name", f"`{code}` cannot be the code of a check", help_text)
    if code in registry.BY_CODE:
        raise RequestError.of("check-exists", f"there is already a check `{code}`", "choose another code")
    module = code.replace("-", "_")
    listed, family = checks / "registry.py", checks / "rules" / "names"
    return Scaffold(
        files={
            family / f"{module}.py": _FILE.replace("CODE", code),
            family / f"{code}.md": _PAGE.replace("CODE", code),
            listed: listed.read_text(encoding="utf-8").replace(_LAST, f'{_LAST}        "{code}",\n'),
        },
        changed=frozenset({listed}),
        then=(
            f"write the check in `{module}.py`, and in `{code}.md` what to avoid and why",
            "write its golden file with `UPDATE_GOLDENS=1 pytest tests/lint`, and read it",
            "run `make pages`, and add a line to `CHANGELOG.md`",
        ),
    )


_LAST = '        "retired-code",\n'
"""The line of the registry after which a new check is listed."""
