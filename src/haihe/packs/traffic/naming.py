"""What movements and signal groups are called where people read them."""

from collections.abc import Sequence
from typing import Final

from haihe.model import Text

_SIDES: Final = {"N": "北", "E": "东", "S": "南", "W": "西"}
_TURNS: Final = {
    "left": "左转", "through": "直行", "right": "右转", "around": "掉头", "walk": "行人",
}  # fmt: skip


def movement_title(name: str) -> Text:
    """What a signal group, or an approach lane by its turns, is called.

    >>> movement_title("W-through")
    Text(zh='西直行', en='W through')
    >>> movement_title("N-right/through").zh
    '北右转直行'
    """
    side, _, told = name.partition("-")
    turns = told.split("/")
    if side in _SIDES and all(turn in _TURNS for turn in turns):
        return Text(zh=_SIDES[side] + "".join(_TURNS[turn] for turn in turns), en=f"{side} {told}")
    return Text(zh=name, en=name)


def movements_title(names: Sequence[str]) -> Text:
    """Several of them."""
    titles = [movement_title(name) for name in names]
    return Text(zh="、".join(one.zh for one in titles), en=", ".join(one.en for one in titles))
