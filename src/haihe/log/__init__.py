"""The log: the only ground truth. Append is durable, offsets are dense, every entry is proven."""

from haihe.log.codec import decode_batch, encode_batch
from haihe.log.entry import BATCH, LINES, Entry, Header
from haihe.log.sqlite import SqliteLog, Transaction

__all__ = [
    "BATCH",
    "Entry",
    "Header",
    "LINES",
    "SqliteLog",
    "Transaction",
    "decode_batch",
    "encode_batch",
]
