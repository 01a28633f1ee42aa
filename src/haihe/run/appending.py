"""One round's records into the log: merged by stream, looked at, appended, receipted."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from haihe.feed.door import RefusedRecord
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.line import Action, Fact
from haihe.model.record import Batch, Rows
from haihe.run.engine import Item, Told
from haihe.run.house import quarantine_rows
from haihe.run.intake import Receipt, joined, kept, look, too_late
from haihe.run.keeping import head_of
from haihe.run.once import Key, key_of
from haihe.state.live import Live

FACT: Final = "fact"
REASONS_SHOWN: Final = 10  # Ours: the rest is in the quarantine.
_receipts: Final = msgspec.json.Decoder(Receipt)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Records on their way in.

    rows: the good part; None if there is none.
    refused: the bad part.
    key: what makes a repetition of the same request known; "" for none.
    is_released: True if a person let them out of quarantine: however late, they are taken.
    """

    rows: Rows | None
    refused: tuple[RefusedRecord, ...] = ()
    key: str = ""
    is_released: bool = False


def append_arrivals(
    transaction: Transaction, arrivals: Sequence[Arrival], *, live: Live, now: int
) -> tuple[list[Batch], list[Receipt]]:
    """Append what is new of the arrivals; what is bad goes to the quarantine stream.

    now: the log's time; ns.
    Returns the batches as they stand in the log, and a receipt for each arrival.
    """
    receipts: list[Receipt | None] = [_known(transaction, arrival.key) for arrival in arrivals]
    _mark_twins(arrivals, receipts)
    batches: list[Batch] = []
    refused = {
        place: list(arrival.refused)
        for place, arrival in enumerate(arrivals)
        if receipts[place] is None
    }
    by_stream: dict[str, list[int]] = {}
    for place, arrival in enumerate(arrivals):
        if receipts[place] is None and arrival.rows is not None and len(arrival.rows):
            by_stream.setdefault(arrival.rows.stream, []).append(place)
    done: dict[int, Receipt] = {}
    for places in by_stream.values():
        stream = _Stream(transaction, live, now=now)
        done.update(stream.append({at: arrivals[at] for at in places}, refused=refused))
        batches += stream.batches
    bad = tuple(record for records in refused.values() for record in records)
    if bad:
        batches.append(transaction.append_rows(quarantine_rows(bad, now=now), received_at=now))
    answers = [
        known or _with_refused(done.get(place), refused.get(place, []))
        for place, known in enumerate(receipts)
    ]
    for arrival, known, answer in zip(arrivals, receipts, answers, strict=True):
        if arrival.key and known is None:
            body = msgspec.json.encode(answer)
            store.keep_answer(transaction.db, arrival.key, at=now, answer=body)
    return batches, answers


def append_facts(
    transaction: Transaction,
    facts: tuple[Fact, ...],
    *,
    items: list[Item],
    known: MutableMapping[Key, int],
) -> int:
    """Append facts as one entry, unless their key is known; the offset of the first.

    items: the engine's next items, to which they are added.
    known: keys to the offsets of what was told under them, to which theirs is added.
    """
    key = key_of(facts)
    if key is not None and key in known:
        return known[key]
    first_offset = transaction.append_lines(facts, author=FACT)
    items.append(Told(first_offset, facts))
    actions = (fact for fact in facts if isinstance(fact, Action))
    traces = [(head_of(action.subject), first_offset) for action in actions]
    store.put_traces(transaction.db, traces)
    if key is not None:
        known[key] = first_offset
    return first_offset


class _Stream:
    """The arrivals of one stream in one round."""

    def __init__(self, transaction: Transaction, live: Live, *, now: int) -> None:
        self.transaction = transaction
        self.live = live
        self.now = now
        self.batches: list[Batch] = []

    def append(
        self, arrivals: dict[int, Arrival], *, refused: dict[int, list[RefusedRecord]]
    ) -> dict[int, Receipt]:
        """Append the rows as one entry; a receipt for each arrival's place."""
        many = [arrival.rows for arrival in arrivals.values() if arrival.rows is not None]
        rows = joined(many, now=self.now)
        live = self.live[rows.stream]
        sizes = [len(part) for part in many]
        released = np.repeat([arrival.is_released for arrival in arrivals.values()], sizes)
        looked = look(rows, live, directory=self.transaction.directory, released=released)
        first_offset = self.transaction.next_offset
        good = kept(rows, looked.keep)
        if len(good):
            self.batches.append(self.transaction.append_rows(good, received_at=self.now))
        receipts = {}
        start, taken_before = 0, 0
        for place, part in zip(arrivals, many, strict=True):
            end = start + len(part)
            taken = int(looked.keep[start:end].sum())
            late = (
                [row for row in range(start, end) if looked.late[row]] if looked.late.any() else []
            )
            refused[place] += [
                too_late(rows, row, live=live, directory=self.transaction.directory) for row in late
            ]
            receipts[place] = Receipt(
                first_offset=first_offset + taken_before if taken else -1,
                taken=taken,
                repeated=len(part) - taken - len(late),
            )
            start, taken_before = end, taken_before + taken
        return receipts


def _known(transaction: Transaction, key: str) -> Receipt | None:
    """The receipt a request got before, turned into one that says so."""
    answer = store.answer_to(transaction.db, key) if key else None
    return None if answer is None else _repeated(_receipts.decode(answer))


def _repeated(receipt: Receipt) -> Receipt:
    return msgspec.structs.replace(receipt, taken=0, repeated=receipt.taken + receipt.repeated)


def _mark_twins(arrivals: Sequence[Arrival], receipts: list[Receipt | None]) -> None:
    """Of two arrivals with one key in the same round the second one is the repetition."""
    seen: set[str] = set()
    for place, arrival in enumerate(arrivals):
        if arrival.key in seen and receipts[place] is None:
            count = len(arrival.rows) if arrival.rows is not None else 0
            receipts[place] = Receipt(first_offset=-1, taken=0, repeated=count)
        if arrival.key:
            seen.add(arrival.key)


def _with_refused(receipt: Receipt | None, refused: list[RefusedRecord]) -> Receipt:
    receipt = receipt or Receipt(first_offset=-1, taken=0)
    reasons = tuple(f"{record.reason}: {record.message}" for record in refused[:REASONS_SHOWN])
    return msgspec.structs.replace(receipt, quarantined=len(refused), reasons=reasons)
