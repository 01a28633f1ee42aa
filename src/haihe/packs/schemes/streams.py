"""What offices, meters and enterprises report to the schemes pack."""

from typing import Final

from haihe.model import DAY, Field, FieldKind, Stream

NAME: Final = "schemes"
_T: Final = FieldKind.TEXT
BACK_BY: Final = 366 * DAY  # Ours: an office sends last year's figures when it has them.

FILE: Final = Stream(
    "schemes.file",
    fields=tuple(Field(name, kind=_T) for name in ("source", "as_of", "facts", "document")),
    source="GB 32100-2015 for who it is about; offices' own registers for the facts",
    late_by=BACK_BY,
)
APPLICATION: Final = Stream(
    "schemes.application",
    fields=tuple(
        Field(name, kind=_T)
        for name in ("enterprise", "scheme", "move", "by", "channel", "note", "person")
    ),
    source="Haihe: an application and what its enterprise does with it later",
)
COMPUTE: Final = Stream(
    "schemes.compute",
    fields=(
        Field("card_h", "h", low=0.0, high=1e7),
        Field("spend_fen", "fen", low=0.0, high=1e13),
    ),
    source="the compute network's billing meter: one record a settled job or day",
    late_by=BACK_BY,
)
ROUND: Final = Stream(
    "schemes.round",
    fields=tuple(Field(name, kind=_T) for name in ("period", "by")),
    source="Haihe: somebody asks for the digests of a period",
)
AWARD: Final = Stream(
    "schemes.award",
    fields=(
        Field("amount_fen", "fen", low=0.0, high=1e15),
        *(Field(name, kind=_T) for name in ("payment", "enterprise", "scheme")),
    ),
    source="Haihe: awards of the payment lists, one record each",
)
STREAMS: Final = (AWARD, FILE, APPLICATION, COMPUTE, ROUND)
