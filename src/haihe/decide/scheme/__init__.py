"""Dated clauses of government schemes (政策), evaluated exactly, in three values, in bulk.

Read YAML with ``read_library`` and look it over with ``check_library``; compile a day with
``write_book``; ask ``match`` for all enterprises, ``answer`` and ``explain`` for one; keep results
current with ``begin`` and ``Present``; let awards meet in ``settle``.
"""

from haihe.decide.scheme.amounts import NO_AMOUNT, portions
from haihe.decide.scheme.book import Book, write_book
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.explain import Explanation, Told, Verdict, explain
from haihe.decide.scheme.facts import Fact, FactKind, Facts, FactSchema, gather
from haihe.decide.scheme.match import Hits, match
from haihe.decide.scheme.present import Answers, Present, answer, begin, encode_hits
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.reasons import Near, Reasons, each_reason, near_misses
from haihe.decide.scheme.spots import Problem
from haihe.decide.scheme.stacking import Awards, Cap, Group, Scope, Settled, Stacking, settle
from haihe.decide.scheme.words import Change, changes, say_benefit, say_need

__all__ = [
    "Answers",
    "Awards",
    "Book",
    "Cap",
    "Change",
    "Explanation",
    "Fact",
    "FactKind",
    "FactSchema",
    "Facts",
    "Group",
    "Hits",
    "Library",
    "NO_AMOUNT",
    "Near",
    "Present",
    "Problem",
    "Reasons",
    "Scope",
    "Settled",
    "Stacking",
    "Told",
    "Verdict",
    "answer",
    "begin",
    "changes",
    "check_library",
    "each_reason",
    "encode_hits",
    "explain",
    "gather",
    "match",
    "near_misses",
    "portions",
    "read_library",
    "say_benefit",
    "say_need",
    "settle",
    "write_book",
]
