"""``scheme import`` and ``scheme decide``: decision tables from DMN and GoRules."""

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from haihe.cli.common import show_json, write_out
from haihe.decide.feel import Refused, Value, show
from haihe.decide.feel.moments import parse_date, parse_date_time
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.scheme.reading import read_library
from haihe.decide.table.dmn import Model, Outcome, read_model
from haihe.decide.table.jdm import Graph, read_graph
from haihe.decide.table.to_book import Import, book_of_graph, book_of_model

OK, FOUND_FAULT = 0, 1


def add_to(acts: Any) -> None:
    """The commands and their options, under ``scheme``."""
    take = acts.add_parser("import", help="DMN or GoRules tables as clauses, where clauses can")
    take.add_argument("file", type=Path, help="a .dmn (XML) or a GoRules .json file")
    take.add_argument("-o", "--output", type=Path, help="write the book here; else it is printed")
    take.add_argument("--from", dest="begins", required=True, help="first day in force, 2026-01-31")
    take.add_argument("--with", dest="others", type=Path, nargs="*", default=[], metavar="FILE",
                      help="files that it imports or calls")  # fmt: skip
    take.set_defaults(run=run_import)
    decide = acts.add_parser("decide", help="run a DMN or GoRules file as it is, with the reason")
    decide.add_argument("file", type=Path, help="a .dmn (XML) or a GoRules .json file")
    decide.add_argument("--given", type=Path, required=True, help="the inputs, a JSON object")
    decide.add_argument("--decision", default="", help="which decision of a DMN model; else all")
    decide.add_argument("--today", default="", help="what today() and 'now' are, 2026-01-31")
    decide.add_argument("--with", dest="others", type=Path, nargs="*", default=[], metavar="FILE",
                        help="files that it imports or calls")  # fmt: skip
    decide.set_defaults(run=run_decide)


def run_import(options: argparse.Namespace) -> int:
    """Write the book, and say what could not be told in clauses; 1 if nothing could.

    Raises ValueError if the file is no DMN or GoRules file, or the day is none.
    """
    parse_day(options.begins)
    source = read_source(options.file, options.others)
    file = options.file.name
    if isinstance(source, Model):
        made = book_of_model(source.tables, file, begins=options.begins)
    else:
        made = book_of_graph(source, file, begins=options.begins)
    for mistake in source.mistakes:
        sys.stderr.write(f"{file}: {mistake}\n")
    if made.text and options.output is not None:
        write_out(options.output, made.text)
    elif made.text:
        sys.stdout.write(made.text)
    for line in told(made, options.file, output=str(options.output or "book.yaml")):
        sys.stderr.write(line + "\n")
    return OK if made.text else FOUND_FAULT


def told(made: Import, file: Path, *, output: str) -> list[str]:
    """What was made, what is left, and what is wrong with it."""
    lines = [f"{name}: told in clauses, as drafts" for name in made.made]
    lines += [f"{name}: stays a table, since {why}" for name, why in made.left]
    if made.left or not made.made:
        lines.append(f"run what stays a table with: haihe scheme decide {file} --given inputs.json")
    if made.text:
        problems = check_library(read_library({output: made.text}))
        lines += [str(problem) for problem in problems if not problem.warning]
    return lines


def run_decide(options: argparse.Namespace) -> int:
    """Print what comes out, and which rules were met.

    Raises ValueError if a file cannot be read, or an input is none.
    """
    source = read_source(options.file, options.others)
    given = inputs(options.given)
    today = parse_date(options.today) if options.today else None
    if options.today and today is None:
        raise ValueError(f"'{options.today}' is no day; write it as 2026-01-31.")
    for mistake in source.mistakes:
        sys.stderr.write(f"{options.file.name}: {mistake}\n")
    outcomes: dict[str, Outcome] = {}
    if isinstance(source, Graph):
        now = None if today is None else today.days * 86_400  # Seconds of a day.
        outcomes[source.name] = source.decide(given, now=now)
    else:
        now_at = None if today is None else parse_date_time(options.today)
        for name in [options.decision] if options.decision else source.names("decision"):
            outcomes[name] = source.decide(name, given, today=today, now=now_at)
    show_json(
        {
            name: {"value": plain(one.value), "why": list(one.notes)}
            for name, one in outcomes.items()
        }
    )
    return OK


def read_source(file: Path, others: Sequence[Path]) -> Model | Graph:
    """The model or graph of a file, with those it refers to.

    Raises ValueError if it is neither.
    """
    texts: dict[str, str | bytes] = {}
    first = b""
    for one in (file, *others):
        try:
            content = one.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read {one} ({error.strerror}); name another.") from error
        texts[one.name] = content
        first = first or content[:200]  # Enough to see what it is.
    if first.lstrip().startswith((b"{", b"\xef\xbb\xbf{")):
        return read_graph(texts, file.name)
    return read_model(texts, file.name)


def inputs(file: Path) -> dict[str, Value]:
    """Inputs from JSON, numbers exact.

    Raises ValueError if it is no JSON object.
    """
    try:
        read = json.loads(file.read_bytes(), parse_float=Decimal, parse_int=Decimal)
    except OSError as error:
        raise ValueError(f"cannot read {file} ({error.strerror}); name another.") from error
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise ValueError(f"{file} is no JSON: {error}.") from error
    if not isinstance(read, dict):
        raise ValueError(f"{file} holds a {type(read).__name__}; give an object of inputs by name.")
    return {name: exact(one) for name, one in read.items()}


def exact(given: object) -> Value:
    """JSON as values: lists as tuples, ``@2026-01-31`` as a day or time.

    Raises Refused if a number is none.
    """
    if isinstance(given, list):
        return tuple(exact(one) for one in given)
    if isinstance(given, dict):
        return {name: exact(one) for name, one in given.items()}
    if isinstance(given, str) and given.startswith("@"):
        return parse_date(given[1:]) or parse_date_time(given[1:]) or given
    if isinstance(given, float):  # NaN and Infinity.
        raise Refused(f"{given} is no number of JSON; leave it out.")
    return given


def plain(given: Value) -> object:
    """A value as JSON; moments and ranges as text."""
    if isinstance(given, tuple):
        return [plain(one) for one in given]
    if isinstance(given, dict):
        return {name: plain(one) for name, one in given.items()}
    if isinstance(given, Decimal):
        whole = given == given.to_integral_value() and abs(given) < 10**15  # Exact in JSON.
        return int(given) if whole else float(given)
    return given if given is None or isinstance(given, bool | str) else show(given)
