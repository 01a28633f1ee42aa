"""FEEL, the expression language of DMN 1.x: exact decimals, three values, bounded, without a clock.

``parse`` and ``parse_tests`` read text; ``Evaluator`` gives values. Functions in Java and models in
PMML are null; named time zones are kept but have no offset.
"""

from haihe.decide.feel.evaluate import Closure, Evaluator
from haihe.decide.feel.parse import parse, parse_tests, parse_type
from haihe.decide.feel.values import Refused, Value, show

__all__ = ["Closure", "Evaluator", "Refused", "Value", "parse", "parse_tests", "parse_type", "show"]
