"""What an enterprise's file looks like."""

import msgspec

from haihe.model.text import Text


class FactShown(msgspec.Struct, frozen=True):
    """One fact as one source told it.

    words: it with its unit. counts: whether it is the one that is used. problem: why it cannot
        be; "" if it can.
    """

    fact: str
    title: Text
    given: str
    words: Text
    source: str
    source_title: Text
    as_of: str
    told_at: int
    document: str
    counts: bool
    problem: str


class FileShown(msgspec.Struct, frozen=True):
    """An enterprise's file.

    day, facts_day: as in ``SchemesShown``.
    conflicts: facts of which sources tell different things. missing: facts that schemes in force
        ask and nobody has told. problems: what could not be used, the newest last.
    """

    code: str
    day: str
    facts_day: str
    title: Text
    facts: tuple[FactShown, ...]
    conflicts: tuple[str, ...]
    missing: tuple[str, ...]
    consents: dict[str, bool]
    documents: dict[str, str]
    problems: tuple[str, ...]
