"""What a utility gallery reports, with units and physical ranges, and the limits it is held to.

GB 50838-2015 (城市综合管廊工程技术规范) is cited by clause as secondary pages give it; the text of
the standard itself was not at hand. "Ours" marks what no standard says.
"""

from typing import Final

from haihe.model import Field, Stream
from haihe.packs.gallery.people_streams import PEOPLE_STREAMS

ALARM_LEL: Final = 20.0  # GB 50838-2015, 7.5.8: the gas alarm is set at 20 %LEL or lower.
CUT_OFF_LEL: Final = 25.0  # GB 50838-2015, 7.5.8: emergency gas cut-off at 25 %LEL or lower.
QUIET_LEL: Final = 5.0  # Ours: far below the alarm, above sensor drift.
ALARM_OXYGEN_VOL: Final = 19.5  # GB 8958-2006: below 19.5 %VOL air counts as short of oxygen.
QUIET_OXYGEN_VOL: Final = 20.0  # Ours: half of the way back to fresh air, beyond sensor noise.
# GBZ 2.1-2019: at most 10 mg/m3 of H2S at any time; 10 x 24.04 L/mol / 34.08 g/mol at 20 degC.
ALARM_H2S_PPM: Final = 7.0
QUIET_H2S_PPM: Final = 3.5  # Ours: half of the alarm.
# GBZ 2.1-2019: at most 30 mg/m3 of CO over 15 minutes; 30 x 24.04 L/mol / 28.01 g/mol is 25.7.
ALARM_CO_PPM: Final = 25.0
QUIET_CO_PPM: Final = 12.5  # Ours: half of the alarm.
ALARM_DEGC: Final = 40.0  # GB 50838-2015, 7.2: ventilate when the air is above 40 degC.
QUIET_DEGC: Final = 37.0  # Ours: the deadband below the alarm.
FIRE_DEGC: Final = 60.0  # Ours: no sound cable warms 1,400 m3 of air to this; a fire does.
ALARM_LEVEL_M: Final = 1.2  # Ours: 0.3 m above where the duty pump starts, 0.3 m below the floor.
QUIET_LEVEL_M: Final = 1.0  # Ours: the duty pump alone keeps the sump below it.
ALARM_VIBRATION_MM_S: Final = 7.1  # ISO 10816-1, class II: from 7.1 mm/s harm must be expected.
QUIET_VIBRATION_MM_S: Final = 2.8  # ISO 10816-1, class II: below 2.8 mm/s long operation is fine.

AIR: Final = Stream(
    name="gallery.air",
    fields=(
        Field("methane", unit="%LEL", low=0.0, high=100.0),  # Catalytic and infrared heads' range.
        Field("oxygen", unit="%VOL", low=0.0, high=30.0),  # Electrochemical cells' range.
        Field("h2s", unit="ppm", low=0.0, high=500.0),  # Ours: five times a usual head's range.
        Field("co", unit="ppm", low=0.0, high=2000.0),  # Electrochemical cells' range.
        Field("temperature", unit="degC", low=-40.0, high=200.0),  # Ours: a PT100's usual span.
        Field("humidity", unit="%", low=0.0, high=100.0),  # By definition.
    ),
    source="GB 50838-2015, 7.5.4: what the air of a compartment is watched for",
)
WATER: Final = Stream(
    name="gallery.water",
    fields=(
        Field("level", unit="m", low=0.0, high=5.0),  # Ours: a 1.5 m sump below a 3 m gallery.
    ),
    source="GB 50838-2015, 7.5.4: the water level of the sump; metres above the sump's bottom",
)
# What an actuator was told and does, as one code: 2 * told + does.
STANDS, RUNS_UNTOLD, STANDS_TOLD, RUNS = 0.0, 1.0, 2.0, 3.0
_FEEDBACK: Final = "; state is 2 * told + does, so 1 and 2 are disobedience"
PUMP: Final = Stream(
    name="gallery.pump",
    fields=(
        Field("current", unit="A", low=0.0, high=200.0),  # Ours: six times a 15 kW motor's current.
        Field("vibration", unit="mm/s", low=0.0, high=50.0),  # ISO 10816-1: velocity, r.m.s.
        Field("flow", unit="m3/h", low=0.0, high=500.0),  # Ours: beyond any sump pump.
        Field("temperature", unit="degC", low=-40.0, high=200.0),  # Ours: a PT100's usual span.
        Field("ordered", unit="1", low=0.0, high=1.0),
        Field("running", unit="1", low=0.0, high=1.0),
        Field("state", unit="1", low=0.0, high=3.0),
    ),
    source="GB 50838-2015, 7.5.4: state of drainage pumps; ISO 10816-1 for vibration" + _FEEDBACK,
)
MACHINE: Final = Stream(
    name="gallery.machine",
    fields=(
        Field("current", unit="A", low=0.0, high=200.0),  # As ``gallery.pump``, down to flow.
        Field("voltage", unit="V", low=0.0, high=690.0),  # GB/T 156: the highest low voltage.
        Field("pressure", unit="kPa", low=0.0, high=1000.0),  # Ours: ten times what it lifts.
        Field("flow", unit="m3/h", low=0.0, high=500.0),
        Field("vibration", unit="mm/s", low=0.0, high=50.0),  # At the end with the drive,
        Field("vibration_free", unit="mm/s", low=0.0, high=50.0),  # and at the other.
        Field("temperature", unit="degC", low=-40.0, high=200.0),  # Of the winding,
        Field("bearing", unit="degC", low=-40.0, high=200.0),  # and of the bearing.
    ),
    source="ISO 13373-1: condition monitoring of machines; the monitor tells of a pump only while "
    "it runs",
)
FAN: Final = Stream(
    name="gallery.fan",
    fields=(
        Field("ordered", unit="1", low=0.0, high=1.0),
        Field("running", unit="1", low=0.0, high=1.0),
        Field("state", unit="1", low=0.0, high=3.0),
        Field("speed", unit="rpm", low=0.0, high=6000.0),  # Ours: twice a two-pole motor's speed.
    ),
    source="GB 50838-2015, 7.5.4: state of ventilation; what the fans answer to orders" + _FEEDBACK,
)
DOOR: Final = Stream(
    name="gallery.door",
    fields=(
        Field("ordered", unit="1", low=0.0, high=1.0),
        Field("shut", unit="1", low=0.0, high=1.0),
        Field("state", unit="1", low=0.0, high=3.0),
    ),
    source="GB 50838-2015, 7.1: fire doors part the compartments; what they answer to orders"
    + _FEEDBACK,
)
VALVE: Final = Stream(
    name="gallery.valve",
    fields=(
        Field("ordered", unit="1", low=0.0, high=1.0),
        Field("open", unit="1", low=0.0, high=1.0),
        Field("state", unit="1", low=0.0, high=3.0),
    ),
    source="GB 50838-2015, 6.2: section valves of water mains; what they answer to orders"
    + _FEEDBACK,
)
MAIN: Final = Stream(
    name="gallery.main",
    fields=(
        Field("pressure", unit="kPa", low=0.0, high=1600.0),  # GB/T 13295: iron pipe of PN16.
        Field("flow", unit="m3/h", low=-2000.0, high=2000.0),  # Ours: 8 m/s in DN300, either way.
        Field("loss", unit="m3/h", low=-2000.0, high=2000.0),  # As flow.
    ),
    source="Ours: what enters a section less what leaves it and is taken from it (line balance), "
    "by ultrasonic meters at its valves; flow is eastwards at its west end",
)
METER: Final = Stream(
    name="gallery.meter",
    fields=(
        Field("pressure", unit="kPa", low=0.0, high=1600.0),  # GB/T 13295: iron pipe of PN16.
        Field("flow", unit="m3/h", low=0.0, high=2000.0),  # Ours: 8 m/s in DN300.
    ),
    source="CJJ 92-2016: what enters a metered district from the works",
)
CABLE: Final = Stream(
    name="gallery.cable",
    fields=(
        Field("temperature", unit="degC", low=-40.0, high=300.0),  # Ours: what a fibre survives.
        Field("current", unit="A", low=0.0, high=5000.0),  # Ours: short circuits aside.
        Field("discharge", unit="pC", low=0.0, high=100_000.0),  # Ours: the instrument's top.
        Field("discharge_a", unit="pC", low=0.0, high=100_000.0),
        Field("discharge_b", unit="pC", low=0.0, high=100_000.0),
        Field("discharge_c", unit="pC", low=0.0, high=100_000.0),
    ),
    source="GB 50838-2015, 6.6: temperature of the hottest metre of the sheath by fibre; load; "
    "partial discharge by IEC 60270, of each phase and the greatest of them",
)
# What stands behind the presence sensors: nobody, who was let in, who was not.
NOBODY, KNOWN, STRANGER = 0.0, 1.0, 2.0
COVER: Final = Stream(
    name="gallery.cover",
    fields=(
        Field("open", unit="1", low=0.0, high=1.0),
        Field("tilt", unit="deg", low=0.0, high=180.0),  # From how it was laid, to upside down.
    ),
    source="GB 50838-2015, 7.5.6: shaft covers are watched and locked; contact and tilt sensor",
)
ENTRY: Final = Stream(
    name="gallery.entry",
    fields=(
        Field("infrared", unit="1", low=0.0, high=1.0),
        Field("presence", unit="1", low=0.0, high=2.0),
    ),
    source="GB 50838-2015, 7.5.6: intrusion detectors; presence is 0 for nobody, 1 for somebody "
    "whom the access controller let in, 2 for somebody whom it did not",
)
CAMERA: Final = Stream(
    name="gallery.camera",
    fields=(
        Field("frames", unit="Hz", low=0.0, high=120.0),  # Ours: the fastest camera in use.
    ),
    source="GB 50838-2015, 7.5.6: cameras; the rate at which pictures arrive",
)
GATEWAY: Final = Stream(
    name="gallery.gateway",
    fields=(
        Field("load", unit="%", low=0.0, high=100.0),  # By definition.
        Field("zones", unit="1", low=0.0, high=10_000.0),  # Ours: beyond any gateway.
    ),
    source="Ours: what an edge gateway says of itself, so that its silence is told from its "
    "sensors'",
)
STREAMS: Final = (
    AIR, CABLE, CAMERA, COVER, DOOR, ENTRY, FAN, GATEWAY, MACHINE, MAIN, METER, PUMP, VALVE, WATER,
    *PEOPLE_STREAMS,
)  # fmt: skip
