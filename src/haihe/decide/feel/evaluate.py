"""What a FEEL expression comes to: null where it cannot be said, refused where it never ends."""

from collections.abc import Iterator as Each
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from haihe.decide.feel.answers import (
    TESTED,
    as_range,
    belongs,
    count_from,
    in_order,
    is_single,
    member_at,
    single,
    speaks_of,
)
from haihe.decide.feel.arithmetic import negated, operate
from haihe.decide.feel.builtins import BUILTINS
from haihe.decide.feel.builtins_lists import as_list
from haihe.decide.feel.kinds import Kinds, conforms, fitted
from haihe.decide.feel.nodes import (
    Among,
    Between,
    Binary,
    Call,
    Entries,
    Filter,
    Fitted,
    If,
    Instance,
    Iterator,
    Lambda,
    Listed,
    Literal,
    Loop,
    Name,
    Native,
    Negative,
    Node,
    Path,
    Scope,
    Test,
    Tests,
    TypeName,
)
from haihe.decide.feel.properties import property_of
from haihe.decide.feel.values import (
    LIST_MAX,
    Args,
    Builtin,
    Range,
    Refused,
    Value,
    below,
    both,
    compare,
    either,
)
from haihe.decide.feel.weights import Weights

STEPS_MAX: Final = 200_000  # Ours: nodes looked at for one decision; less than a second.
CALLS_MAX: Final = 140  # Ours: nodes within nodes; each takes some of Python's 1,000 frames.
NOTES_MAX: Final = 1_000  # Ours: nobody reads more reasons of one decision.


@dataclass(frozen=True, slots=True)
class Closure:
    """A function of an expression, with the scope it was written in.

    names, kinds: its parameters.
    body: an expression; None where ``model`` gives the value.
    """

    names: tuple[str, ...]
    kinds: tuple[TypeName | None, ...]
    body: Node
    scope: Scope


class Evaluator:
    """Evaluates within a limit of steps; the limit is of all its evaluations together."""

    def __init__(self, kinds: Kinds, *, today: Value = None, now: Value = None) -> None:
        """Know types by name, and what ``today`` and ``now`` are; None makes them null."""
        self.kinds = kinds
        self.clock = {"today": today, "now": now}
        self.steps = STEPS_MAX
        self.depth = 0
        self.notes: list[str] = []
        self.weights = Weights()

    def note(self, words: str) -> None:
        """Say what was decided, for the reason; what is too much is left out."""
        if len(self.notes) < NOTES_MAX:
            self.notes.append(words)

    def value(self, node: Node, scope: Scope) -> Value:
        """The value of an expression; None for null.

        Raises Refused if it takes too many steps or goes too deep.
        """
        self._spend(1)
        self.depth += 1
        if self.depth > CALLS_MAX:
            raise Refused(f"calls lie more than {CALLS_MAX} deep; end the recursion.")
        try:
            found = self._value(node, scope)
            self.weights.check(found)
            return found
        except RecursionError as error:
            raise Refused(
                f"calls lie too deep for this machine ({self.depth}); end them."
            ) from error
        finally:
            self.depth -= 1

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise Refused(f"it takes more than {STEPS_MAX} steps; bound its loops.")

    def _value(self, node: Node, scope: Scope) -> Value:
        match node:
            case Literal(value):
                return value
            case Name(name):
                return self._named(name, scope)
            case Binary():
                return self._binary(node, scope)
            case Path(source, name):
                return self._path(self.value(source, scope), name)
            case Call():
                return self._call(node, scope)
            case Among(operand, tests):
                return self.passes(self.value(operand, scope), tests, scope=scope)
            case If(condition, then, other):
                return self.value(then if self.value(condition, scope) is True else other, scope)
            case Filter():
                return self._filter(node, scope)
            case Loop():
                return self._loop(node, scope)
            case Listed(members):
                return tuple(self.value(one, scope) for one in members)
        return self._other(node, scope)

    def _other(self, node: Node, scope: Scope) -> Value:
        match node:
            case Entries(members):
                return self._entries(members, scope)
            case Between():
                return self._range(node, scope)
            case Lambda(names, body, kinds):
                return Closure(names, kinds, body, scope)
            case Negative(operand):
                return negated(self.value(operand, scope))
            case Instance(operand, kind):
                return self._instance(self.value(operand, scope), kind)
            case Fitted(operand, kind):
                return fitted(self.value(operand, scope), kind, kinds=self.kinds)
            case Native(work):
                return work(self, scope)
            case Test(sign, operand):
                return as_range(sign, self.value(operand, scope))
            case Tests(tests, turned):
                given = scope.get(TESTED)
                passed = True if not tests else self.passes(given, tests, scope=scope)
                return (None if passed is None else not passed) if turned else passed
        raise AssertionError(f"no value for {node}")

    def _named(self, name: str, scope: Scope) -> Value:
        if name in scope:
            return scope[name]
        if "." in name:  # A parameter may have a dot in its name; elsewhere it is a path.
            first, _, rest = name.partition(".")
            return self._path(self._named(first, scope), rest)
        return BUILTINS.get(name)

    def _binary(self, node: Binary, scope: Scope) -> Value:
        left = self.value(node.left, scope)
        if node.sign == "and" and left is False:
            return False
        if node.sign == "or" and left is True:
            return True
        right = self.value(node.right, scope)
        if node.sign in ("and", "or"):
            return (both if node.sign == "and" else either)(left, right)
        if node.sign in ("=", "!=", "<", "<=", ">", ">="):
            return compare(node.sign, (left, right))
        return operate(node.sign, left, other=right)

    def _path(self, source: Value, name: str) -> Value:
        if isinstance(source, dict):
            return source.get(name)
        if isinstance(source, tuple):
            return tuple(self._path(one, name) for one in source)
        return property_of(source, name)

    def _range(self, node: Between, scope: Scope) -> Value:
        low = None if node.low is None else self.value(node.low, scope)
        high = None if node.high is None else self.value(node.high, scope)
        if low is None and high is None:
            return None
        if low is not None and high is not None and compare("<=", (low, high)) is not True:
            return None
        return Range(low, high, node.low_included, node.high_included)

    def _entries(self, members: tuple[tuple[str, Node], ...], scope: Scope) -> Value:
        found: dict[str, Value] = {}
        inner = dict(scope)
        for name, node in members:
            if name in found:
                return None
            found[name] = inner[name] = self.value(node, inner)
        return found

    def passes(self, given: Value, tests: tuple[Node, ...], *, scope: Scope) -> bool | None:
        """Whether a value passes one of the tests; None if none is passed and one is open."""
        passed: bool | None = False
        inner = {**scope, TESTED: given}
        for test in tests:
            passed = either(passed, self._passed(given, test, scope=inner))
            if passed:
                return True
        return passed

    def _passed(self, given: Value, test: Node, *, scope: Scope) -> bool | None:
        if isinstance(test, Test):
            return compare(test.sign, (given, self.value(test.operand, scope)))
        told = self.value(test, scope)
        if speaks_of(test, TESTED):
            return told if isinstance(told, bool) else None
        return belongs(given, told)

    def _filter(self, node: Filter, scope: Scope) -> Value:
        source = self.value(node.source, scope)
        listed = source if isinstance(source, tuple) else () if source is None else (source,)
        if isinstance(node.condition, Literal | Negative):
            return member_at(listed, self.value(node.condition, scope))
        kept = []
        for one in listed:
            inner = {**scope, **one} if isinstance(one, dict) else dict(scope)
            if not (isinstance(one, dict) and "item" in one):
                inner["item"] = one
            told = self.value(node.condition, inner)
            if isinstance(told, Decimal):
                return member_at(listed, self.value(node.condition, scope))
            if told is True:
                kept.append(one)
        return tuple(kept)

    def _loop(self, node: Loop, scope: Scope) -> Value:
        if node.kind == "for":
            results: list[Value] = []
            looks_back = speaks_of(node.body, "partial")
            for inner in self._rounds(node.iterators, scope):
                if inner is None:
                    return None
                seen = inner
                if looks_back:
                    self._spend(len(results) // 16)  # What copying the list costs beside a step.
                    seen = {**inner, "partial": tuple(results)}
                results.append(self.value(node.body, seen))
                if len(results) > LIST_MAX:
                    raise Refused(f"a loop gives more than {LIST_MAX} members; bound it.")
            return tuple(results)
        join, told = (either, False) if node.kind == "some" else (both, True)
        for inner in self._rounds(node.iterators, scope):
            if inner is None:
                return None
            told = join(told, self.value(node.body, inner))  # type: ignore[assignment]  # Kleene.
        return told

    def _rounds(self, iterators: tuple[Iterator, ...], scope: Scope) -> Each[Scope | None]:
        """A scope for every round; None if there is nothing to go through."""
        if not iterators:
            yield scope
            return
        first, rest = iterators[0], iterators[1:]
        members = self._members(first, scope)
        if members is None:
            yield None
            return
        for one in members:
            yield from self._rounds(rest, {**scope, first.name: one})

    def _members(self, iterator: Iterator, scope: Scope) -> Each[Value] | None:
        source = self.value(iterator.source, scope)
        if iterator.until is not None:
            return count_from(source, self.value(iterator.until, scope))
        if isinstance(source, Range):
            return count_from(
                source.low, source.high, included=(source.low_included, source.high_included)
            )
        if source is None:
            return None
        return iter(source if isinstance(source, tuple) else (source,))

    def _instance(self, given: Value, kind: TypeName) -> Value:
        return None if not self.kinds.known(kind) else conforms(given, kind, kinds=self.kinds)

    def _call(self, node: Call, scope: Scope) -> Value:
        function = self.value(node.function, scope)
        given = tuple(self.value(one, scope) for one in node.given)
        return self.invoke(function, given, names=node.names)

    def invoke(self, function: Value, given: Args, *, names: tuple[str, ...] = ()) -> Value:
        """What a function gives for some arguments; null if they do not fit.

        Raises Refused as ``value``.
        """
        if isinstance(function, Builtin):
            return self._built_in(function, given, names=names)
        if isinstance(function, Closure):
            ordered = in_order(function.names, given, names=names)
            if ordered is None:
                return None
            fits = [
                fitted(one, kind, kinds=self.kinds)
                for one, kind in zip(ordered, function.kinds, strict=True)
            ]
            if any(
                one is None and told is not None for one, told in zip(fits, ordered, strict=True)
            ):
                return None
            return self.value(
                function.body, {**function.scope, **dict(zip(function.names, fits, strict=True))}
            )
        return None

    def _built_in(self, function: Builtin, given: Args, *, names: tuple[str, ...]) -> Value:
        if function.name in self.clock:
            return None if given else self.clock[function.name]
        for signature in function.signatures:
            ordered = in_order(signature, given, names=names)
            if ordered is not None:
                if function.name in ("sort", "list replace"):
                    return self._with_function(function, ordered)
                size = sum(len(one) for one in ordered if isinstance(one, tuple | str))
                self._spend(size // 16)
                if function.name in ("distinct values", "union"):
                    self._spend(size * size // 100)  # Each is compared with each.
                told = function.work(ordered)
                if told is None and any(is_single(one) for one in ordered):
                    return function.work(tuple(single(one) for one in ordered))
                return told
        return None

    def _with_function(self, function: Builtin, given: Args) -> Value:
        listed, chosen = as_list(given[0]), given[1] if len(given) > 1 else None
        if not isinstance(listed, tuple):
            return None
        if function.name == "sort":
            return self._sorted(listed, chosen)
        if not isinstance(chosen, Closure):
            return function.work(given)
        told = [self.invoke(chosen, (one, given[2])) for one in listed]
        if len(chosen.names) != 2 or not all(isinstance(one, bool) for one in told):
            return None
        return tuple(given[2] if yes else one for one, yes in zip(listed, told, strict=True))

    def _sorted(self, listed: Args, precedes: Value) -> Value:
        """Merge sort, stable."""
        if len(listed) <= 1:
            return listed
        middle = len(listed) // 2
        left = self._sorted(listed[:middle], precedes)
        right = self._sorted(listed[middle:], precedes)
        if not isinstance(left, tuple) or not isinstance(right, tuple):
            return None
        merged: list[Value] = []
        at = 0
        for one in right:
            while at < len(left):
                first = (
                    below(one, left[at])
                    if precedes is None
                    else self.invoke(precedes, (one, left[at]))
                )
                if not isinstance(first, bool):
                    return None
                if first:
                    break
                merged.append(left[at])
                at += 1
            merged.append(one)
        return (*merged, *left[at:])
