"""payrule: policy as code for health-care claims.

Read a rulebase with `load`, decide an encounter with `Rulebase.decide`, and files of millions of lines with
`adjudicate_files`; every line gets one cited answer. `diff` says what differs between two versions, `verify` whether a
payer's policies hold together. Names are imported when they are first used, so that the command line starts quickly.

>>> import payrule
>>> bool(payrule.load().payers)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrule.adjudication.disagreement import DisagreementError
    from payrule.adjudication.rulebase import Rulebase, load
    from payrule.documents.determinations import Determination
    from payrule.documents.differences import Difference
    from payrule.documents.encounters import Encounter
    from payrule.documents.findings import (
        DocumentError,
        EncounterError,
        Finding,
        InputError,
        LimitError,
        PayruleError,
        RequestError,
    )
    from payrule.documents.verifications import Verification
    from payrule.formats.adjudicating import adjudicate_files
    from payrule.formats.columnar import Tally
    from payrule.review.difference import diff
    from payrule.review.verification import verify

__all__ = [
    "Determination",
    "Difference",
    "DisagreementError",
    "DocumentError",
    "Encounter",
    "EncounterError",
    "Finding",
    "InputError",
    "LimitError",
    "PayruleError",
    "RequestError",
    "Rulebase",
    "Tally",
    "Verification",
    "adjudicate_files",
    "diff",
    "load",
    "verify",
]

_HOMES = {
    "payrule.adjudication.disagreement": ("DisagreementError",),
    "payrule.adjudication.rulebase": ("Rulebase", "load"),
    "payrule.documents.determinations": ("Determination",),
    "payrule.documents.differences": ("Difference",),
    "payrule.documents.encounters": ("Encounter",),
    "payrule.documents.verifications": ("Verification",),
    "payrule.formats.adjudicating": ("adjudicate_files",),
    "payrule.formats.columnar": ("Tally",),
    "payrule.review.difference": ("diff",),
    "payrule.review.verification": ("verify",),
}
_FINDINGS = "payrule.documents.findings"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `payrule` has no attribute `{name}`")
    home = next((module for module, names in _HOMES.items() if name in names), _FINDINGS)
    return getattr(import_module(home), name)
