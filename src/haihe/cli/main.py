"""``haihe``: one command for running, replaying, backtesting, questioning and proving."""

import argparse
import sys
from collections.abc import Callable, Sequence

from haihe import __version__
from haihe.cli import (
    alarms,
    audit,
    bench,
    drill,
    packs,
    people,
    records,
    reports,
    rules,
    schemes,
    serving,
    traffic,
)
from haihe.errors import HaiheError

OK, FOUND_FAULT, BAD_USE, NOT_DONE = 0, 1, 2, 3

HELP = """\
Haihe, an open city brain: records in, provable orders out.

  haihe up --demo                    watch a zone being looked after, in a minute
  haihe up --data DIR                run for real on a data folder
  haihe replay FILES --mapping NAME  send recorded files the whole way
  haihe backtest RULE --set high=15  what another setting would have changed
  haihe shadow RULE --set high=15 --by WHO   try it beside the live rule, orders withheld
  haihe propose RULE --by WHO --reason WHY
  haihe why CASE                     why it was opened, decided, ordered and closed
  haihe alarms                       alarm load against ISA-18.2; --quieten: what would help
  haihe why-not RULE ENTITY          why it did not fire, from the log
  haihe report                       what the last shift held; --list handover: what is signed
  haihe pdf CASE                     a case on paper, with its proof
  haihe drill --from WHEN --by WHO   practise on a past day; nothing reaches the field
  haihe traffic what-if DIR --day 2026-11-20 --lane lane/avenue --in 07:10
                                     a recorded day, had the lane been turned otherwise
  haihe verify                       prove that nothing in the log was changed
  haihe pack new NAME                begin a pack of your own
"""
EXIT = """\
exit codes: 0 done, 1 a fault was found (a proof fails, a check fails), 2 wrong use, 3 not done
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] | None = getattr(options, "run", None)
    if run is None:
        parser.print_help()
        return BAD_USE
    try:
        return run(options)
    except (HaiheError, ValueError) as error:
        print(f"haihe: {error}", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        return NOT_DONE
    except BrokenPipeError:
        return OK


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="haihe",
        description=HELP,
        epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"haihe {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for part in (
        serving,
        people,
        records,
        rules,
        audit,
        alarms,
        reports,
        drill,
        packs,
        schemes,
        traffic,
        bench,
    ):
        part.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
