"""``scheme``: check clauses and the cases beside them; read texts, take in decision tables."""

import argparse
import sys
from pathlib import Path
from typing import Any

from haihe.cli import grants, reading, tables
from haihe.cli.common import show_json
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.reading import Library, read_library

OK, FOUND_FAULT = 0, 1


def add_to(commands: Any) -> None:
    """The commands and their options."""
    scheme = commands.add_parser(
        "scheme",
        help="government schemes: check clauses, read texts, run tables, see whom they reach",
    )
    acts = scheme.add_subparsers(
        title="what to do",
        metavar="check|read|import|decide|reach|standing|effect",
        required=True,
    )
    check = acts.add_parser("check", help="clauses, contradictions, cases; 1 if one is wrong")
    check.add_argument("path", type=Path, help="a YAML file, or a folder of them")
    check.add_argument("--json", action="store_true", help="the problems as JSON")
    check.set_defaults(run=run_check)
    reading.add_to(acts)
    tables.add_to(acts)
    grants.add_to(acts)


def run_check(options: argparse.Namespace) -> int:
    """Print every problem with its file, line and mend; 1 if one is more than a warning.

    Raises ValueError if there is no such file, or it is no text.
    """
    library = read_library(texts_of(options.path))
    problems = check_library(library)
    if not (library.schemes or library.schema.facts or problems):
        raise ValueError(
            f"{options.path} says nothing: no facts, no schemes; is it the right file?"
        )
    if options.json:
        show_json(problems)
    else:
        for problem in problems:
            sys.stdout.write(f"{problem}\n")
        sys.stdout.write(summary(library) + "\n")
    return FOUND_FAULT if any(not problem.warning for problem in problems) else OK


def texts_of(path: Path) -> dict[str, str]:
    """File name to text, of one file or of all YAML files of a folder and those within.

    Raises ValueError if there is none, or one is not UTF-8.
    """
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.suffix in (".yaml", ".yml"))
    else:
        files = [path]
    if not files:
        raise ValueError(f"there is no YAML file in {path}; name the file or its folder.")
    found = {}
    for file in files:
        try:
            found[str(file)] = file.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise ValueError(f"cannot read {file} ({error.strerror}); name another.") from error
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{file} is no UTF-8 from byte {error.start} on; if it is GBK or Big5, convert it: "
                "iconv -f GBK -t UTF-8."
            ) from error
    return found


def summary(library: Library) -> str:
    """How much was looked at, in one line."""
    conditions = sum(
        len(version.conditions) for scheme in library.schemes for version in scheme.versions
    )
    return (
        f"{len(library.schemes)} schemes, {conditions} conditions, {len(library.examples)} cases, "
        f"{len(library.schema.facts)} facts"
    )
