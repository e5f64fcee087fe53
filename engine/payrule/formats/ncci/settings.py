"""For whom a published table holds: practitioners, outpatient hospitals, or suppliers of equipment.

Tables of the settings have one layout, and other rows. What a file says of its setting is believed: the names of its
columns, or a column of its own. A file that says nothing may be called after its setting.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from payrule.documents.findings import DocumentError, Finding

PRACTITIONER = "practitioner"

SETTINGS: dict[str, str] = {
    PRACTITIONER: r"\bpractitioners?\b|\bccipra|\bpra[cv]?\b",
    "hospital": r"\bhospitals?\b|\boutpatient\b|\bhosp\b|\bcci(hosp|oph)",
    "dme": r"\bdme\b|\bsuppliers?\b|\bdurable medical\b",
}
"""The settings, with the words by which each is known, after other signs than letters and digits became blanks."""

CALLED = {PRACTITIONER: "practitioners", "hospital": "outpatient hospitals", "dme": "suppliers of medical equipment"}
"""The settings in a sentence."""


class Setting(NamedTuple):
    """The setting that is wanted, and whether somebody asked for it; it is practitioners' otherwise."""

    name: str = PRACTITIONER
    asked: bool = False

    @property
    def suffix(self) -> str:
        """Give what tells its table from that of practitioners."""
        return "" if self.name == PRACTITIONER else f"-{self.name}"


def settings_in(text: str) -> frozenset[str]:
    """Name the settings that a text speaks of.

    >>> settings_in("outpatient hospital services mue values"), settings_in("MCR_MUE_PractitionerServices.csv")
    (frozenset({'hospital'}), frozenset({'practitioner'}))
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", text).casefold()
    return frozenset(name for name, pattern in SETTINGS.items() if re.search(pattern, words))


def refuse_another(  # noqa: PLR0913 - where it is said, and what is wanted
    wanted: Setting, names: Iterable[str], file: str, path: Path, *, line: int | None = None, told: bool = False
) -> None:
    """Refuse a file for another setting than the one that is wanted; raises DocumentError.

    `names` are those of its columns; where they say nothing, and nobody asked for a setting, what the file is called
    is looked at. With `told` each row says it.
    """
    said = settings_in(" ".join(names))
    by_name = not said and not told and not wanted.asked
    if by_name:
        said = settings_in(file)
    if not said or wanted.name in said:
        return
    other = min(said)
    where = "the name of the file says that it holds" if by_name else "the row holds" if line else "the file holds"
    message = f"{where} for {CALLED[other]}, and a table for {CALLED[wanted.name]} is wanted"
    cure = f"give the file for {CALLED[wanted.name]}, or add `--setting {other}`, which makes a table of its own"
    if by_name:
        cure += f"; if the name is wrong, add `--setting {wanted.name}`"
    raise DocumentError([Finding(code="other-setting", message=message, help=cure, file=str(path), line=line)])
