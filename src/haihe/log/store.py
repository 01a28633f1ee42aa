"""What is kept beside the log in the same file: cases, orders, outbox, traces, positions, answers.

Plain functions on a connection, in SQL that PostgreSQL reads too. All of it follows from the log
and can be thrown away and rebuilt, but for how often an order was tried to be delivered.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from haihe.model.case import Case
from haihe.model.decision import ENDED, OrderState, WorkOrder

WAITING: Final = "waiting"
WITHDRAWN: Final = "withdrawn"  # Cancelled before it left.
OVERTAKEN: Final = "overtaken"  # A loop's order that did not leave, and is not wanted any more.
SENT: Final = "sent"
DEAD: Final = "dead"
SETTLED: Final = "settled"  # An order: a device took it, or one report was enough.

_case: Final = msgspec.json.Decoder(Case)
_order: Final = msgspec.json.Decoder(WorkOrder)


@dataclass(frozen=True, slots=True)
class Letter:
    """An order on its way out.

    order: what is sent; its id is the idempotency key.
    state: waiting, sent or dead.
    tries: how often it was tried.
    next_at: wall time before which it is not tried again; of one that left or was withdrawn, the
        log's time when it was; ns.
    error: why the last try failed; "" if none did.
    """

    order: WorkOrder
    state: str
    tries: int
    next_at: int
    error: str


def put_cases(db: sqlite3.Connection, cases: Iterable[Case]) -> None:
    """Keep the cases as they are now."""
    rows = [
        (
            case.id,
            case.rule,
            case.entity,
            case.state.value,
            int(case.severity),
            case.opened_at,
            case.due_at,
            case.closed_at,
            msgspec.json.encode(case),
        )
        for case in cases
    ]
    db.executemany(
        "INSERT INTO cases VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET "
        "state = excluded.state, severity = excluded.severity, due_at = excluded.due_at, "
        "closed_at = excluded.closed_at, body = excluded.body",
        rows,
    )


def put_orders(db: sqlite3.Connection, orders: Iterable[WorkOrder]) -> None:
    """Keep the orders as they are now."""
    rows = [
        (
            order.id,
            order.case,
            _kept_state(order),
            order.order.assignee,
            order.due_at,
            msgspec.json.encode(order),
        )
        for order in orders
    ]
    db.executemany(
        "INSERT INTO orders VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET "
        "state = excluded.state, due_at = excluded.due_at, body = excluded.body",
        rows,
    )


def _kept_state(order: WorkOrder) -> str:
    """The state an order is found by: one that a device took, or a report ended, is owed no more.

    A loop over signals gives a thousand such orders an hour; no list of what is owed holds them.
    """
    return SETTLED if order.is_settled and order.state not in ENDED else order.state.value


def find_case(db: sqlite3.Connection, case_id: str) -> Case | None:
    """A case, open or closed."""
    found = db.execute("SELECT body FROM cases WHERE id = ?", (case_id,)).fetchone()
    return _case.decode(found[0]) if found else None


def list_cases(
    db: sqlite3.Connection, *, state: str | None, rule_prefix: str = "", limit: int, skip: int = 0
) -> list[Case]:
    """Cases, the worst first and among equals the newest.

    state: "open", "held", "closed", or None for all.
    rule_prefix: such as "gallery." for one pack's.
    limit, skip: how many, after how many.
    """
    found = db.execute(
        "SELECT body FROM cases WHERE (? IS NULL OR state = ?) AND rule LIKE ? || '%' "
        "ORDER BY severity DESC, opened_at DESC, id LIMIT ? OFFSET ?",
        (state, state, rule_prefix, limit, skip),
    )
    return [_case.decode(body) for (body,) in found]


def count_cases(db: sqlite3.Connection) -> dict[str, int]:
    """How many cases are in each state."""
    return dict(db.execute("SELECT state, count(*) FROM cases GROUP BY state").fetchall())


def orders_of_case(db: sqlite3.Connection, case_id: str) -> list[WorkOrder]:
    """The case's orders, oldest first."""
    found = db.execute("SELECT body FROM orders WHERE case_id = ?", (case_id,))
    orders = [_order.decode(body) for (body,) in found]
    return sorted(orders, key=lambda order: int(order.id.rpartition("/")[2]))


def list_orders(
    db: sqlite3.Connection, *, states: Sequence[str], assignee: str = "", limit: int
) -> list[WorkOrder]:
    """Orders in any of some states, the most urgent first; ``assignee`` "" means anyone's.

    An order that is settled by being delivered or reported is in state ``SETTLED`` here.
    """
    marks = ",".join("?" * len(states))
    found = db.execute(
        f"SELECT body FROM orders WHERE state IN ({marks}) AND (? = '' OR assignee = ?) "
        "ORDER BY due_at, id LIMIT ?",
        (*states, assignee, assignee, limit),
    )
    return [_order.decode(body) for (body,) in found]


def find_order(db: sqlite3.Connection, order_id: str) -> WorkOrder | None:
    """One order."""
    found = db.execute("SELECT body FROM orders WHERE id = ?", (order_id,)).fetchone()
    return _order.decode(found[0]) if found else None


def letters_by_assignee(db: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """Assignee, state and count of the letters that have not left: waiting, dead, overtaken."""
    return list(
        db.execute(
            "SELECT orders.assignee, outbox.state, count(*) FROM outbox JOIN orders USING (id) "
            "WHERE outbox.state IN (?, ?, ?) GROUP BY orders.assignee, outbox.state",
            (WAITING, DEAD, OVERTAKEN),
        )
    )


def newest_from(db: sqlite3.Connection, stream: str, *, entries: int) -> int:
    """The offset at which the newest so many entries of a stream begin; 0 if there is none."""
    found = db.execute(
        "SELECT min(first_offset) FROM "
        "(SELECT first_offset FROM entry WHERE stream = ? ORDER BY seq DESC LIMIT ?)",
        (stream, entries),
    ).fetchone()
    return int(found[0] or 0)


def post_letters(db: sqlite3.Connection, orders: Iterable[WorkOrder]) -> None:
    """Put orders in the outbox; one that is there already stays as it is."""
    rows = [(order.id, WAITING, 0, 0, "", msgspec.json.encode(order)) for order in orders]
    db.executemany("INSERT INTO outbox VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING", rows)


def withdraw_letters(
    db: sqlite3.Connection, orders: Iterable[tuple[str, int]], *, state: str = WITHDRAWN
) -> None:
    """Take back what has not left, dead letters too: such an order is not delivered after all.

    orders: id, and the log's time when that came; ns.
    state: ``WITHDRAWN`` or ``OVERTAKEN``.
    """
    rows = [(state, at, order_id, WAITING, DEAD) for order_id, at in orders]
    db.executemany(
        "UPDATE outbox SET state = ?, next_at = ? WHERE id = ? AND state IN (?, ?)", rows
    )


def forget_letters(db: sqlite3.Connection, *, before: int, most: int) -> None:
    """Drop letters that left, or were taken back before an instant of the log's time; some at once.

    Their orders stay, and the log says when and by whom each was taken.
    """
    for state in (SENT, WITHDRAWN, OVERTAKEN):
        db.execute(
            "DELETE FROM outbox WHERE id IN "
            "(SELECT id FROM outbox WHERE state = ? AND next_at < ? LIMIT ?)",
            (state, before, most),
        )


def mark_letter(
    db: sqlite3.Connection, order_id: str, *, state: str, next_at: int = 0, error: str = ""
) -> None:
    """Note how a try to send ended; what was taken back meanwhile stays so unless it did leave."""
    db.execute(
        "UPDATE outbox SET state = ?, tries = tries + 1, next_at = ?, error = ? "
        "WHERE id = ? AND (state = ? OR ? = ?)",
        (state, next_at, error, order_id, WAITING, state, SENT),
    )


def is_waiting(db: sqlite3.Connection, order_id: str) -> bool:
    """Whether an order's letter is still to leave."""
    found = db.execute("SELECT state FROM outbox WHERE id = ?", (order_id,)).fetchone()
    return found is not None and found[0] == WAITING


def settle_letters(db: sqlite3.Connection) -> None:
    """Letters whose order has gone on since are sent: for a log made from another's records."""
    db.execute(
        "UPDATE outbox SET state = ? WHERE id NOT IN (SELECT id FROM orders WHERE state = ?)",
        (SENT, OrderState.DISPATCHED.value),
    )


def release_letter(db: sqlite3.Connection, order_id: str) -> bool:
    """Let a dead letter be tried again; False if it is not among the dead."""
    done = db.execute(
        "UPDATE outbox SET state = ?, tries = 0, next_at = 0 WHERE id = ? AND state = ?",
        (WAITING, order_id, DEAD),
    )
    return done.rowcount == 1


def list_letters(db: sqlite3.Connection, *, state: str, before: int, limit: int) -> list[Letter]:
    """Letters in a state that may be tried by wall time ``before``, the longest waiting first."""
    found = db.execute(
        "SELECT body, state, tries, next_at, error FROM outbox WHERE state = ? AND next_at <= ? "
        "ORDER BY next_at, id LIMIT ?",
        (state, before, limit),
    )
    return [Letter(_order.decode(row[0]), *row[1:]) for row in found]


def count_letters(db: sqlite3.Connection) -> dict[str, int]:
    """How many letters are in each state."""
    return dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())


def put_traces(db: sqlite3.Connection, traces: Iterable[tuple[str, int]]) -> None:
    """Note in which entry (by its first offset) a subject is spoken of."""
    db.executemany("INSERT OR IGNORE INTO trace VALUES (?,?)", traces)


def traces_of(db: sqlite3.Connection, subject: str) -> list[int]:
    """First offsets of the entries that speak of a subject, oldest first."""
    found = db.execute(
        "SELECT first_offset FROM trace WHERE subject = ? ORDER BY first_offset", (subject,)
    )
    return [offset for (offset,) in found]


def traces_before(db: sqlite3.Connection, subject: str, *, offset: int, limit: int) -> list[int]:
    """First offsets of the newest entries before an offset that speak of a subject."""
    found = db.execute(
        "SELECT first_offset FROM trace WHERE subject = ? AND first_offset < ? "
        "ORDER BY first_offset DESC LIMIT ?",
        (subject, offset, limit),
    )
    return [one for (one,) in found]


def set_position(db: sqlite3.Connection, name: str, *, next_offset: int) -> None:
    """Keep how far a reader of the log has come."""
    db.execute(
        "INSERT INTO position VALUES (?,?) "
        "ON CONFLICT (name) DO UPDATE SET next_offset = excluded.next_offset",
        (name, next_offset),
    )


def position(db: sqlite3.Connection, name: str) -> int:
    """How far a reader of the log has come; 0 if it never began."""
    found = db.execute("SELECT next_offset FROM position WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def keep_answer(db: sqlite3.Connection, key: str, *, at: int, answer: bytes) -> None:
    """Remember what a request was answered, so that its repetition doubles nothing."""
    db.execute("INSERT OR REPLACE INTO request VALUES (?,?,?)", (key, at, answer))


def answer_to(db: sqlite3.Connection, key: str) -> bytes | None:
    """What a request was answered before; None if it is new."""
    found = db.execute("SELECT answer FROM request WHERE key = ?", (key,)).fetchone()
    return bytes(found[0]) if found else None


def forget_answers(db: sqlite3.Connection, *, before: int) -> None:
    """Drop answers older than an instant of the log's time."""
    db.execute("DELETE FROM request WHERE at < ?", (before,))


def keep_checkpoint(db: sqlite3.Connection, *, size: int, at: int, note: str) -> None:
    """Keep a signed checkpoint; one of the same size stays as it is."""
    db.execute("INSERT OR IGNORE INTO checkpoint VALUES (?,?,?)", (size, at, note))


def last_checkpoint(db: sqlite3.Connection) -> tuple[int, str] | None:
    """The newest kept checkpoint as (size, note); None if there is none yet."""
    found = db.execute("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    return (int(found[0]), str(found[1])) if found else None


def first_checkpoint(db: sqlite3.Connection, *, covering: int) -> tuple[int, str] | None:
    """The oldest kept checkpoint over at least so many entries as (size, note); None if none is."""
    found = db.execute(
        "SELECT size, note FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1", (covering,)
    ).fetchone()
    return (int(found[0]), str(found[1])) if found else None
