"""``rules``, ``shadow``, ``propose``, ``agree``, ``step-back``: settings tried, in force, back."""

import argparse
import getpass
from pathlib import Path
from typing import Any, Final

import msgspec

from haihe.cli.common import (
    add_folder,
    add_json,
    open_log,
    settings_of,
    show_json,
    shown,
    zone_of,
)
from haihe.errors import PackInvalid
from haihe.model.line import Action, Refused, RuleChanged, Verb, decode_lines
from haihe.model.time import format_duration
from haihe.pack.contract import Procedure
from haihe.pack.load import load_packs
from haihe.run.closure import gap_of
from haihe.run.config import read_config
from haihe.run.engine import Engine
from haihe.run.recovery import recover
from haihe.run.rule import Rule, above, in_words
from haihe.run.shadow import Agreement
from haihe.run.snapshot import restore
from haihe.run.zone import HISTORY_FOLDER, Zone
from haihe.serve.access import ENGINEERS
from haihe.serve.access.names import key_of
from haihe.serve.access.passwords import matches_now
from haihe.serve.access.store import Store
from haihe.state.history import History

SPOKEN_FOR: Final = frozenset({Verb.PROPOSE, Verb.AGREE, Verb.DECLINE})


def add_to(commands: Any) -> None:
    """The commands and their options."""
    listed = commands.add_parser("rules", help="the rules in force, their settings and shadows")
    add_folder(listed)
    add_json(listed)
    listed.set_defaults(run=run_rules)
    for name, verb, words in (
        ("shadow", Verb.SHADOW, "run a rule with other settings beside the live one"),
        ("unshadow", Verb.UNSHADOW, "end a shadow"),
        ("propose", Verb.PROPOSE, "ask for the shadow's settings to become live, under your name"),
        ("agree", Verb.AGREE, "agree, as another person, to what is proposed: it becomes live"),
        ("decline", Verb.DECLINE, "do not agree to what is proposed, or take it back"),
        ("step-back", Verb.STEP_BACK, "put the settings before the last promotion in force again"),
    ):
        parser = commands.add_parser(name, help=words)
        parser.add_argument("rule", help="such as gallery.methane-high")
        parser.add_argument("--by", required=True, help="who does this: a person's name")
        parser.add_argument("--reason", default="", help="why; a proposal needs one, and a no")
        if verb is Verb.AGREE:
            parser.add_argument(
                "--sha256", required=True, help="what you agree to, as 'haihe rules' shows it"
            )
        if verb is Verb.SHADOW:
            parser.add_argument(
                "--set", action="append", required=True, metavar="NAME=VALUE", help="high=15"
            )
        add_folder(parser)
        add_json(parser)
        parser.set_defaults(run=run_action, verb=verb)


def run_rules(options: argparse.Namespace) -> int:
    """List the rules and how the shadows agree; also while a server runs."""
    log = open_log(options.data)
    engine = Engine(load_packs(read_config(options.data).packs).packs, log.directory)
    restore(engine, log, folder=options.data)
    recover(engine, log, history=History(log, options.data / HISTORY_FOLDER))
    proposals = [one for one in engine.proposals.values() if engine.now < one.until]
    agreements = [shadow.agreement(engine.now) for shadow in engine.shadows.values()]
    rules = [_listed(rule, engine) for _, rule in sorted(engine.rules.items())]
    if options.json:
        versions = {name: rule.version for name, rule in engine.rules.items()}
        failed = engine.failed
        show_json(
            {"versions": versions, "rules": rules, "shadows": agreements, "failed": failed}
            | {"proposals": proposals}
        )
        return 0
    for rule in rules:
        _print_rule(rule)
    for agreement in agreements:
        _print_agreement(agreement)
    for proposal in proposals:
        print(f"proposed for {proposal.rule} by {proposal.by}: {proposal.settings}")
        print(f"  because  {proposal.reason}")
        print(f"  until    {shown(proposal.until)}; agree with --sha256 {proposal.sha256}")
    return 0


class Listed(msgspec.Struct, frozen=True):
    """A rule as it runs.

    settings: what differs from the shipped ones; detect, close: all of them as they are.
    under: the rules whose cases answer for its alarms.
    failed: why it was stopped; "" while it runs.
    """

    name: str
    version: str
    settings: dict[str, str]
    detect: str
    close: str
    due_in: str
    under: tuple[str, ...]
    failed: str


def _listed(rule: Rule, engine: Engine) -> Listed:
    close = rule.playbook.close
    gap = f", no gap over {format_duration(gap_of(close))}"
    closes = f"{close.at_least} good records over {format_duration(close.window)}{gap}"
    return Listed(
        name=rule.name,
        version=rule.version,
        settings=dict(rule.settings),
        detect=in_words(rule.playbook.detect),
        close="its steps are done" if isinstance(close, Procedure) else closes,
        due_in=format_duration(rule.playbook.due_in),
        under=above(rule),
        failed=engine.failed.get(rule.name, ""),
    )


def _print_rule(rule: Listed) -> None:
    print(f"{rule.name}  version {rule.version}")
    print(f"  detect   {rule.detect}")
    print(f"  close    {rule.close}; due in {rule.due_in}")
    if rule.under:
        print(f"  under    {', '.join(rule.under)}")
    if rule.settings:
        changed = ", ".join(f"{name}={value}" for name, value in rule.settings.items())
        print(f"  changed  {changed}")
    if rule.failed:
        print(f"  STOPPED  {rule.failed}")


def run_action(options: argparse.Namespace) -> int:
    """Do it and say what became of it; 3 if it was refused."""
    settings = settings_of(options.set) if options.verb is Verb.SHADOW else {}
    by = person(options.data, options.by) if options.verb in SPOKEN_FOR else options.by
    with zone_of(options.data) as zone:
        action = Action(
            at=max(zone.node.clock.now(), zone.node.log.received_at),
            verb=options.verb,
            subject=options.rule,
            by=by,
            reason=options.reason,
            sha256=options.sha256 if options.verb is Verb.AGREE else "",
            settings=settings,
        )
        said = _told(zone, action)
    print(said)
    return 0


def person(folder: Path, name: str) -> str:
    """Whose word it is, by their password once there are accounts.

    Raises ValueError if they have no account that may, or that is not their password.
    """
    store = Store(folder)
    try:
        accounts = store.kept().accounts
    finally:
        store.close()
    if not accounts:
        return name
    account = accounts.get(key_of(name))
    if account is None or account.is_disabled or ENGINEERS.isdisjoint(account.grant.roles):
        raise ValueError(f"'{name}' has no account that may propose or agree.")
    if account.must_change:
        raise ValueError(f"{account.name} must sign in and change the given password first.")
    if not account.password:
        raise ValueError(f"{account.issuer} vouches for {name}; do this in the console.")
    if not matches_now(account.password, getpass.getpass(f"password of {account.name}: ")):
        raise ValueError(f"that is not the password of {account.name}.")
    return account.name


def _told(zone: Zone, action: Action) -> str:
    """What the engine made of the action.

    Raises PackInvalid if it refused.
    """
    answer = zone.node.tell(action)
    zone.node.round()
    offset = answer.result()
    for entry in zone.node.log.read(offset + 1, streams=("step",)):
        for line in decode_lines(entry.body or b""):
            if isinstance(line, Refused):
                raise PackInvalid(line.reason)
            if isinstance(line, RuleChanged):
                settings = line.settings or "as shipped"
                return f"{line.rule} runs as version {line.version}: {settings}"
    return f"{action.verb} {action.subject}: done"


def _print_agreement(agreement: Agreement) -> None:
    alone = f"{len(agreement.only_live)} only live, {len(agreement.only_shadow)} only in shadow"
    cases = agreement.both + len(agreement.only_live) + len(agreement.only_shadow)
    share = f"agrees on {agreement.share:.0%}" if cases else "no case on either side yet"
    print(
        f"shadow of {agreement.rule} with {agreement.settings}: {share} "
        f"({agreement.both} cases both, {alone}; {agreement.records} records seen)"
    )
