r"""Show above a block of a page which file it is, or changes: the title of its fence, which Markdown by itself hides.

>>> print(captioned('```json title="visit.json"\n{}\n```'))
```{code-block} json
:caption: visit.json
{}
```
"""

import re
from typing import Any

_TITLED = re.compile(r'^```(\w+) title="([^"]+)"$', re.MULTILINE)


def captioned(text: str) -> str:
    """Turn the titles of fences into captions."""
    return _TITLED.sub(r"```{code-block} \1\n:caption: \2", text)


def _show(_app: Any, _page: str, source: list[str]) -> None:
    source[0] = captioned(source[0])


def setup(app: Any) -> dict[str, bool]:
    """Change pages when they are read."""
    app.connect("source-read", _show)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
