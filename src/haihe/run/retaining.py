"""How long history is kept, where somebody said so: the last word in the log counts."""

from typing import Final

import msgspec

from haihe.errors import PackInvalid
from haihe.model.line import Action

SUBJECT: Final = "retention"
DAYS_MAX: Final = 36_600  # Ours: a hundred years; longer is 0, for ever.


class Kept(msgspec.Struct, frozen=True):
    """For how many days records, and what their hours came to, are kept; 0 for ever.

    by, reason: who said so, and why; "" where the settings do. at: the log's time; ns.
    """

    days: int = 0
    rollups_days: int = 0
    by: str = ""
    reason: str = ""
    at: int = 0


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an action says, as texts."""

    days: str
    rollups_days: str


def kept_by(action: Action) -> Kept:
    """What an action says from now on.

    Raises PackInvalid without a reason, or if hours would go before the records they stand for.
    """
    if not action.reason.strip():
        raise PackInvalid("what is kept how long needs a reason; say it in 'reason'.")
    try:
        told = msgspec.convert(action.settings, _Told)
        days, rollups_days = int(told.days), int(told.rollups_days)
    except (msgspec.ValidationError, ValueError) as error:
        raise PackInvalid(f"give days and rollups_days as whole numbers: {error}.") from error
    if not (0 <= days <= DAYS_MAX and 0 <= rollups_days <= DAYS_MAX):
        raise PackInvalid(f"records are kept 1 to {DAYS_MAX} days, or 0 for ever.")
    if rollups_days and (not days or rollups_days < days):
        raise PackInvalid(
            f"records for {days or 'ever'} and hours for {rollups_days} days: keep hours as long "
            "as records or longer."
        )
    return Kept(days, rollups_days, action.by, action.reason, action.at)
