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

_BEGINNING = {"20": ("PRV", "CUR"), "22": ("SBR", "PAT"), "23": ("PAT",)}
"""What a level begins with, before it names anyone (loops 2000A, 2000B and 2000C)."""

_OF_A_NAME = ("N2", "N3", "N4", "DMG", "REF", "PER")
"""What is said of whoever was named last, above the claims."""

_ADDRESS = ("N2", "N3", "N4")
"""The second line of a name, street and city, in this order before everything else that is said of it but `PER`."""

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
        self._last = ""
        self._address = 0
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
        last, self._last = self._last, name
        if last == "N3" and self._region == "above" and self._level in ("22", "23") and name not in ("N3", "N4"):
            return "is between `N3` and `N4` of an address"
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
            return self._names_above(kind)
        self._has_payer = self._has_payer or name == "SBR"
        beginning = _BEGINNING.get(self._level)
        if beginning is None:  # sender and receiver, before the first level, or a level of which nothing is read
            return None if name in ("ST", "BHT", "SE", *_OF_A_NAME) and name != "DMG" else self._misplaced(name)
        is_misplaced = (
            name not in (*_OF_A_NAME, *beginning, "SE")
            or (name == "PRV" and kind not in ("BI", "PT"))
            or (name == "DMG" and (self._level, self._entity) not in (("22", "IL"), ("23", "QC")))
            or (name == "REF" and kind == "F8")
        )
        if is_misplaced:
            return self._misplaced(name)
        if name in _OF_A_NAME and not self._entity:
            return f"comes before the first name of level {self._level_in_words}"
        if name in _ADDRESS:
            at, reached = _ADDRESS.index(name), self._address
            self._address = at + (name == "N4")
            return f"is too late: the address of {shown(self._entity)} has ended" if at < reached else None
        self._address = len(_ADDRESS) if name in ("DMG", "REF") else self._address
        once = {"PRV": name + kind, "SBR": name, "DMG": name}.get(name)
        return self._once("above", once) if once else None

    def _names_above(self, kind: str) -> str | None:
        is_first, self._entity, self._address = not self._entity, kind, 0
        if kind == "82" or self._level != _ABOVE.get(kind, self._level):
            return f"is on level {self._level_in_words}"
        if kind in _ABOVE:
            return self._once("above", kind)
        first = next((each for each, level in _ABOVE.items() if level == self._level), None)
        return f"is before the `NM1*{first}` of level {self._level}" if is_first and first else None

    def _misplaced(self, name: str) -> str:
        outside = name not in ("PRV", "CUR", "SBR", "PAT", "DMG")
        return "is outside a claim" if outside else f"is on level {self._level_in_words}, not in its place"

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
