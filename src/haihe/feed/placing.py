"""Places on their way in: whatever datum they are told in, inside they are WGS-84."""

from dataclasses import replace

from haihe.feed.door import Taken
from haihe.model.datum import Datum, to_wgs84


def in_wgs84(taken: Taken, datum: Datum) -> Taken:
    """What was taken, with its places converted; a stream without places stays as it is.

    datum: in which the records tell ``lon`` and ``lat``.
    """
    rows = taken.rows
    if datum is Datum.WGS84 or rows is None or not {"lon", "lat"} <= rows.numbers.keys():
        return taken
    lon, lat = to_wgs84(rows.numbers["lon"], rows.numbers["lat"], datum=datum)
    return replace(taken, rows=replace(rows, numbers={**rows.numbers, "lon": lon, "lat": lat}))
