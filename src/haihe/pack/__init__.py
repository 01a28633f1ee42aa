"""The whole contract a pack sees. A pack is one frozen value, found by entry point."""

from haihe.pack.contract import Closure, Pack, Playbook, RollUp
from haihe.pack.loop import Control, Effect, Loop, Turn
from haihe.pack.view import View

__all__ = ["Closure", "Control", "Effect", "Loop", "Pack", "Playbook", "RollUp", "Turn", "View"]
