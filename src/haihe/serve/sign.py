"""A vital sign as it is shown."""

import msgspec

from haihe.model.text import Text
from haihe.run.usual import DAYS_NEEDED, Standing


class Sign(msgspec.Struct, frozen=True):
    """One figure.

    title: what people call it; None where the pack does not say.
    pack, stream, field: what it is of; pack "" for the platform's own ("alarms" and "cases").
    unit: of ``value``, ``median`` and ``spread``.
    value: the mean over the entities in the hour from ``hour_at`` on, or how many there were in
        it; null if nothing was told.
    is_whole: whether that hour is over.
    median, spread: of the same hour on the days before; null where no day is known.
    days: how many days that is; from ``days_needed`` on it is compared.
    standing: in words; spreads_away: how many spreads above the median.
    recent, usual: the last 24 hours, and what was usual for each; null where nothing is known.
    entities: how many report it; sampled: of how many of them the figure is made.
    """

    pack: str
    stream: str
    field: str
    unit: str
    value: float | None
    hour_at: int
    is_whole: bool
    median: float | None
    spread: float | None
    days: int
    standing: Standing
    spreads_away: float | None
    recent: tuple[float | None, ...]
    usual: tuple[float | None, ...]
    entities: int
    sampled: int
    title: Text | None = None


class VitalsShown(msgspec.Struct, frozen=True):
    """The figures, and how many days a comparison needs."""

    signs: tuple[Sign, ...]
    days_needed: int = DAYS_NEEDED

    def is_large(self) -> bool:
        """Whether they are worth keeping: what took no history is there at once."""
        return any(sign.pack for sign in self.signs)
