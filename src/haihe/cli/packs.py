"""``pack``: check one, begin one."""

import argparse
import sys
from pathlib import Path
from typing import Any

from haihe.cli.common import console
from haihe.pack.new import new_pack
from haihe.run.check import check_named, encode_report, format_report


def add_to(commands: Any) -> None:
    """The commands and their options."""
    pack = commands.add_parser("pack", help="check a pack, or begin one of your own")
    acts = pack.add_subparsers(title="what to do", metavar="check|new", required=True)
    check = acts.add_parser("check", help="measure what a pack owes; 1 if it owes something")
    check.add_argument("pack", help="an installed pack's name, or the folder of its project")
    check.add_argument(
        "--hours",
        type=int,
        help="how long its twin's day is; default: 24, and 14 of a pack with loops",
    )
    check.add_argument("--json", action="store_true", help="the report as JSON")
    check.set_defaults(run=run_check)
    new = acts.add_parser("new", help="begin a pack that works, as a project of its own")
    new.add_argument("name", help="lower case, such as parking")
    new.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="default: here")
    new.set_defaults(run=run_new)


def run_check(options: argparse.Namespace) -> int:
    """Print the report; 1 if a mark failed."""
    with console.status("checking") as status:
        report = check_named(options.pack, hours=options.hours, progress=status.update)
    if options.json:
        sys.stdout.write(encode_report(report).decode() + "\n")
    else:
        print(format_report(report))
    return 0 if report.passed else 1


def run_new(options: argparse.Namespace) -> int:
    """Write the files and say what comes next."""
    files = new_pack(options.name, options.into)
    for path in files:
        print(path)
    project = files[0].parent
    print(f"next: pip install -e {project} && haihe pack check {options.name}")
    return 0
