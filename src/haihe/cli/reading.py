"""``scheme read``: a policy text to draft clauses, with the place of every number."""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import show_json, write_out
from haihe.decide.extract.draft import write_draft
from haihe.decide.extract.extract import Extraction, extract
from haihe.decide.extract.grammar import TITLES
from haihe.decide.extract.outline import titles
from haihe.decide.extract.proposal import believe
from haihe.decide.extract.rows import Field, fields
from haihe.feed.document import ReadDocument, read_document
from haihe.feed.proposer import Proposer, within_limits

OK, NOTHING_FOUND = 0, 1
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


def add_to(acts: Any) -> None:
    """The act and its options."""
    read = acts.add_parser("read", help="a policy text to draft clauses; 1 if none is found")
    read.add_argument("file", type=Path, help="PDF, DOCX, OFD, HTML or plain text")
    read.add_argument("-o", "--output", type=Path, help="where the draft goes; else to the screen")
    read.add_argument("--id", default="draft", help="how the schemes' names begin (draft)")
    read.add_argument("--json", action="store_true", help="the clauses as JSON instead of a draft")
    read.add_argument(
        "--propose",
        action="store_true",
        help="ask the model at HAIHE_MODEL_URL about what is not understood; it may only propose",
    )
    read.set_defaults(run=run_read)


def run_read(options: argparse.Namespace) -> int:
    """Print or write the draft, and tell what was understood; 1 if no clause was found.

    With ``--propose`` a model that fails or lies costs nothing: the grammar's own draft is written.
    Raises ValueError if the file cannot be read, the name is none, or the output is there already.
    """
    if not NAME.fullmatch(options.id):
        raise ValueError(f"'{options.id}' is no name; use lower-case letters, digits and hyphens.")
    if options.output is not None and options.output.exists():
        raise ValueError(f"{options.output} is there already; name another, or remove it.")
    try:
        content = options.file.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {options.file} ({error.strerror}); name another.") from error
    read = read_document(options.file.name, content)
    proposer = proposer_of(os.environ) if options.propose else None
    told = extract(read.document)
    if proposer is not None:
        told = proposed(read, told, proposer=proposer)
    if options.json:
        show_json(shown(read, told))
    else:
        draft = write_draft(read.document, told, prefix=options.id)
        if options.output is None:
            sys.stdout.write(draft)
        else:
            write_out(options.output, draft)
    sys.stderr.write(summary(read, told) + "\n")
    return OK if told.clauses else NOTHING_FOUND


def proposer_of(environment: Mapping[str, str]) -> Proposer:
    """The endpoint that HAIHE_MODEL_URL, HAIHE_MODEL_NAME and HAIHE_MODEL_KEY name.

    Raises ValueError if no address is set, or it is not safe.
    """
    url, model = environment.get("HAIHE_MODEL_URL", ""), environment.get("HAIHE_MODEL_NAME", "")
    if not url or not model:
        raise ValueError(
            f"HAIHE_MODEL_URL is '{url}' and HAIHE_MODEL_NAME is '{model}'; set both to the base "
            "address and the model of an OpenAI-compatible endpoint, or leave --propose out."
        )
    return Proposer(url, model, environment.get("HAIHE_MODEL_KEY", ""))


def proposed(read: ReadDocument, told: Extraction, *, proposer: Proposer) -> Extraction:
    """The extraction with what a model proposes and the text bears out; the rest is told."""
    stretches = [read.document.text[one.start : one.end] for one in told.unread]
    asked = within_limits(stretches)
    try:
        proposals = proposer.propose(asked)
    except ValueError as error:
        sys.stderr.write(f"no proposals: {error}\n")
        return told
    believed = believe(read.document, told, proposals=proposals)
    taken = len(proposals) - len(believed.refused)
    sys.stderr.write(f"proposals: {taken} borne out by the text, {len(believed.refused)} refused\n")
    for one in believed.refused:
        sys.stderr.write(f"refused: {one.quote!r}: {one.why}\n")
    if len(asked) < len(stretches):
        sys.stderr.write(f"not asked about: the last {len(stretches) - len(asked)} stretches\n")
    return believed.extraction


def shown(read: ReadDocument, told: Extraction) -> dict[str, Field]:
    """Everything found, as JSON has it."""
    document = read.document
    headings = titles(document.folded, told.headings, starts=[one.start for one in told.clauses])
    return {
        "document": document.name,
        "format": read.format,
        "notes": list(read.notes),
        "clauses": [
            {
                "start": one.start,
                "end": one.end,
                "page": document.place(one.start).page,
                "paragraph": document.place(one.start).paragraph,
                "text": document.text[one.start : one.end],
                "title": {"zh": TITLES[one.kind].zh, "en": TITLES[one.kind].en},
                "heading": heading,
                "proposed": one.proposed,
                "fields": fields(document, one),
                "numbers": [
                    {"role": part.role.value, "start": part.start, "end": part.end,
                     "text": document.text[part.start : part.end]}
                    for part in one.parts
                    if part.quantity is not None
                ],
            }
            for one, heading in zip(told.clauses, headings, strict=True)
        ],
        "unread": [
            {"start": one.start, "end": one.end, "why": one.why,
             "text": document.text[one.start : one.end]}
            for one in told.unread
        ],
    }  # fmt: skip


def summary(read: ReadDocument, told: Extraction) -> str:
    """How much was understood, and what the reader should know."""
    numbers = sum(one.why != "words" for one in told.unread)
    lines = [
        f"{read.document.name} ({read.format}): {len(told.clauses)} clauses; not understood: "
        f"{numbers} stretches with numbers, {len(told.unread) - numbers} of words",
        *(f"note: {note}" for note in read.notes),
    ]
    return "\n".join(lines)
