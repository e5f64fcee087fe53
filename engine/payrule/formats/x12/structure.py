"""Where the segments of an 837 professional transaction may stand, as far as they are read.

A segment in another place belongs to something else than it seems to: the specialty of a provider below another one,
or a service before its line. Its transaction is refused. Loops are those of the guides X098 and X222 (`loops`).
"""

from payrule.formats.x12.segments import Segment, shown, whole

_NAMES = frozenset(
    (
        *("ST", "BHT", "REF", "NM1", "N2", "N3", "N4", "PER", "PRV", "CUR", "HL", "SBR", "PAT", "DMG", "CLM", "DTP"),
        *("CL1", "DN1", "DN2", "PWK", "CN1", "DSB", "UR", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6"),
        *("CR7", "CR8", "CRC", "HI", "QTY", "HCP", "HSD", "CAS", "OI", "MIA", "MOA", "LX", "SV1", "SV2", "SV3", "SV4"),
        *("SV5", "SV6", "SV7", "TOO", "MEA", "PS1", "IMM", "LIN", "CTP", "SVD", "LQ", "FRM", "SE"),
    )
)
"""The segments of transaction 837."""

SERVICES = ("SV1", "SV2", "SV3")
"""The segments that bill a service, one of which opens each line."""

_LEVELS = {"20": None, "22": "20", "23": "22"}
"""Levels of `HL`, and the level that each is under."""

_ABOVE = {"85": "20", "IL": "22", "QC": "23"}
"""Who may be named above a claim, and on which level; one of each."""

_READ_IN_A_LINE = ("NM1", "PRV", "DTP", "REF")


class Structure:
    """Follow one transaction; `take` says of a segment what is wrong with where it stands."""

    def __init__(self) -> None:
        """Begin before the first level."""
        self._hl = 0
        self._levels: dict[str, str] = {}
        self._level = ""
        self._region = "above"
        self._entity = ""
        self._has_payer = False
        self._seen: set[tuple[str, str]] = set()

    def take(self, segment: Segment) -> str | None:
        """Take the next segment; give what is wrong with its place, or None.

        >>> structure = Structure()
        >>> structure.take(Segment(4, "HL", ("1", "", "20"))), structure.take(Segment(5, "NM1", ("85", "2")))
        (None, None)
        >>> structure.take(Segment(6, "HI", ("ABK:A00",)))
        '`HI` (segment 6) is outside a claim'
        """
        if segment.name not in _NAMES:
            return f"{shown(segment.name)} (segment {segment.number}) is no segment of a claim"
        wrong = self._taken(segment, segment.name, segment.element(1))
        return None if wrong is None else f"`{_called(segment)}` (segment {segment.number}) {wrong}"

    def _taken(self, segment: Segment, name: str, kind: str) -> str | None:  # noqa: PLR0911 - one for each region
        if name == "HL":
            return self._descend(segment.element(1), segment.element(2), segment.element(3))
        if name == "CLM":
            self._enter("claim")
            is_paid = self._has_payer or self._level not in ("22", "23")
            return None if is_paid else "is below no payer: its subscriber has no `SBR`"
        if name == "LX":
            return self._enter("line") if self._region != "above" else "is outside a claim"
        if self._region == "above":
            return self._above(name, kind)
        if name == "NM1" and kind in ("85", "IL", "QC") and self._region != "other payer":
            return "is within a claim"
        if name == "SBR":
            return self._enter("other payer") if self._region != "line" else "is within a line"
        if name == "NM1":
            return self._names(kind)
        if name == "PRV":
            return self._specialty(kind)
        return self._in_line(name, kind) if self._region == "line" else self._in_claim(name, kind)

    def _descend(self, number: str, parent: str, level: str) -> str | None:
        last, counted = self._hl, whole(number)
        self._hl = last + 1 if counted is None else counted
        self._enter("above")
        self._seen.clear()
        self._has_payer = self._has_payer and level == "23"
        self._level, self._levels[level] = level, number
        if counted != last + 1:
            return f"is numbered {shown(number)} after `{last}`: a level may be lost"
        above = _LEVELS.get(level)
        if above is not None and parent != self._levels.get(above):
            return f"of level {level} is under {shown(parent)}, which is not the level {above} above it"
        return None

    def _enter(self, region: str) -> str | None:
        """Enter a loop, in which nothing has been seen yet."""
        self._region, self._entity = region, ""
        if region != "above":
            self._seen = {each for each in self._seen if each[0] == "above"}
        return None

    def _once(self, what: str, kind: str = "") -> str | None:
        if (what, kind) in self._seen:
            return "is here a second time"
        self._seen.add((what, kind))
        return None

    @property
    def _level_in_words(self) -> str:
        """Name the level as it was written, shortened, with a question mark for what cannot be printed."""
        return shown(self._level)[1:-1] if self._level else "none"

    def _above(self, name: str, kind: str) -> str | None:
        if name == "NM1":
            self._entity = kind
            if kind == "82" or self._level != _ABOVE.get(kind, self._level):
                return f"is on level {self._level_in_words}"
            return self._once("above", kind) if kind in _ABOVE else None
        self._has_payer = self._has_payer or name == "SBR"
        places = {
            "PRV": self._level == "20" and kind in ("BI", "PT"),
            "SBR": self._level == "22",
            "DMG": (self._level, self._entity) in (("22", "IL"), ("23", "QC")),
            "HI": False,
            "REF": kind != "F8",
            "DTP": kind != "472",
            "SVD": False,
            **dict.fromkeys(SERVICES, False),
        }
        if not places.get(name, True):
            outside = name not in ("PRV", "SBR", "DMG")
            return "is outside a claim" if outside else f"is on level {self._level_in_words}, not in its place"
        return self._once("above", name + (kind if name == "PRV" else "")) if name in ("PRV", "SBR", "DMG") else None

    def _names(self, kind: str) -> str | None:
        """Take a name within a claim, which says of whom the segments after it speak."""
        before, self._entity = self._entity, kind
        if self._region == "other payer" and not before and kind != "IL":
            return "is before the subscriber `NM1*IL` of another payer"
        if self._region == "line" and ("service", "") not in self._seen:
            self._seen.add(("early", ""))
        self._seen.discard(("specialty", ""))
        return self._once(self._region, kind) if kind == "82" and self._region != "other payer" else None

    def _specialty(self, kind: str) -> str | None:
        if kind in ("BI", "PT"):
            return "is within a claim, not with the billing provider"
        if kind == "PE" and self._entity != "82":
            return "does not stand with the rendering provider `NM1*82`"
        return self._once("specialty")

    def _in_claim(self, name: str, kind: str) -> str | None:
        if name in SERVICES or name == "SVD":
            return "is before the first `LX`"
        if self._region == "claim" and self._entity and name in ("HI", "DTP"):
            return "is below a name, not with its claim"
        if self._region == "claim":
            return "is within a claim, not with a patient" if name == "DMG" else None
        if name == "HI" or (name == "DTP" and kind == "472"):
            return "is among what another payer says"
        return None

    def _in_line(self, name: str, kind: str) -> str | None:
        if name in SERVICES:
            if ("early", "") in self._seen:
                return "does not stand right after its `LX`"
            # What is below a second service is its own: that there are two is said of the claim.
            self._enter("line")
            self._seen.add(("service", ""))
            return None
        if name in ("HI", "DMG") or (name == "REF" and kind == "F8"):
            return "is within a line"
        if name in _READ_IN_A_LINE and ("service", "") not in self._seen:
            self._seen.add(("early", ""))
        return None


def _called(segment: Segment) -> str:
    qualified = segment.name in ("NM1", "PRV", "REF", "DTP") and segment.element(1).isalnum()
    return f"{segment.name}*{segment.element(1)[:3]}" if qualified else segment.name
