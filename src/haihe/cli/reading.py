"""``scheme read``: a policy text to draft clauses, with the place of every number."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any, Final

from haihe.cli.common import show_json
from haihe.decide.extract.draft import write_draft
from haihe.decide.extract.extract import Extraction, extract
from haihe.decide.extract.rows import Field, fields
from haihe.feed.document import ReadDocument, read_document

OK, NOTHING_FOUND = 0, 1
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


def add_reading_to(acts: Any) -> None:
    """The act and its options."""
    read = acts.add_parser("read", help="a policy text to draft clauses; 1 if none is found")
    read.add_argument("file", type=Path, help="PDF, DOCX, OFD, HTML or plain text")
    read.add_argument("-o", "--output", type=Path, help="where the draft goes; else to the screen")
    read.add_argument("--id", default="draft", help="how the schemes' names begin (draft)")
    read.add_argument("--json", action="store_true", help="the clauses as JSON instead of a draft")
    read.set_defaults(run=run_read)


def run_read(options: argparse.Namespace) -> int:
    """Print or write the draft, and tell what was understood; 1 if no clause was found.

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
    told = extract(read.document)
    if options.json:
        show_json(shown(read, told))
    else:
        draft = write_draft(read.document, told, prefix=options.id)
        if options.output is None:
            sys.stdout.write(draft)
        else:
            options.output.write_text(draft, encoding="utf-8")
    sys.stderr.write(summary(read, told) + "\n")
    return OK if told.clauses else NOTHING_FOUND


def shown(read: ReadDocument, told: Extraction) -> dict[str, Field]:
    """Everything found, as JSON has it."""
    document = read.document
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
                "fields": fields(document, one),
                "numbers": [
                    {"role": part.role.value, "start": part.start, "end": part.end,
                     "text": document.text[part.start : part.end]}
                    for part in one.parts
                    if part.quantity is not None
                ],
            }
            for one in told.clauses
        ],
        "unread": [
            {"start": one.start, "end": one.end, "why": one.why,
             "text": document.text[one.start : one.end]}
            for one in told.unread
        ],
    }  # fmt: skip


def summary(read: ReadDocument, told: Extraction) -> str:
    """How much was understood, and what the reader should know."""
    numbers = sum(one.why == "number" for one in told.unread)
    lines = [
        f"{read.document.name} ({read.format}): {len(told.clauses)} clauses; not understood: "
        f"{numbers} stretches with numbers, {len(told.unread) - numbers} of words",
        *(f"note: {note}" for note in read.notes),
    ]
    return "\n".join(lines)
