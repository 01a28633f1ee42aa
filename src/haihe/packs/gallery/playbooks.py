"""Every playbook of the gallery, the dangerous ones first."""

from typing import Final

from haihe.pack import Playbook
from haihe.packs.gallery.air import AIR_PLAYBOOKS
from haihe.packs.gallery.cables import CABLE_PLAYBOOKS
from haihe.packs.gallery.obeys import OBEY_PLAYBOOKS
from haihe.packs.gallery.people import PEOPLE_PLAYBOOKS
from haihe.packs.gallery.people_out import bringing_out
from haihe.packs.gallery.pipes import PIPE_PLAYBOOKS
from haihe.packs.gallery.sources import SOURCE_PLAYBOOKS
from haihe.packs.gallery.water import WATER_PLAYBOOKS
from haihe.packs.gallery.ways_in import WAY_PLAYBOOKS

# What nobody may stay below for, and the order without which they may: warm air alone is no danger.
PEOPLE_FIRST: Final = {
    "methane-high": "",
    "oxygen-low": "",
    "h2s-high": "",
    "co-high": "",
    "temperature-high": "check-fire",
    "flooding": "",
    "pipe-burst": "",
}


def _with_people_first(playbook: Playbook) -> Playbook:
    if playbook.name not in PEOPLE_FIRST:
        return playbook
    return bringing_out(playbook, only_with=PEOPLE_FIRST[playbook.name])


PLAYBOOKS: Final = tuple(
    _with_people_first(playbook)
    for playbook in (
        *AIR_PLAYBOOKS,
        *PIPE_PLAYBOOKS,
        *WATER_PLAYBOOKS,
        *PEOPLE_PLAYBOOKS,
        *CABLE_PLAYBOOKS,
        *WAY_PLAYBOOKS,
        *OBEY_PLAYBOOKS,
        *SOURCE_PLAYBOOKS,
    )
)
