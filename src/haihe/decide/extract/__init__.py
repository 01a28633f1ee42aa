"""Policy texts to typed clauses by a grammar: pure, offline, every number with its place.

``make_document`` folds a text; ``extract`` gives its clauses and what is not understood; ``fields``
a clause as plain names and numbers; ``write_draft`` the YAML of schemes. How: ``lexer`` cuts
quantities and known words (``lexicon``), ``uses`` tells awards from demands, ``sentences`` cuts
pieces by what speaks for each kind (``phrases``), and ``support``, ``demands`` and ``others`` read
the parts.
"""

from haihe.decide.extract.context import Unread
from haihe.decide.extract.document import Document, Place, make_document
from haihe.decide.extract.draft import write_draft
from haihe.decide.extract.extract import Extraction, extract
from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.rows import fields

__all__ = [
    "Clause",
    "Document",
    "Extraction",
    "Kind",
    "Op",
    "Part",
    "Place",
    "Role",
    "Unread",
    "extract",
    "fields",
    "make_document",
    "write_draft",
]
