"""What lights show, shared by all who ask at about the same time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from haihe.pack.lights import LightError, LightsTold
from haihe.pack.signals import Told
from haihe.serve.shared import Shared

KEPT_S: Final = 1.0  # Ours: roadside units ask once a second; an answer says of when it is.
ERRORS_KEPT_S: Final = 30.0  # Ours: what is measured over half an hour moves little.


def _always(_: object) -> bool:
    return True


@dataclass(frozen=True)
class Lit:
    """Answers just given.

    lights: by place and junctions, by entity. errors: by place and junction.
    told: the events that both are made from, so that they are read once; by place and junctions.
    """

    told: Shared[Mapping[str, Told]] = field(default_factory=lambda: Shared(_always, kept_s=KEPT_S))
    lights: Shared[Mapping[str, LightsTold]] = field(
        default_factory=lambda: Shared(_always, kept_s=KEPT_S)
    )
    errors: Shared[tuple[LightError, ...]] = field(
        default_factory=lambda: Shared(bool, kept_s=ERRORS_KEPT_S)  # Once there are any.
    )
