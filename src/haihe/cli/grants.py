"""``scheme reach | standing | effect``: what the books in force do, read from a data folder."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from haihe.cli.common import add_folder, add_json, open_log, progress, show_json, shown
from haihe.decide.grants.effect import effect_of
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.knowing import known_before
from haihe.decide.grants.office import Office
from haihe.decide.grants.standing import Standing, stand
from haihe.decide.grants.telling import Offer, offers, reaches
from haihe.decide.grants.wording import in_words
from haihe.decide.scheme.quantity import format_day, parse_day, say_money
from haihe.decide.workday import day_of
from haihe.errors import PackInvalid
from haihe.pack.contract import Pack
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.engine import Engine
from haihe.run.recall import Asked, Gone, gone_words
from haihe.run.recalling import PARTS, recalled_in
from haihe.run.recovery import recover
from haihe.run.snapshot import restore
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History


def add_to(acts: Any) -> None:
    """The commands beside ``scheme check`` and their options."""
    reach = acts.add_parser("reach", help="schemes in force: who, how many, what it costs")
    reach.set_defaults(run=run_reach)
    standing = acts.add_parser("standing", help="what one enterprise may have, and why")
    standing.add_argument("code", help="its unified social credit code")
    standing.set_defaults(run=run_standing)
    effect = acts.add_parser("effect", help="what a draft would cost, who gains, who loses")
    effect.add_argument("book", help="the book it is a draft of")
    effect.add_argument("draft", type=Path, help="its YAML file")
    effect.set_defaults(run=run_effect)
    for parser in (reach, standing, effect):
        parser.add_argument(
            "--day", default="", help="as of which day; today if not said. Of a past day what was "
            "known at its end in China"
        )  # fmt: skip
        parser.add_argument(
            "--known-by", default="", metavar="WHEN", help="what was told later does not count: a "
            "day, whose end is meant, or an instant; the end of --day if that is past, else now"
        )  # fmt: skip
        add_folder(parser)
        add_json(parser)


def run_reach(options: argparse.Namespace) -> int:
    """One line a scheme."""
    grants, standing, known = _standing(options)
    found = reaches(standing, tuple(grants.kept.applications.values()))
    if options.json:
        show_json(
            [
                {"scheme": one.scheme.name, "eligible": one.eligible, "unknown": one.unknown,
                 "near": one.near, "cost_fen": one.cost_fen, "asked": one.asked,
                 "paid": one.paid, "missed": one.missed}
                for one in found
            ]
        )  # fmt: skip
        return 0
    print(f"{len(standing.codes)} enterprises on {format_day(standing.day)}, {known}")
    for one in found:
        print(
            f"{one.scheme.name:24} eligible {one.eligible:6}  unknown {one.unknown:6}  "
            f"near {one.near:5}  {say_money(one.cost_fen).en:>24}  missed {one.missed}"
        )
    return 0


def run_standing(options: argparse.Namespace) -> int:
    """One line a scheme, with the reason.

    Raises ValueError if it is no code; PackInvalid if nobody knows the enterprise.
    """
    grants, standing, known = _standing(options)
    code = check_code(options.code)
    mine = [one for one in grants.kept.applications.values() if one.enterprise == code]
    try:
        found = offers(standing, code, applications=mine)
    except LookupError as error:
        raise PackInvalid(f"{error} Look it up with GET /schemes/enterprises.") from error
    if options.json:
        show_json([_plain(one) for one in found])
        return 0
    print(f"{code} on {format_day(standing.day)}, {known}")
    for one in found:
        print(f"{one.scheme.name:24} {one.why.verdict:9} {in_words(one.why).en}")
    return 0


def run_effect(options: argparse.Namespace) -> int:
    """Cost, gains and losses of a draft; 1 if it cannot be read."""
    grants, standing, _ = _standing(options)
    try:
        text = options.draft.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {options.draft}: {error}.") from error
    found = effect_of(standing, grants.texts, book=options.book, draft=text)
    if options.json:
        show_json(found)
        return 0
    wrong = [one for one in found.problems if not one.warning]
    for problem in wrong:
        print(problem)
    if wrong:
        return 1
    for change in found.changes:
        print(f"{change.scheme}, {change.clause}: {change.before.en} -> {change.after.en}")
    cost = say_money(found.cost_fen).en
    print(f"costs {cost} more; {found.gains} enterprises gain, {found.loses} lose")
    return 0


def _plain(offer: Offer) -> dict[str, object]:
    return {
        "scheme": offer.scheme.name,
        "verdict": offer.why.verdict.value,
        "amount_fen": offer.why.amount_fen,
        "up_to_fen": offer.why.up_to_fen,
        "why": in_words(offer.why),
        "is_ready": offer.is_ready,
    }


def _standing(options: argparse.Namespace) -> tuple[Grants, Standing, str]:
    """The ledger of a data folder, everybody's standing, and as known when; also beside a server.

    Raises PackInvalid if no pack there keeps schemes; ValueError if it names no day, or what it
    follows from is not kept.
    """
    packs = load_packs(read_config(options.data).packs).packs
    with closing(open_log(options.data)) as log:
        day = parse_day(options.day) if options.day else None
        before_at = known_before(options.known_by, day=day, today=day_of(log.received_at))
        if before_at is not None and before_at <= log.received_at:
            grants = _recalled(options.data, _office_of(packs), before_at=before_at)
            known = day_of(before_at - 1)
            words = f"as it was known at {shown(before_at - 1)}"
            return grants, stand(grants, day=known if day is None else day), words
        engine = Engine(packs, log.directory)
        restore(engine, log, folder=options.data)
        with closing(History(log, options.data / HISTORY_FOLDER)) as history:
            recover(engine, log, history=history)
    found: Grants = engine.track.casework.ledgers.memory(_office_of(packs).name)
    words = f"as it is known at {shown(engine.now)}"
    return found, stand(found, day=day_of(engine.now) if day is None else day), words


def _recalled(folder: Path, pack: Pack, *, before_at: int) -> Grants:
    """The ledger as it was, with a bar while it is worked out.

    Raises ValueError if it is not kept.
    """
    with progress("reading the log", PARTS) as bar:
        found = recalled_in(
            folder, pack, asked=Asked(before_at),
            tell=lambda done: bar.update(bar.task_ids[0], completed=int(done * PARTS)),
        )  # fmt: skip
    if isinstance(found, Gone):
        raise ValueError(gone_words(found))
    assert pack.ledger is not None  # It was asked for.
    grants: Grants = pack.ledger.load(found.memory)
    return grants


def _office_of(packs: Sequence[Pack]) -> Pack:
    """The pack that keeps schemes.

    Raises PackInvalid if there is none.
    """
    for pack in packs:
        if isinstance(pack.ledger, Office):
            return pack
    raise PackInvalid("no pack with schemes runs there; add 'schemes' to haihe.toml.")
