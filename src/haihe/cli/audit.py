"""``why``, ``verify`` and ``proof``: questions to the log."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from haihe.cli.audit_order import run_why_order
from haihe.cli.common import add_folder, add_json, open_log, progress, show_json, shown
from haihe.log import store
from haihe.log.blobs import Blobs
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import SEVERITY_TITLE
from haihe.model.case import Case
from haihe.pack.load import load_packs
from haihe.run.audit import Why, log_key, verify, why
from haihe.run.config import read_config
from haihe.run.loop_rule import loops_of
from haihe.run.paper.gather import paper_of
from haihe.run.paper.pdf import pdf_of
from haihe.run.replay import packs_of
from haihe.run.rule import rules_of
from haihe.run.thread import verify_attached
from haihe.run.why_order import prove
from haihe.run.words import line_words
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History
from haihe.state.history_check import verify_files

NEWEST = 20  # Cases listed when none is named.


def add_to(commands: Any) -> None:
    """The commands and their options."""
    asked = commands.add_parser(
        "why", help="why a case was opened, decided, ordered and closed; without an id, the newest"
    )
    asked.add_argument(
        "case",
        nargs="?",
        help="such as gallery-17; a loop's order, such as traffic.signals/812; or a loop",
    )
    asked.add_argument("--entity", default="", help="of a loop: its orders to this thing")
    asked.add_argument(
        "--at", metavar="INSTANT", default="", help="of a loop: its orders before it; default: now"
    )
    asked.add_argument(
        "--replay", action="store_true", help="take an order's decision once more and compare"
    )
    add_folder(asked)
    add_json(asked)
    asked.set_defaults(run=run_why)

    printed = commands.add_parser("pdf", help="a case on paper, as PDF, with its proof")
    printed.add_argument("case", help="such as gallery-17")
    printed.add_argument("--language", choices=("zh", "en"), default="zh")
    printed.add_argument("--out", type=Path, metavar="FILE", help="default: CASE.LANGUAGE.pdf")
    add_folder(printed)
    printed.set_defaults(run=run_pdf)

    verified = commands.add_parser("verify", help="prove that nothing in the log was changed")
    add_folder(verified)
    add_json(verified)
    verified.set_defaults(run=run_verify)

    proven = commands.add_parser(
        "proof", help="a case's lineage, or a loop's order, as a bundle that proves itself offline"
    )
    proven.add_argument("case", help="such as gallery-17 or traffic.signals/812")
    proven.add_argument("--out", type=Path, metavar="FILE", help="default: CASE.proof.json")
    add_folder(proven)
    proven.set_defaults(run=run_proof)


def run_why(options: argparse.Namespace) -> int:
    """Print a case's lineage, or the newest cases."""
    log = open_log(options.data)
    if options.case is None:
        cases = store.list_cases(log.reader(), state=None, limit=NEWEST)
        if options.json:
            show_json(cases)
        else:
            for case in cases:
                print(_one_line(case))
            if not cases:
                print("no case has been opened yet")
        return 0
    if "." in options.case:
        return run_why_order(options)
    answer = why(log, options.case.partition("/")[0])
    if options.json:
        show_json(answer)
    else:
        _print_why(answer, log)
    return 0


def run_pdf(options: argparse.Namespace) -> int:
    """Write a case as PDF."""
    log = open_log(options.data)
    config = read_config(options.data)
    packs = packs_of(log, load_packs(config.packs).packs)
    history = History(log, options.data / HISTORY_FOLDER)
    paper = paper_of(log, options.case, rules=rules_of(packs), history=history)
    path = options.out or Path(f"{options.case}.{options.language}.pdf")
    path.write_bytes(pdf_of(paper, language=options.language, font=config.paper.font))
    print(path)
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Look through the whole log; 1 if it does not prove itself."""
    log = open_log(options.data)
    with progress("verifying entries", log.size) as bar:
        task = bar.task_ids[0]
        verdict = verify(log, progress=lambda done, _: bar.update(task, completed=done))
    with progress("verifying history files", None):
        files = verify_files(log, options.data / HISTORY_FOLDER)
    with progress("verifying attached files", None):
        files += verify_attached(log, Blobs(options.data))
    verdict = msgspec.structs.replace(verdict, faults=(*verdict.faults, *files))
    if options.json:
        show_json(verdict)
    else:
        print(f"entries  {verdict.entries}")
        print(f"records  {verdict.records}")
        print(f"root     {verdict.root}")
        for fault in verdict.faults:
            print(f"FAULT    {fault}")
        print("NOT PROVEN" if verdict.faults else "proven: no entry was changed, lost or reordered")
    return 1 if verdict.faults else 0


def run_proof(options: argparse.Namespace) -> int:
    """Write the bundle and say how to check it."""
    log = open_log(options.data)
    key = log_key(options.data, name=read_config(options.data).name)
    packs = packs_of(log, load_packs(read_config(options.data).packs).packs)
    bundle = prove(log, options.case, key=key, loops=loops_of(packs))
    path = options.out or Path(f"{options.case.replace('/', '-')}.proof.json")
    path.write_bytes(bundle)
    print(f"{path}: check it anywhere with")
    print(f"  python -m haihe.log.offline {path} --key '{key.verifier.text}'")
    return 0


def _one_line(case: Case) -> str:
    level = SEVERITY_TITLE[case.severity].en
    return (
        f"{case.id:14} {case.state:7} {level:9} {shown(case.opened_at)}  {case.rule}  {case.entity}"
    )


def _print_why(answer: Why, log: SqliteLog) -> None:
    case = answer.case
    print(f"{case.id}  {case.rule} (version {case.version})  {case.state}")
    print(f"where    {', '.join(case.entities)}")
    print(f"why      {case.why.en}")
    print(f"         {case.why.zh}")
    print("what happened")
    for told in answer.timeline:
        print(f"  {shown(told.line.at)}  #{told.offset:<8} {line_words(told.line).en}")
    print("records its decisions saw")
    for seen in answer.saw:
        values = ", ".join(f"{name} {value:g}" for name, value in seen.numbers.items())
        print(
            f"  {shown(seen.observed_at)}  #{seen.offset:<8} {seen.stream} {seen.entity}: {values}"
        )
    root = log.frontier.root.hex()[:16]
    print(f"log      {log.size} entries, root {root}…; 'haihe verify' proves it")
