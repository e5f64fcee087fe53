"""The pages of the documentation, and the fenced blocks in them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
"""What a user reads; the blocks in it are run."""

_FENCE = re.compile(r"^```(?P<language>\w*)(?P<said>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """One fenced block: its language, what else its fence says, its text, and where that begins and ends."""

    language: str
    said: str
    text: str
    start: int
    end: int

    @property
    def title(self) -> str | None:
        """The file that the block holds or changes, if it names one."""
        found = _TITLE.search(self.said)
        return found.group(1) if found else None


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(text: str) -> list[Block]:
    """List the fenced blocks of a page in their order."""
    return [
        Block(found["language"], found["said"].strip(), found["text"], found.start("text"), found.end("text"))
        for found in _FENCE.finditer(text)
    ]


def without_blocks(text: str) -> str:
    """Give the prose of a page: what stands in no fence."""
    return _FENCE.sub("", text)


def table(text: str, heading: str) -> list[list[str]]:
    """Give the rows below the head of the first table after a heading, cell by cell."""
    _, found, after = text.partition(f"{heading}\n")
    assert found, f"there is no heading `{heading}`"
    rows: list[list[str]] = []
    for line in after.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows or line.startswith("#"):
            break
    return rows[2:]
