"""The routes of traffic, each part's with its handlers; one part a line."""

from typing import Final

from haihe.serve.calling import Operation
from haihe.serve.traffic.backtests import BACKTESTS
from haihe.serve.traffic.charts import CHARTS
from haihe.serve.traffic.lane_days import LANE_DAYS
from haihe.serve.traffic.lights import LIGHTS
from haihe.serve.traffic.roadside import ROADSIDE
from haihe.serve.traffic.room_routes import ROOM

TRAFFIC: Final[tuple[Operation, ...]] = (*BACKTESTS, *CHARTS, *LANE_DAYS, *ROOM, *LIGHTS, *ROADSIDE)
