"""The street as a twin: vehicles, loops, controllers with their own rules, a reversible lane."""

from haihe.packs.traffic.street.twin import StreetTwin

__all__ = ["StreetTwin"]
