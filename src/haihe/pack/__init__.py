"""The whole contract a pack sees. A pack is one frozen value, found by entry point."""

from haihe.pack.contract import Closure, Pack, Playbook, Procedure, RollUp
from haihe.pack.ledger import Ledger
from haihe.pack.loop import Beside, Control, Effect, Loop, Turn
from haihe.pack.study import Reading, Study
from haihe.pack.view import Office, View, office_of

__all__ = [
    "Beside",
    "Closure",
    "Control",
    "Effect",
    "Ledger",
    "Loop",
    "Office",
    "Pack",
    "Playbook",
    "Procedure",
    "Reading",
    "RollUp",
    "Study",
    "Turn",
    "View",
    "office_of",
]
