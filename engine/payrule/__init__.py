"""payrule: policy as code for health-care claims.

Read a rulebase with `load`, decide an encounter with `Rulebase.decide`; every line gets one cited answer.

>>> import payrule
>>> sorted(payrule.load().payers)
['blue-cross']
"""

from payrule.adjudication.disagreement import DisagreementError
from payrule.adjudication.rulebase import Rulebase, load
from payrule.documents.determinations import Determination
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

__all__ = [
    "Determination",
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
    "load",
]
