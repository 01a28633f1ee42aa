"""The expression language of GoRules' zen engine, standard and of a table's cells; exact, bounded.

``rand``, ``fuzzyMatch``, dates with methods (``d``) and "now" are refused: chance and clocks are
not the same twice.
"""

from haihe.decide.zen.evaluate import Evaluator
from haihe.decide.zen.functions import Unfit
from haihe.decide.zen.parse import parse, parse_test

__all__ = ["Evaluator", "Unfit", "parse", "parse_test"]
