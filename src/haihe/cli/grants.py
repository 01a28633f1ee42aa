"""``scheme reach | standing | effect``: what the books in force do, read from a data folder."""

import argparse
from pathlib import Path
from typing import Any

from haihe.cli.common import add_folder, add_json, open_log, show_json
from haihe.decide.grants.effect import effect_of
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import Standing, stand
from haihe.decide.grants.telling import Offer, offers, reaches
from haihe.decide.grants.wording import in_words, money
from haihe.decide.scheme.quantity import format_day, parse_day
from haihe.decide.workday import day_of
from haihe.errors import PackInvalid
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.engine import Engine
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
        parser.add_argument("--day", default="", help="as of which day; today if not said")
        add_folder(parser)
        add_json(parser)


def run_reach(options: argparse.Namespace) -> int:
    """One line a scheme."""
    grants, standing = _standing(options)
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
    print(f"{len(standing.codes)} enterprises on {format_day(standing.day)}")
    for one in found:
        print(
            f"{one.scheme.name:24} eligible {one.eligible:6}  unknown {one.unknown:6}  "
            f"near {one.near:5}  {money(one.cost_fen).en:>24}  missed {one.missed}"
        )
    return 0


def run_standing(options: argparse.Namespace) -> int:
    """One line a scheme, with the reason.

    Raises ValueError if it is no code; PackInvalid if nobody knows the enterprise.
    """
    grants, standing = _standing(options)
    code = check_code(options.code)
    mine = [one for one in grants.kept.applications.values() if one.enterprise == code]
    try:
        found = offers(standing, code, applications=mine)
    except LookupError as error:
        raise PackInvalid(f"{error} Look it up with GET /schemes/enterprises.") from error
    if options.json:
        show_json([_plain(one) for one in found])
        return 0
    for one in found:
        print(f"{one.scheme.name:24} {one.why.verdict:9} {in_words(one.why).en}")
    return 0


def run_effect(options: argparse.Namespace) -> int:
    """Cost, gains and losses of a draft; 1 if it cannot be read."""
    grants, standing = _standing(options)
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
    print(
        f"costs {money(found.cost_fen).en} more; {found.gains} enterprises gain, {found.loses} lose"
    )
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


def _standing(options: argparse.Namespace) -> tuple[Grants, Standing]:
    """The ledger of a data folder and everybody's standing; also while a server runs.

    Raises PackInvalid if no pack there keeps schemes.
    """
    log = open_log(options.data)
    engine = Engine(load_packs(read_config(options.data).packs).packs, log.directory)
    restore(engine, log, folder=options.data)
    recover(engine, log, history=History(log, options.data / HISTORY_FOLDER))
    for memory in engine.track.casework.ledgers.memories.values():
        if isinstance(memory, Grants):
            day = parse_day(options.day) if options.day else day_of(engine.now)
            return memory, stand(memory, day=day)
    raise PackInvalid(f"no pack with schemes runs in {options.data}; add 'schemes' to haihe.toml.")
