"""``rules``, ``shadow``, ``promote``, ``step-back``: settings tried, put in force, taken back."""

import argparse
from typing import Any

from haihe.cli.common import add_folder, add_json, settings_of, show_json, zone_of
from haihe.errors import PackInvalid
from haihe.model.line import Action, Refused, RuleChanged, Verb, decode_lines
from haihe.run.shadow import Agreement
from haihe.run.zone import Zone


def add_to(commands: Any) -> None:
    """The commands and their options."""
    listed = commands.add_parser("rules", help="the rules in force, their settings and shadows")
    add_folder(listed)
    add_json(listed)
    listed.set_defaults(run=run_rules)
    for name, verb, words in (
        ("shadow", Verb.SHADOW, "run a rule with other settings beside the live one"),
        ("unshadow", Verb.UNSHADOW, "end a shadow"),
        ("promote", Verb.PROMOTE, "let the shadow's settings become live, under your name"),
        ("step-back", Verb.STEP_BACK, "put the settings before the last promotion in force again"),
    ):
        parser = commands.add_parser(name, help=words)
        parser.add_argument("rule", help="such as gallery.methane-high")
        parser.add_argument("--by", required=True, help="who does this: a person's name")
        parser.add_argument("--reason", default="", help="why; a promotion needs one")
        parser.add_argument("--second", default="", help="the second person who agrees")
        if verb is Verb.SHADOW:
            parser.add_argument(
                "--set", action="append", required=True, metavar="NAME=VALUE", help="high=15"
            )
        add_folder(parser)
        add_json(parser)
        parser.set_defaults(run=run_action, verb=verb)


def run_rules(options: argparse.Namespace) -> int:
    """List the rules and how the shadows agree."""
    with zone_of(options.data) as zone:
        engine = zone.node.engine
        agreements = [shadow.agreement(engine.now) for shadow in engine.shadows.values()]
        if options.json:
            versions = {name: rule.version for name, rule in engine.rules.items()}
            show_json({"versions": versions, "shadows": agreements, "failed": engine.failed})
            return 0
        for name, rule in sorted(engine.rules.items()):
            stopped = f"  STOPPED: {engine.failed[name]}" if name in engine.failed else ""
            print(f"{name}  version {rule.version}  {dict(rule.settings) or ''}{stopped}")
        for agreement in agreements:
            _print_agreement(agreement)
    return 0


def run_action(options: argparse.Namespace) -> int:
    """Do it and say what became of it; 3 if it was refused."""
    settings = settings_of(options.set) if options.verb is Verb.SHADOW else {}
    with zone_of(options.data) as zone:
        action = Action(
            at=max(zone.node.clock.now(), zone.node.log.received_at),
            verb=options.verb,
            subject=options.rule,
            by=options.by,
            reason=options.reason,
            second=options.second,
            settings=settings,
        )
        said = _told(zone, action)
    print(said)
    return 0


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
        f"({agreement.both} cases both, {alone})"
    )
