"""Random files of 837 professional claims that follow the implementation guides, and the same damaged on the way."""

from random import Random
from typing import NamedTuple

TAXONOMIES = ("111N00000X", "111NS0005X", "225100000X", "207Q00000X", "261QP2000X", "")
PLANS = ("MA", "MB", "CI", "BL", "MC", "")
DIAGNOSES = ("M9901", "M62830", "M542", "A00")
OLD_DIAGNOSES = ("8472", "E8490", "V4581", "781")


def seeded(seed: int) -> Random:
    """Give a source of chances that is the same for the same seed."""
    return Random(seed)  # noqa: S311 - no secret depends on it


class Made(NamedTuple):
    """The segments of a file, interchange by interchange, and the delimiters of each."""

    interchanges: list[tuple[list[str], str]]

    @property
    def text(self) -> str:
        return "".join(joined(segments, delimiters) for segments, delimiters in self.interchanges)


def joined(segments: list[str], delimiters: str) -> str:
    """Write segments, made with `*`, `:` and `~`, with the delimiters of their interchange and a line end or none."""
    return "".join(f"{each}~" for each in segments).translate(str.maketrans("*:~", delimiters))


def made(random: Random) -> Made:
    """Make a file of one to three interchanges."""
    maker = _Maker(random)
    return Made([maker.interchange(number) for number in range(1, random.randint(1, 3) + 1)])


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.number = 0

    def maybe(self, *segments: str) -> list[str]:
        return list(segments) if self.random.random() < 0.4 else []

    def npi(self) -> str:
        return f"90000000{self.random.randint(10, 15)}"

    def day(self) -> str:
        return f"20240{self.random.randint(1, 9)}{self.random.randint(10, 28)}"

    def name(self, kind: str, *below: str) -> list[str]:
        number = self.random.choice([f"XX*{self.npi()}", f"XX*{self.npi()}", "24*900000001", "*"])
        return [f"NM1*{kind}*{self.random.choice('12')}*SAMPLE*NAME****{number}".rstrip("*"), *below]

    def interchange(self, number: int) -> tuple[list[str], str]:
        delimiters = self.random.choice(["*:~", "|<\n", "*>~", "^:'", "\x1d\x1f\x1c"])
        control = f"{number:09}"
        isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'PAYER':15}*240902*1200*U*00501*{control}*0*T*:"
        groups = self.random.randint(1, 2)
        body = [segment for group in range(1, groups + 1) for segment in self.group(group)]
        return [isa, *body, f"IEA*{groups}*{control}"], delimiters

    def group(self, number: int) -> list[str]:
        version = self.random.choice(["005010X222A1", "005010X222A2", "004010X098A1"])
        transactions = self.random.randint(1, 2)
        body = [segment for each in range(1, transactions + 1) for segment in self.transaction(each, version)]
        return [f"GS*HC*S*R*20240902*1200*{number}*X*{version}", *body, f"GE*{transactions}*{number}"]

    def transaction(self, number: int, version: str) -> list[str]:
        self.level = 0
        body = [f"ST*837*{number:04}*{version}", "BHT*0019*00*1*20240902*1200*CH"]
        body += ["NM1*41*2*SENDER*****46*S", *self.maybe("PER*IC*N*TE*5550000000"), "NM1*40*2*PAYER*****46*R"]
        for _ in range(self.random.randint(1, 2)):
            body += self.billing()
        return [*body, f"SE*{len(body) + 1}*{number:04}"]

    def hl(self, parent: int | str, kind: str) -> str:
        self.level += 1
        return f"HL*{self.level}*{parent}*{kind}*1"

    def billing(self) -> list[str]:
        hl = self.hl("", "20")
        parent = self.level
        found = [hl, *self.maybe(f"PRV*BI*PXC*{self.random.choice(TAXONOMIES[:-1])}"), *self.maybe("CUR*85*USD")]
        found += [*self.name("85"), "N3*1 A ST", "N4*TOWN*MN*550000000", "REF*EI*990000001"]
        found += self.maybe("PER*IC*N*TE*5550000000")
        found += self.maybe(*self.name("87"), "N3*2 B ST", "N4*TOWN*MN*550000000")
        for _ in range(self.random.randint(1, 2)):
            found += self.subscriber(parent)
        return found

    def subscriber(self, parent: int) -> list[str]:
        hl = self.hl(parent, "22")
        own = self.level
        place = self.random.choice("PPPSTU")
        found = [hl, f"SBR*{place}*18*******{self.random.choice(PLANS)}".rstrip("*")]
        member = self.random.choice(["MI*M1", "MI*M22", ""])
        found += [f"NM1*IL*1*SAMPLE*ONE****{member}".rstrip("*"), *self.maybe("N3*3 C ST", "N4*TOWN*MN*550000000")]
        found += self.maybe(f"DMG*D8*19{self.random.randint(30, 99)}0{self.random.randint(1, 9)}15*F")
        found += self.maybe("REF*SY*900000001")
        found += ["NM1*PR*2*PAYER*****PI*P", *self.maybe("N3*5 E ST", "N4*CITY*WI*530000000")]
        found += self.maybe("REF*2U*1")
        if self.random.random() < 0.3:
            found += [self.hl(own, "23"), "PAT*19", "NM1*QC*1*SAMPLE*CHILD"]
            found += self.maybe("N3*6 F ST", "N4*TOWN*IA*500000000")
            found += self.maybe(f"DMG*D8*20{self.random.randint(10, 20)}0{self.random.randint(1, 9)}28*M")
        for _ in range(self.random.randint(0, 2)):
            found += self.claim()
        return found

    def claim(self) -> list[str]:
        self.number += 1
        lines = [self.line(number) for number in range(1, self.random.randint(1, 4) + 1)]
        total = sum(cents for cents, _ in lines)
        frequency = self.random.choice("11178")
        head = [f"CLM*A{self.number}*{_dollars(total, self.random)}***11:B:{frequency}*Y*A*Y*Y"]
        head += self.maybe("DTP*454*D8*20240101")
        head += self.maybe("REF*D9*MINE")
        head += [f"REF*F8*OLD{self.number}"] if frequency != "1" else []
        head += self.maybe("NTE*ADD*FREE TEXT")
        kinds, codes = self.random.choice([(("ABK", "ABF"), DIAGNOSES), (("BK", "BF"), OLD_DIAGNOSES)])
        chosen = self.random.sample(codes, self.random.randint(1, 4))
        head += ["*".join(["HI", *(f"{kinds[at > 0]}:{code}" for at, code in enumerate(chosen))])]
        head += self.maybe("HI*BG:17")
        head += self.maybe(*self.name("DN", "PRV*RF*PXC*207Q00000X"))
        head += self.maybe(*self.name("82", *self.maybe(f"PRV*PE*PXC*{self.random.choice(TAXONOMIES[:-1])}")))
        head += self.maybe(*self.name("77"), "N3*4 D ST")
        for place in self.random.sample("PST", self.random.randint(0, 2)):
            head += [f"SBR*{place}*18*******{self.random.choice(PLANS)}".rstrip("*"), *self.maybe("AMT*D*20")]
            head += ["OI***Y***Y", "NM1*IL*1*SAMPLE*OTHER", "NM1*PR*2*OTHER*****PI*O", *self.maybe("REF*F8*OTHERS")]
        return [*head, *(segment for _, line in lines for segment in line)]

    def line(self, number: int) -> tuple[int, list[str]]:
        cents = self.random.randint(0, 20_000)
        code = ":".join(["HC", self.random.choice(["98940", "97140", "97110"]), *self.maybe("59", "GP")])
        amount = self.random.choice(["UN*1", "UN*2.00", "UN*8", "MJ*15"])
        pointers = self.random.choice(["1", "1:2", "2:1:3", ""])
        service = f"SV1*{code}*{_dollars(cents, self.random)}*{amount}*{self.random.choice(['', '12'])}**{pointers}"
        found = [f"LX*{number}", service.rstrip("*"), *self.maybe("SV5*HC:E0781*DA*30*50*5000*4")]
        first = self.day()
        span = f"DTP*472*RD8*{first}-{self.random.choice([first, '20240928'])}"
        found += self.random.choice([[f"DTP*472*D8*{first}"], [f"DTP*472*D8*{first}"], [span]])
        found += [*self.maybe("REF*6R*1"), *self.maybe("NTE*ADD*MORE")]
        found += self.maybe(*self.name("82", *self.maybe(f"PRV*PE*PXC*{self.random.choice(TAXONOMIES[:-1])}")))
        found += self.maybe("SVD*OTHER*20*HC:97140**1", "CAS*CO*45*20", "DTP*573*D8*20240901")
        return cents, found


def _dollars(cents: int, random: Random) -> str:
    written = f"{cents // 100}.{cents % 100:02}"
    return random.choice([written, written.rstrip("0").rstrip(".") if "." in written else written])


class Damaged(NamedTuple):
    """A damaged file, and what was done to it."""

    how: str
    text: str


def damaged(random: Random, file: Made) -> Damaged:
    """Drop, double or swap segments, cut the end off, or cut a piece out that holds an end of a segment."""
    how = random.choice(["dropped", "doubled", "swapped", "cut off", "cut out"])
    if how.startswith("cut"):
        return Damaged(how, _cut(random, file, off=how == "cut off"))
    interchanges = []
    chosen = random.randrange(len(file.interchanges))
    for number, (segments, delimiters) in enumerate(file.interchanges):
        changed = list(segments)
        if number == chosen:
            at = random.randrange(1, len(segments))
            if how == "dropped":
                del changed[at]
            elif how == "doubled":
                changed.insert(at, segments[at])
            else:
                changed[at - (at > 1)], changed[at] = segments[at], segments[at - (at > 1)]
        interchanges.append((changed, delimiters))
    return Damaged(how, Made(interchanges).text)


def _cut(random: Random, file: Made, *, off: bool) -> str:
    text = file.text
    if off:
        return text[: random.randrange(1, len(text))]
    ends = [at for segments, delimiters in file.interchanges for at, each in enumerate(text) if each == delimiters[2]]
    end = random.choice(ends)
    start = max(0, end - random.randint(0, 40))
    return text[:start] + text[end + 1 + random.randint(0, 40) :]
