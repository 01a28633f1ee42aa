"""Orders that warn vehicles, as roadside units broadcast them: RSI of T/CSAE 53.

An order for such a unit names in its parameters what happened where: ``kind`` (number of the event
in GB/T 29100-2012), ``lon``, ``lat`` (degrees of WGS-84), ``radius_m``, ``minutes`` and, if it
likes, ``description``; without one its Chinese title is told.
"""

from typing import Final

from haihe.errors import RecordRefused, SinkFailed
from haihe.feed.v2x.records import MEDIA
from haihe.feed.v2x.telling import Warned, warning_message
from haihe.model.decision import WorkOrder
from haihe.model.time import MINUTE
from haihe.run.sinks import Form

SENDER: Final = b"haihe\0\0\0"  # Ours: eight bytes, as the standard asks.


def warning_of(order: WorkOrder) -> bytes:
    """The message of an order, in hex, as ``records`` reads it.

    Raises SinkFailed naming the parameter that is missing or does not fit.
    """
    told = order.order.parameters
    try:
        minutes = float(told["minutes"])
        if minutes <= 0:
            raise ValueError(f"minutes is {minutes:g}, it must be more than 0")
        warned = Warned(
            kind=int(told["kind"]),
            lon=float(told["lon"]),
            lat=float(told["lat"]),
            radius_m=float(told["radius_m"]),
            begin=order.dispatched_at,
            end=order.dispatched_at + round(minutes * MINUTE),
            description=told.get("description") or order.order.title.zh,
        )
        message = warning_message(warned, sender=SENDER, now=order.dispatched_at)
    except (KeyError, ValueError, OverflowError, RecordRefused) as error:
        raise SinkFailed(
            f"order {order.id} cannot be told to vehicles: {error!r}; its parameters must hold "
            "kind, lon, lat, radius_m and minutes."
        ) from error
    return message.hex().encode()


ROADSIDE: Final = Form(MEDIA, warning_of)
