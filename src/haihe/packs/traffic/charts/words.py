"""What phases, detectors and measures are called where engineers read them."""

from typing import Final

from haihe.model import Text
from haihe.packs.traffic.measures.events import Function

NOTHING: Final = Text(zh="", en="")
_SIDES: Final = {"N": "北", "E": "东", "S": "南", "W": "西"}
_TURNS: Final = {
    "left": "左转", "through": "直行", "right": "右转", "around": "掉头", "walk": "行人",
}  # fmt: skip
FUNCTIONS: Final = {
    Function.ADVANCE: Text(zh="上游到达", en="advance"),
    Function.PRESENCE: Text(zh="停车线占有", en="presence"),
    Function.YELLOW_RED: Text(zh="黄灯红灯进入", en="yellow and red entries"),
    Function.COUNT: Text(zh="计数", en="count"),
}


def phase_title(group: str) -> Text:
    """What a signal group is called.

    >>> phase_title("W-through")
    Text(zh='西直行', en='W through')
    """
    side, _, turn = group.partition("-")
    if side in _SIDES and turn in _TURNS:
        return Text(zh=_SIDES[side] + _TURNS[turn], en=f"{side} {turn}")
    return Text(zh=group, en=group)


def joined_text(parts: list[Text]) -> Text:
    """Several as one, set off by commas; an empty one is left out."""
    return Text(
        zh="，".join(one.zh for one in parts if one.zh),
        en=", ".join(one.en for one in parts if one.en),
    )
