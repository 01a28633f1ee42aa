"""What messages of vehicles and roadside tell, as records of a stream.

A body is text: one message a line, its bytes in hex, as roadside units and test tools write them.
Of what a message tells the stream takes the fields it declares:

* BSM: entity ``vehicle/<id>``: lon, lat (deg), elevation (m), speed (m/s), heading (deg), forward,
  sideways (m/s2), yaw (deg/s), length, width (m), vehicle_class, gear, brake, events.
* RSM, for each it sees: ``participant/<roadside id>-<number>``: the same as far as told, kind,
  seen_by.
* SPAT, for each phase: ``phase/<region>-<id>-<phase>``: light, ends_in, least, most (s),
  confidence (%).
* RSI, for each event and sign: ``roadside/<id>-event-<number>``: number, source, description, lon,
  lat, radius (m).

A MAP tells of roads, not of a moment: it is read with ``csae53.MESSAGE`` and gives no records.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from haihe.errors import RecordRefused
from haihe.feed.decode import decode_json
from haihe.feed.door import RAW_MAX, Reason, RefusedRecord, Taken
from haihe.feed.v2x.csae53 import MESSAGE
from haihe.feed.v2x.types import Bits, Value, names_of
from haihe.model.stream import Stream
from haihe.model.time import MILLISECOND, MINUTE, format_instant, parse_instant

MEDIA: Final = "application/vnd.v2x.uper-hex"  # Ours: nobody has registered one.
LINES_MAX: Final = 100_000  # Ours: two seconds of work; more come in another body.
DEGREES: Final = 1e-7  # T/CSAE 53: of a position.
# T/CSAE 53: units of the numbers, and the value that says "unavailable".
SPEED: Final = (0.02, 8_191)
HEADING: Final = (0.0125, 28_800)
ACCELERATION: Final = (0.01, 2_001)
YAW: Final = (0.01, None)
ELEVATION: Final = (0.1, -4_096)
SIZE: Final = (0.01, 0)
MARK: Final = (0.1, 36_001)
HALF_PERCENT: Final = (0.5, None)
MINUTE_MS: Final = 60_000  # By definition.
UNKNOWN_PLACE: Final = (1_800_000_001, 900_000_001)
EVENTS: Final = {
    0: "hazard-lights", 1: "stop-line-violation", 2: "abs", 3: "traction-loss",
    4: "stability-control", 5: "hazardous-materials", 7: "hard-braking", 8: "lights-changed",
    9: "wipers-changed", 10: "flat-tyre", 11: "disabled", 12: "air-bag",
}  # fmt: skip

_Fields: TypeAlias = dict[str, float | int | str | None]
_Told: TypeAlias = tuple[str, int, _Fields]  # Entity, observed at (ns), fields.


def decode_v2x(body: bytes, stream: Stream, *, now: int, entity: str = "") -> Taken:
    """The records of a body of messages; a bad line is refused alone.

    now: the clock, int, ns: a message says only how far in its minute or year it is.
    Raises RecordRefused if the body is empty or holds more than ``LINES_MAX`` lines.
    """
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    if not 0 < len(lines) <= LINES_MAX:
        raise RecordRefused(f"{len(lines)} messages in a body; 1 to {LINES_MAX} are taken.")
    known = {each.name for each in stream.fields}
    records: list[_Fields] = []
    refused: list[RefusedRecord] = []
    for line in lines:
        try:
            found = list(_records(line, known, now=now))
        except (RecordRefused, ValueError) as error:
            refused.append(_refused(line, stream, reason=Reason.MALFORMED, message=str(error)))
            continue
        if not found:
            message = f"the message tells nothing that '{stream.name}' declares."
            refused.append(_refused(line, stream, reason=Reason.EMPTY, message=message))
        records += found
    if not records:
        return Taken(None, tuple(refused))
    taken = decode_json(msgspec.json.encode(records), stream, now=now, entity=entity)
    return Taken(taken.rows, (*refused, *taken.refused))


def told_by(name: str, message: Value, *, now: int) -> Iterator[_Told]:
    """What a decoded message tells: entity, when (ns) and fields, of all it could.

    name: of the frame's option, such as "bsmFrame".
    """
    match name:
        case "bsmFrame":
            yield _vehicle(message, now=now)
        case "rsmFrame":
            for each in message["participants"]:
                yield _participant(message, each, now=now)
        case "spatFrame":
            for crossing in message["intersections"]:
                yield from _phases(message, crossing, now=now)
        case "rsiFrame":
            yield from _events(message, now=now)


def _records(line: bytes, known: set[str], *, now: int) -> Iterator[_Fields]:
    name, message = MESSAGE.decode(bytes.fromhex(line.decode("ascii")))
    for entity, at, fields in told_by(name, message, now=now):
        own = {key: value for key, value in fields.items() if key in known and value is not None}
        if own:
            yield {"entity": entity, "observed_at": at, **own}


def _refused(line: bytes, stream: Stream, *, reason: Reason, message: str) -> RefusedRecord:
    raw = line[:RAW_MAX].decode("ascii", "replace")
    return RefusedRecord(stream.name, "", None, reason, message, raw)


def _vehicle(message: Value, *, now: int) -> _Told:
    place = message["pos"]
    fields = _moving(message) | _placed(place["long"], place["lat"])
    fields["elevation"] = _scaled(place.get("elevation"), ELEVATION)
    fields["brake"] = message["brakes"].get("brakePadel")
    events: Bits | None = message.get("safetyExt", {}).get("events")
    fields["events"] = " ".join(names_of(events, EVENTS)) if events is not None else None
    return f"vehicle/{message['id'].hex()}", _in_minute(message["secMark"], now), fields


def _participant(message: Value, seen: Value, *, now: int) -> _Told:
    fields = _moving(seen) | _offset(message["refPos"], seen["pos"])
    fields["kind"] = seen["ptcType"]
    fields["seen_by"] = seen["source"]
    entity = f"participant/{message['id'].hex()}-{seen['ptcId']}"
    return entity, _in_minute(seen["secMark"], now), fields


def _moving(message: Value) -> _Fields:
    """What vehicles and participants have in common."""
    change, size = message.get("accelSet", {}), message["size"]
    kind = message.get("vehicleClass", {}).get("classification")
    return {
        "speed": _scaled(message["speed"], SPEED),
        "heading": _scaled(message["heading"], HEADING),
        "forward": _scaled(change.get("long"), ACCELERATION),
        "sideways": _scaled(change.get("lat"), ACCELERATION),
        "yaw": _scaled(change.get("yaw"), YAW),
        "length": _scaled(size["length"], SIZE),
        "width": _scaled(size["width"], SIZE),
        "vehicle_class": float(kind) if kind is not None else None,
        "gear": message.get("transmission"),
    }


def _phases(message: Value, crossing: Value, *, now: int) -> Iterator[_Told]:
    minute = crossing.get("moy", message.get("moy"))
    mark = crossing.get("timeStamp", message.get("timeStamp"))
    at = _in_year(minute, mark, now=now)
    node = crossing["intersectionId"]
    for phase in crossing["phases"]:
        states = phase["phaseStates"]
        shown = next((state for state in states if _began(state)), states[0])
        _, timing = shown.get("timing", ("", {}))
        counts = "likelyEndTime" in timing  # The other kind says when in the hour.
        fields: _Fields = {
            "light": shown["light"],
            "ends_in": _left(timing, "likelyEnd", counts=counts, at=at),
            "least": _left(timing, "minEnd", counts=counts, at=at),
            "most": _left(timing, "maxEnd", counts=counts, at=at),
            "confidence": _scaled(timing.get("timeConfidence"), HALF_PERCENT),
        }
        yield f"phase/{node.get('region', 0)}-{node['id']}-{phase['id']}", at, fields


def _began(state: Value) -> bool:
    """Whether a state of a phase is the one shown now: it began, or says nothing of that."""
    _, timing = state.get("timing", ("", {}))
    return bool(timing.get("startTime", 0) == 0)


def _left(timing: Value, what: str, *, counts: bool, at: int) -> float | None:
    """Seconds until a change; None where it is not told."""
    found = timing.get(f"{what}Time" if counts else f"{what}UTCTime")
    seconds = _scaled(found, MARK)
    if seconds is None or counts:
        return seconds
    hour = 3_600.0
    return (seconds - at / 1e9 % hour) % hour


def _events(message: Value, *, now: int) -> Iterator[_Told]:
    at = _in_year(message.get("moy"), None, now=now)
    head = f"roadside/{message['id'].hex()}"
    kinds = (("event", "rtes", "rte", "eventType"), ("sign", "rtss", "rts", "signType"))
    for kind, several, one, number in kinds:
        for each in message.get(several, ()):
            place = each.get("eventPos", each.get("signPos"))
            where = message["refPos"]
            fields = _offset(where, place) if place else _placed(where["long"], where["lat"])
            fields["number"] = float(each[number])
            fields["source"] = each.get("eventSource")
            fields["description"] = _description(each.get("description"))
            fields["radius"] = _scaled(each.get("eventRadius"), (0.1, None))
            yield f"{head}-{kind}-{each[f'{one}Id']}", at, fields


def _description(told: Value) -> str | None:
    if told is None:
        return None
    name, text = told
    return str(text) if name == "textString" else text.decode("gb2312", "replace")


def _offset(where: dict[str, int], offset: Value) -> _Fields:
    """The place of an offset from a reference point."""
    name, by = offset["offsetLL"]
    if name == "position-LatLon":
        return _placed(by["lon"], by["lat"])
    return _placed(where["long"] + by["lon"], where["lat"] + by["lat"])


def _placed(lon: int, lat: int) -> _Fields:
    if (lon, lat) == UNKNOWN_PLACE:
        return {}
    return {"lon": round(lon * DEGREES, 7), "lat": round(lat * DEGREES, 7)}


def _scaled(value: int | None, unit: tuple[float, int | None]) -> float | None:
    """The number in its unit; None where it is absent or "unavailable"."""
    scale, unavailable = unit
    return None if value is None or value == unavailable else round(value * scale, 7)


def _in_minute(mark: int, now: int) -> int:
    """The instant nearest to ``now`` that is ``mark`` ms into a minute; ns."""
    if mark >= MINUTE_MS:  # A leap second, or unavailable.
        return now
    at = now // MINUTE * MINUTE + mark * MILLISECOND
    return at + round((now - at) / MINUTE) * MINUTE


def _in_year(minute: int | None, mark: int | None, *, now: int) -> int:
    """The instant nearest to ``now`` that is a minute of a year and some ms; ns."""
    if minute is None:
        return now if mark is None else _in_minute(mark, now)
    year = int(format_instant(now)[:4])
    within = minute * MINUTE + (mark if mark is not None and mark < MINUTE_MS else 0) * MILLISECOND
    begins = (parse_instant(f"{each}-01-01T00:00:00Z") for each in (year - 1, year, year + 1))
    return min((begin + within for begin in begins), key=lambda at: abs(at - now))
