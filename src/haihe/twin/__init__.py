"""孪生: models of single systems that take orders and give observations."""

from haihe.twin.contract import Fault, Office, Twin

__all__ = ["Fault", "Office", "Twin"]
