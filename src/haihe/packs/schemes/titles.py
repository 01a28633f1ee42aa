"""What people call the fields of the streams."""

from collections.abc import Mapping
from typing import Final

from haihe.model import Text

FIELD_TITLES: Final[Mapping[str, Text]] = {
    "schemes.award amount_fen": Text(zh="兑现金额", en="awarded"),
    "schemes.compute card_h": Text(zh="算力用量 (卡时)", en="compute used, card hours"),
    "schemes.compute spend_fen": Text(zh="算力支出", en="spent on compute"),
}
