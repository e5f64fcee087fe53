"""A small vocabulary with attributes of each type, one, several, with a default, derived, and of a pair of lines."""

from payrule.model.policy import Fact
from payrule.model.vocabulary import Attribute, Concern, ConcernValue, Regions, Timed, Vocabulary

ZONES = ("north", "middle", "south")

VOCABULARY = Vocabulary(
    kind="vocabulary",
    attributes={
        "encounter.role": Attribute(
            type="choice", summary="Who pays first", values=("first", "second"), default="first", example="second"
        ),
        "encounter.received": Attribute(type="date", summary="Day of receipt", example="2016-03-08"),
        "encounter.sender.kind": Attribute(type="choice", summary="Kind of sender", values=("office", "clinic")),
        "encounter.diagnoses": Attribute(type="text", summary="Diagnoses", many=True, example=["A1", "B2"]),
        "patient.age": Attribute(type="integer", summary="Age in years", minimum=0, maximum=150, example=40),
        "line.code": Attribute(
            type="code", summary="The service", pattern="^[0-9A-Z]{5}$", required=True, example="00001"
        ),
        "line.date": Attribute(type="date", summary="Date of service", required=True, example="2016-03-01"),
        "line.marks": Attribute(
            type="code", summary="Marks", pattern="^[0-9A-Z]{2}$", many=True, default=[], example=["M1"]
        ),
        "line.units": Attribute(type="integer", summary="Units", minimum=0, default=1, example=1),
        "line.minutes": Attribute(type="integer", summary="Minutes", minimum=0, example=15),
        "line.regions": Attribute(type="choice", summary="Zones treated", values=ZONES, many=True),
        "line.pointers": Attribute(type="integer", summary="Pointers", minimum=1, many=True, example=[1]),
        "line.visits": Attribute(type="date", summary="Days of earlier visits", many=True),
        "line.comment": Attribute(type="text", summary="Free words", example="none"),
        "line.seen": Attribute(type="boolean", summary="Whether the patient was seen", example=True),
        "line.provider.type": Attribute(type="choice", summary="Who served", values=("healer", "helper")),
        "line.provider.supervisor": Attribute(type="choice", summary="Who watched", values=("healer", "helper")),
        "line.record.time": Attribute(type="boolean", summary="Whether the record holds the time", example=True),
        "line.record.site": Attribute(type="boolean", summary="Whether the record holds the site", example=True),
        "line.units_supported": Attribute(
            type="boolean", summary="Whether the minutes support the units", derived="units-supported"
        ),
        "region": Attribute(
            type="choice",
            summary="How zones relate",
            values=("same", "contiguous", "separate"),
            derived="region-relation",
        ),
    },
    concerns=(
        Concern(
            id="benefit",
            settled="ranked",
            summary="Is it paid for?",
            values=(
                ConcernValue(value="excluded", effect="denied", summary="It is not."),
                ConcernValue(value="covered", effect="affirmative", summary="It is."),
            ),
        ),
        Concern(
            id="coding",
            settled="cumulative",
            summary="Is it coded right?",
            values=(
                ConcernValue(value="miscoded", effect="returned", summary="It is not."),
                ConcernValue(value="valid", effect="neutral", summary="It is."),
            ),
        ),
    ),
    regions=Regions(contiguous=(("north", "middle"), ("middle", "south"))),
    timed=Timed(codes=("00010-00019",), method="cms-8-minute"),
    sets={"hands-on": ("00010-00019", "00042")},
    facts={"timed-service": Fact(summary="The service is timed.", when={"line.code": {"in": "@hands-on"}})},
)

ENCOUNTER = {
    "id": "E-1",
    "payer": "a-payer",
    "role": "second",
    "received": "2016-03-08",
    "sender": {"kind": "office"},
    "diagnoses": ["B2", "A1", "B2"],
    "patient": {"id": "P-1", "age": 40},
    "lines": [
        {"number": 2, "code": "00042", "date": "2016-03-01"},
        {
            "number": 1,
            "code": "00011",
            "date": "2016-03-01",
            "marks": ["M1", "M2"],
            "units": 2,
            "minutes": 23,
            "regions": ["north"],
            "pointers": [1, 2],
            "visits": ["2016-02-01"],
            "comment": "first visit",
            "seen": False,
            "provider": {"type": "healer", "supervisor": None},
            "record": {"time": True},
        },
    ],
    "history": [{"number": 1, "code": "00011", "date": "2015-03-01"}],
}
"""An encounter with every kind of value, as JSON."""
