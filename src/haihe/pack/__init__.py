"""The whole contract a pack sees. A pack is one frozen value, found by entry point."""

from haihe.pack.contract import Closure, Pack, Playbook, RollUp, View

__all__ = ["Closure", "Pack", "Playbook", "RollUp", "View"]
