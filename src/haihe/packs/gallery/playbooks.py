"""Every playbook of the gallery, the dangerous ones first."""

from typing import Final

from haihe.packs.gallery.air import AIR_PLAYBOOKS
from haihe.packs.gallery.sources import SOURCE_PLAYBOOKS
from haihe.packs.gallery.water import WATER_PLAYBOOKS

PLAYBOOKS: Final = (*AIR_PLAYBOOKS, *WATER_PLAYBOOKS, *SOURCE_PLAYBOOKS)
