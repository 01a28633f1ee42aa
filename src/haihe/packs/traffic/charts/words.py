"""What phases, detectors and measures are called where engineers read them."""

from typing import Final

from haihe.model import Text
from haihe.packs.traffic.measures.events import Function

NOTHING: Final = Text(zh="", en="")
FUNCTIONS: Final = {
    Function.ADVANCE: Text(zh="上游到达", en="advance"),
    Function.PRESENCE: Text(zh="停车线占有", en="presence"),
    Function.YELLOW_RED: Text(zh="黄灯红灯进入", en="yellow and red entries"),
    Function.COUNT: Text(zh="计数", en="count"),
}


def joined_text(parts: list[Text]) -> Text:
    """Several as one, set off by commas; an empty one is left out."""
    return Text(
        zh="，".join(one.zh for one in parts if one.zh),
        en=", ".join(one.en for one in parts if one.en),
    )
