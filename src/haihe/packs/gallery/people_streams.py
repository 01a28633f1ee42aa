"""What is told of people below ground: the roll of each zone, tags, work permits, patrols.

None of it is measured by a sensor of the air: it comes from the access gateway (doors, tags), the
permit desk and the patrols' handhelds. Clocks that count ("minutes over") are 0 where nothing is
wrong, so that a record always says something. Texts that list ids have ``SEPARATOR`` between them.

GB 30871-2022 (危险化学品企业特殊作业安全规范) binds chemical works; gallery operators take it for
their hot work. GB 8958-2006 (缺氧危险作业安全规程) binds work where oxygen may be short. Both are
cited as secondary pages give them; the texts themselves were not at hand. "Ours" marks what no
standard says.
"""

from typing import Final

from haihe.model import Field, FieldKind, Stream

SEPARATOR: Final = ";"
DAY_MIN: Final = 1440.0  # Minutes; a clock that counts further has been forgotten.

# ---- limits ----
SOMEBODY: Final = 1.0  # Ours: one person is enough.
STILL_MIN: Final = 3.0  # Ours: who kneels at a joint moves his arms; a tag feels that.
ALONE_MIN: Final = 10.0  # Ours: a colleague fetches a tool in less. GB 8958-2006 wants a guardian.
OVERSTAY_MIN: Final = 15.0  # Ours: the way out from the middle of a section, twice.
HELP: Final = 1.0  # The tag's button, pressed.
TEST_AGE_MIN: Final = 30.0  # GB 30871-2022: the gas is tested within 30 min before hot work.
WORK_LEL: Final = 10.0  # GB 30871-2022: at most 0.5 %VOL where LEL is 4 %VOL or more; methane's 5.
QUIET_WORK_LEL: Final = 5.0  # Ours: as in the air of the zone.
UNGUARDED_MIN: Final = 3.0  # Ours: GB 30871-2022 wants a guardian always; a tag is heard in 3 min.
OVERRUN_MIN: Final = 10.0  # Ours: to pack up and sign the permit off.
UNPROVEN_PHOTOS: Final = 0.0  # Ours: one photo at least, as most operators' rules want it.
DEFECT: Final = 1.0  # 一般隐患, as the patrol grades it.
MAJOR_DEFECT: Final = 2.0  # 重大隐患.

# ---- codes ----
CLOSED, ISSUED, WORKING, SUSPENDED, COOLING, CHECKED = (float(code) for code in range(6))
ARRIVED, FIRST_LOOK, SECOND_LOOK, LEFT = (float(code) for code in range(1, 5))

BOARD: Final = Stream(
    name="gallery.board",
    fields=(
        Field("count", unit="person", low=0.0, high=500.0),  # Ours: beyond any zone's crews.
        Field("unpermitted", unit="person", low=0.0, high=500.0),  # Of them, without leave.
        Field("evacuating", unit="1", low=0.0, high=1.0),  # Whether the zone is called out.
        Field("to_leave", unit="person", low=0.0, high=500.0),  # Inside although called out.
        Field("who", kind=FieldKind.TEXT),  # Ids of the tags inside; "" for none.
        Field("permits", kind=FieldKind.TEXT),  # Ids of the permits open there; "" for none.
    ),
    source="The access gateway's roll of each zone, kept from its doors and tags (在廊人员动态)",
)
PERSON: Final = Stream(
    name="gallery.person",
    fields=(
        Field("zone", unit="1", low=0.0, high=100_000.0),  # Number of the zone; 0 is outside.
        Field("inside", unit="min", low=0.0, high=DAY_MIN),
        Field("over", unit="min", low=0.0, high=DAY_MIN),  # Beyond the leave to stay.
        Field("still", unit="min", low=0.0, high=DAY_MIN),  # Without any movement, inside.
        Field("alone", unit="min", low=0.0, high=DAY_MIN),  # Nobody else in the zone.
        Field("sos", unit="1", low=0.0, high=1.0),  # The button on the tag.
    ),
    source="Location tags (人员定位卡) as their gateway tells of them",
)
PERMIT: Final = Stream(
    name="gallery.permit",
    fields=(
        # 0 closed, 1 issued, 2 working, 3 suspended, 4 hot work over, 5 no embers found.
        Field("state", unit="1", low=0.0, high=5.0),
        Field("zone", unit="1", low=0.0, high=100_000.0),  # Number of the zone.
        Field("hot", unit="1", low=0.0, high=1.0),
        Field("lel", unit="%LEL", low=0.0, high=100.0),  # The last gas test at the work place.
        Field("test_age", unit="min", low=0.0, high=DAY_MIN),  # Hot work's gas test is that old.
        Field("unguarded", unit="min", low=0.0, high=DAY_MIN),  # Work without its guardian.
        Field("over", unit="min", low=0.0, high=DAY_MIN),  # Work beyond the permit's end.
        Field("guardian", kind=FieldKind.TEXT),  # Id of the guardian's tag.
    ),
    source="GB 30871-2022: what a special work permit says, as the permit desk repeats it",
)
PATROL: Final = Stream(
    name="gallery.patrol",
    fields=(
        # 1 arrived, 2 pipes and cables looked at, 3 structure and fittings looked at, 4 left.
        Field("step", unit="1", low=1.0, high=4.0),
        Field("photos", unit="1", low=0.0, high=1000.0),  # Of this visit so far; not on arrival.
        Field("defect", unit="1", low=0.0, high=2.0),  # 0 none, 1 general 一般, 2 major 重大.
        Field("by", kind=FieldKind.TEXT),  # Id of the patrol's tag.
        Field("finding", kind=FieldKind.TEXT),
        Field("photo", kind=FieldKind.TEXT),  # Where the last photo is kept.
    ),
    source="Scans of a checkpoint by the patrol's handheld (巡检打卡)",
)
PEOPLE_STREAMS: Final = (BOARD, PATROL, PERMIT, PERSON)
