"""payrule: policy as code for health-care claims.

Read a rulebase with `load`, decide an encounter with `Rulebase.decide`, files of millions of lines with
`adjudicate_files`, and Arrow batches with `decide_arrow`; every line gets one cited answer. `read_claims` reads the
claims of a file. `diff` says what differs between two versions, `verify` whether a payer's policies hold together.
Names are imported when they are first used, so that the command line starts quickly.

>>> import payrule
>>> bool(payrule.load().payers)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrule.analysis.work import Work
    from payrule.columns.arrow import decide_arrow
    from payrule.columns.decide_files import Tally, adjudicate_files
    from payrule.compare.difference import diff
    from payrule.compare.verification import verify
    from payrule.encounter.encounter import Encounter
    from payrule.formats.claim_files import read_claims
    from payrule.formats.encounters import Read
    from payrule.results.determination import Determination
    from payrule.results.difference import Difference
    from payrule.results.verification import Verification
    from payrule.rulebase.decision import DisagreementError
    from payrule.rulebase.rulebase import Rulebase, load
    from payrule.source.diagnostics import (
        Diagnostic,
        DocumentError,
        EncounterError,
        InputError,
        LimitError,
        PayruleError,
        RequestError,
    )

__all__ = [
    "Determination",
    "Diagnostic",
    "Difference",
    "DisagreementError",
    "DocumentError",
    "Encounter",
    "EncounterError",
    "InputError",
    "LimitError",
    "PayruleError",
    "Read",
    "RequestError",
    "Rulebase",
    "Tally",
    "Verification",
    "Work",
    "adjudicate_files",
    "decide_arrow",
    "diff",
    "load",
    "read_claims",
    "verify",
]

_HOMES = {
    "payrule.analysis.work": ("Work",),
    "payrule.columns.arrow": ("decide_arrow",),
    "payrule.columns.decide_files": ("adjudicate_files", "Tally"),
    "payrule.compare.difference": ("diff",),
    "payrule.compare.verification": ("verify",),
    "payrule.encounter.encounter": ("Encounter",),
    "payrule.formats.claim_files": ("read_claims",),
    "payrule.formats.encounters": ("Read",),
    "payrule.results.determination": ("Determination",),
    "payrule.results.difference": ("Difference",),
    "payrule.results.verification": ("Verification",),
    "payrule.rulebase.decision": ("DisagreementError",),
    "payrule.rulebase.rulebase": ("Rulebase", "load"),
}
_FINDINGS = "payrule.source.diagnostics"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `payrule` has no attribute `{name}`")
    home = next((module for module, names in _HOMES.items() if name in names), _FINDINGS)
    return getattr(import_module(home), name)
