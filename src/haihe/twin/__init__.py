"""孪生: models of single systems that take orders and give observations."""

from haihe.twin.contract import Fault, Twin

__all__ = ["Fault", "Twin"]
