"""X12 837 professional claims."""

from pathlib import Path

from tests.fuzz.claims import deciding
from tests.fuzz.target import Target
from tests.made_837 import made, seeded

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SEEDS = [path.read_bytes() for path in sorted(_EXAMPLES.glob("*.837"))] + [
    made(seeded(number)).text.encode() for number in range(4)
]
_TOKENS = (
    *(b"~", b"*", b":", b" ~", b"\n", b"ISA*00*", b"GS*HC*", b"ST*837*0001~", b"SE*14*0001~", b"GE*1*1~", b"IEA*1*1~"),
    *(b"CLM*A-1*65***11:B:8~", b"LX*1~", b"SV1*HC:97140*65*UN*1~", b"DTP*472*RD8*20240805-20240806~", b"HL*9**20*1~"),
    *(b"REF*F8*OLD~", b"NM1*82*1~", b"PRV*PE*PXC*111N00000X~", b"SBR*S*18*******MB~", b"HI*ABK:M9901~", b"SV2*1~"),
)

X12 = Target("x12", deciding("x12"), _SEEDS, _TOKENS, each=60)
