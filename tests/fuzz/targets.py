"""Every target: a line here, and the file that makes it."""

from tests.fuzz.of_csv import CSV
from tests.fuzz.of_documents import DOCUMENTS
from tests.fuzz.of_git import GIT
from tests.fuzz.of_json import JSON, JSON_LINES
from tests.fuzz.of_ncci import NCCI_ADD_ON, NCCI_MUE, NCCI_PTP
from tests.fuzz.of_parquet import PARQUET
from tests.fuzz.of_x12 import X12

TARGETS = {
    each.name: each
    for each in (
        JSON,
        JSON_LINES,
        CSV,
        PARQUET,
        X12,
        NCCI_PTP,
        NCCI_MUE,
        NCCI_ADD_ON,
        *DOCUMENTS,
        GIT,
    )
}
