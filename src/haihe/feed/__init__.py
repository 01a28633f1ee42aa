"""接入: where records enter. A feed yields checked records and refusals, and never interprets."""

from haihe.feed.door import Reason, RefusedRecord, Taken

__all__ = ["Reason", "RefusedRecord", "Taken"]
