"""What stands where on the street: junctions, roads and the lane, with titles and relations."""

from typing import Final

import numpy as np

from haihe.model import Entity, Text
from haihe.packs.traffic.street.layout import Layout, road_of
from haihe.packs.traffic.tidal.lanes import Lane
from haihe.packs.traffic.zone import junction_entity, placed

# Ours: names such as a development area by the sea has; rows from the north, columns from the west.
ROWS: Final = (
    Text(zh="滨海路", en="Binhai Road"),
    Text(zh="港城大道", en="Gangcheng Avenue"),
    Text(zh="新港路", en="Xingang Road"),
)
COLUMNS: Final = (
    Text(zh="第一大街", en="First Street"),
    Text(zh="第二大街", en="Second Street"),
    Text(zh="第三大街", en="Third Street"),
    Text(zh="第四大街", en="Fourth Street"),
)
SIDES: Final = {
    "N": Text(zh="北", en="north"),
    "E": Text(zh="东", en="east"),
    "S": Text(zh="南", en="south"),
    "W": Text(zh="西", en="west"),
}


def entities_of(layout: Layout, lane: Lane) -> tuple[Entity, ...]:
    """Every junction, every road with a signal at its end, and the reversible lane."""
    junctions = tuple(_junction(layout, at) for at in range(len(layout.network.junctions)))
    roads = tuple(_road(layout, name) for name in layout.roads if "-from-" in name)
    along = [one for one in junctions if one.id.endswith("01")]
    middle = [one for one in junctions if one in along]
    return (
        *junctions,
        *roads,
        Entity(
            id=lane.name,
            title=Text(zh="港城大道潮汐车道", en="Gangcheng Avenue reversible lane"),
            lon=round(float(np.mean([one.lon for one in middle])), 7),
            lat=round(float(np.mean([one.lat for one in middle])), 7),
            relations={"junction": tuple(one.id for one in along)},
        ),
    )


def title_of(junction: str) -> Text:
    """What people call a junction.

    >>> title_of("J0101").en
    'Gangcheng Avenue / Second Street'
    """
    column, row = int(junction[1:3]), int(junction[3:5])
    zh = f"{ROWS[row].zh}与{COLUMNS[column].zh}路口"
    return Text(zh=zh, en=f"{ROWS[row].en} / {COLUMNS[column].en}")


def _junction(layout: Layout, at: int) -> Entity:
    one = layout.network.junctions[at]
    ends = {layout.network.lanes[move.from_lane].shape[-1] for move in one.movements}
    x, y = np.mean(np.array(sorted(ends)), axis=0).tolist()
    lon, lat = placed(x, y)
    others = {
        road_of(move.to_lane).partition("-")[0]
        for move in one.movements
        if "-from-" in move.to_lane
    }
    neighbours = tuple(junction_entity(name) for name in sorted(others - {one.id}))
    return Entity(
        id=junction_entity(one.id),
        title=title_of(one.id),
        lon=round(lon, 7),
        lat=round(lat, 7),
        relations={"neighbour": neighbours},
    )


def _road(layout: Layout, name: str) -> Entity:
    junction, _, side = name.partition("-from-")
    own = np.flatnonzero(layout.strips.road == layout.roads.index(name))
    x, y = layout.strips.ends_m[own].mean(axis=(0, 1)).tolist()
    lon, lat = placed(x, y)
    at = title_of(junction)
    return Entity(
        id=f"road/{name}",
        title=Text(zh=f"{at.zh}{SIDES[side].zh}进口", en=f"{at.en}, from the {SIDES[side].en}"),
        lon=round(lon, 7),
        lat=round(lat, 7),
        relations={"junction": (junction_entity(junction),)},
    )
