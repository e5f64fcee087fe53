"""Write `docs/reference/policies` from the documents in `policies`: run by `make pages`."""

from pathlib import Path

import payrule
from payrule.reports.policy_pages import pages

FOLDER = Path(__file__).parent / "reference" / "policies"

if __name__ == "__main__":
    texts = pages(payrule.load())
    FOLDER.mkdir(exist_ok=True)
    for stale in {path.name for path in FOLDER.glob("*.md")} - texts.keys():
        (FOLDER / stale).unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
