"""The twin's eyes and nerves: cameras and gateways, heard as long as they live."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import Entity, Order, Rows
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, noise
from haihe.packs.gallery.place import cameras_of, gateways_of
from haihe.packs.gallery.sensors import rows_of
from haihe.packs.gallery.streams import CAMERA, GATEWAY
from haihe.twin import Fault
from haihe.twin.kernel import Noise

FRAMES_HZ: Final = 25.0  # GB/T 28181: PAL's rate, which surveillance in China keeps.
LOAD_PERCENT: Final = 20.0  # Ours: an idle edge computer.


class Watch:
    """The cameras and gateways of a line of zones. See ``Part``.

    A dead one is withheld by the twin, with everything that reports through it.
    """

    actions: Final[frozenset[str]] = frozenset()

    def __init__(self, seed: int, *, zones: int, step: int = STEP) -> None:
        """Everything is heard.

        seed, zones, step: as for ``GalleryTwin``; a step changes nothing here.
        """
        del step
        self._noise = Noise(seed)
        cameras, gateways = cameras_of(zones), gateways_of(zones)
        self._entities = (*gateways, *cameras)
        self._camera_ids = tuple(camera.id for camera in cameras)
        self._gateway_ids = tuple(gateway.id for gateway in gateways)
        self._served = np.array([float(len(one.relations["serves"])) for one in gateways])
        self.faults: Mapping[str, frozenset[str]] = {
            "camera-dead": frozenset(self._camera_ids),
            "gateway-dead": frozenset(self._gateway_ids),
        }

    def entities(self) -> tuple[Entity, ...]:
        """Every gateway and camera."""
        return self._entities

    def obey(self, order: Order) -> None:
        """No order changes what is heard."""

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Say that they live."""
        del faults  # The twin withholds whoever is dead.
        if number % DEVICE_EVERY:
            return []
        shape = (len(self._gateway_ids) + len(self._camera_ids), 1)
        drawn = noise(self._noise, Base.WATCH, number=number, shape=shape)
        first = len(self._gateway_ids)
        load = np.round(LOAD_PERCENT + 2.0 * drawn[:first, 0], 1)
        gateways = np.column_stack([load, self._served])
        frames = np.round(FRAMES_HZ + 0.1 * drawn[first:], 1)
        return [
            rows_of(GATEWAY, self._gateway_ids, at=at, table=gateways),
            rows_of(CAMERA, self._camera_ids, at=at, table=frames),
        ]
