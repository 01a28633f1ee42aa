"""政策直达: schemes find the enterprises they are for, and every yuan has its reason."""

from haihe.decide.grants.kept import Sum
from haihe.decide.grants.office import Office
from haihe.model import Text
from haihe.pack import Pack
from haihe.packs.schemes.playbooks import PLAYBOOKS
from haihe.packs.schemes.streams import APPLICATION, COMPUTE, FILE, NAME, STREAMS
from haihe.packs.schemes.titles import FIELD_TITLES
from haihe.packs.schemes.twin import ZoneTwin, demo_faults

__all__ = ["pack"]

pack = Pack(
    name=NAME,
    field_titles=FIELD_TITLES,
    title=Text(zh="政策直达", en="Schemes for enterprises"),
    playbooks=PLAYBOOKS,
    streams=STREAMS,
    twin=ZoneTwin,
    demo=demo_faults,
    ledger=Office(
        pack=NAME,
        files=FILE.name,
        applications=APPLICATION.name,
        rule="application",
        sums=(
            Sum(COMPUTE.name, "card_h", "compute_card_h"),
            Sum(COMPUTE.name, "spend_fen", "compute_spend"),
        ),
    ),
)
