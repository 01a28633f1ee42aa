"""The rules of the house style, each a function from one source to what it finds there.

``test_tidy.py`` holds the code to them. A rule that is in the way is changed here and in
CONVENTIONS.md, never worked around.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from tests.trees import FUNCTIONS, Function, find, functions, walked


def words(text: str) -> frozenset[str]:
    """The words of a list that is easier to read as a line."""
    return frozenset(text.split())


ROOT: Final = Path(__file__).resolve().parents[1]
FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
PARAMETERS_MAX: Final = 5
POSITIONAL_MAX: Final = 2

PURE: Final = ("haihe.model", "haihe.detect", "haihe.decide", "haihe.twin", "haihe.packs")
IMPURE_MODULES: Final = words(
    "asyncio concurrent ctypes glob http io locale logging mmap multiprocessing os pathlib platform"
    " queue random sched secrets select shutil signal socket sqlite3 ssl subprocess tempfile"
    " threading time urllib urllib3 uuid"
)
IMPURE_CALLS: Final = frozenset({"breakpoint", "eval", "exec", "input", "open", "print"})
CLOCK_CALLS: Final = frozenset({"now", "today", "utcnow"})
SEEDED: Final = frozenset({"Generator", "PCG64", "Philox", "SeedSequence", "default_rng"})
CALENDAR: Final = "haihe.model.time"  # The one place that uses datetime, and defines durations.
# Module to the reason why it may catch everything.
MAY_CATCH_ALL: Final = {
    "haihe.run.guard": "A pack is another's code: whatever it raises, the others run on.",
}
DURATIONS: Final = words("NANOSECOND MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY")
# Signatures that others call by position, and whose they are.
FOREIGN_SIGNATURES: Final = {("scope", "receive", "send"): "ASGI"}
VAGUE_NAMES: Final = words(
    "arr cfg ctx df dct fn flag foo func helper info lst mgr obj res ret stuff thing tmp util val"
    " var"
)
# 词汇: a word that would be a second name for one of ours, and ours.
WRONG_WORDS: Final = {
    "incident": "case",
    "plugin": "pack",
    "policy": "scheme",
    "simulator": "twin",
    "ticket": "case or order",
}
HOLLOW_WORDS: Final = words(
    "a an and the this that its it of for to is are get gets return returns function method class"
    " module init initialize initialise constructor"
)
MUTABLE_MAKERS: Final = words(
    "bytearray defaultdict deque dict list set array zeros ones empty full"
)
UNFINISHED: Final = re.compile("|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"))))
SKIPPED_FOLDERS: Final = words(
    ".git .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .haihe"
    " __pycache__ build dist node_modules"
)
VARYING: Final = (ast.FormattedValue, ast.Name, ast.Attribute, ast.Call)
INSTANT: Final = re.compile(r"(Final|.*\b(int|IntArray|int64)\b.*)")
DOCUMENTED: Final = (*FUNCTIONS, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Source:
    """One module, read and parsed."""

    path: str
    module: str
    text: str
    tree: ast.Module

    def is_in(self, *packages: str) -> bool:
        return any(self.module == name or self.module.startswith(name + ".") for name in packages)


Finding: TypeAlias = tuple[ast.AST | int, str]
Rule: TypeAlias = Callable[[Source], Iterator[Finding]]


@cache
def read_sources(folder: str) -> tuple[Source, ...]:
    base = ROOT / folder
    sources = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        if SKIPPED_FOLDERS.isdisjoint(path.relative_to(ROOT).parts):
            dotted = ".".join(path.relative_to(base).with_suffix("").parts)
            sources.append(make_source(path.read_text(encoding="utf-8"), module=dotted, path=path))
    return tuple(sources)


def make_source(text: str, *, module: str, path: Path) -> Source:
    shown = path.relative_to(ROOT).as_posix() if path.is_absolute() else path.as_posix()
    return Source(shown, module.removesuffix(".__init__"), text, ast.parse(text))


def named(node: ast.AST) -> str:
    """The last part of a dotted name, of a call or of a subscript; "" for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return named(inner)
        case _:
            return ""


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def parameters(function: Function) -> list[ast.arg]:
    """All parameters, without ``self`` and ``cls``."""
    of = function.args
    return [p for p in (*of.posonlyargs, *of.args, *of.kwonlyargs) if p.arg not in ("self", "cls")]


def long_files(source: Source) -> Iterator[Finding]:
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield lines, f"{lines} lines"


def long_functions(source: Source) -> Iterator[Finding]:
    for function in functions(source.tree):
        lines = (function.end_lineno or 0) - function.lineno + 1
        if ast.get_docstring(function) is not None:
            lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield function, f"{function.name} has {lines} lines without its docstring"


def wide_functions(source: Source) -> Iterator[Finding]:
    for function in functions(source.tree):
        free = parameters(function)
        if is_dunder(function.name) and function.name not in ("__init__", "__new__"):
            continue
        if tuple(p.arg for p in free[:3]) in FOREIGN_SIGNATURES:
            continue
        by_place = [p.arg for p in free if p not in function.args.kwonlyargs]
        if len(free) > PARAMETERS_MAX:
            yield function, f"{function.name} has {len(free)} parameters"
        if len(by_place) > POSITIONAL_MAX:
            late = ", ".join(by_place[POSITIONAL_MAX:])
            yield function, f"{function.name} takes {late} by position; put `*` before it"


def late_imports(source: Source) -> Iterator[Finding]:
    for function in functions(source.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node, f"import inside {function.name}"


def typing_only_blocks(source: Source) -> Iterator[Finding]:
    for node in walked(source.tree):
        if "TYPE_CHECKING" in (getattr(node, "name", ""), named(node)):
            yield node, "TYPE_CHECKING"


def broad_catches(source: Source) -> Iterator[Finding]:
    if source.module in MAY_CATCH_ALL:
        return
    broad = {"", "Exception", "BaseException"}
    for node in find(source.tree, ast.ExceptHandler):
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type or node]
        last = node.body[-1]
        passed_on = isinstance(last, ast.Raise) and last.exc is None
        if not passed_on and any(named(one) in broad for one in caught):
            yield node, "an except clause that catches everything"
    for call in find(source.tree, ast.Call):
        if named(call) == "suppress" and any(named(one) in broad for one in call.args):
            yield call, "suppress() of everything"


def comments(source: Source) -> Iterator[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return (token for token in tokens if token.type == tokenize.COMMENT)


def unfinished_work(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if UNFINISHED.search(line):
            yield number, line.strip()


def silenced_checks(source: Source) -> Iterator[Finding]:
    for token in comments(source):
        words = token.string
        if re.search(r"type:\s*ignore", words) and not re.search(r"ignore\[[\w, -]+\]\W+\w", words):
            yield token.start[0], words
        if re.search(r"noqa(?!:\s*[A-Z]+\d+)", words):
            yield token.start[0], words


def prints(source: Source) -> Iterator[Finding]:
    if not source.is_in("haihe.cli"):
        for call in find(source.tree, ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "print":
                yield call, "print()"


def impurities(source: Source) -> Iterator[Finding]:
    if not source.is_in(*PURE):
        return
    for node in walked(source.tree):
        match node:
            case ast.Import(names=names):
                yield from impure_imports(source, node, {alias.name for alias in names})
            case ast.ImportFrom(module=str(name), names=names, level=0):
                yield from impure_imports(
                    source, node, {name} | {f"{name}.{a.name}" for a in names}
                )
            case ast.Global():
                yield node, f"global {', '.join(node.names)}"
            case ast.Call():
                yield from impure_calls(node)


def impure_imports(source: Source, node: ast.AST, modules: set[str]) -> Iterator[Finding]:
    tops = {module.partition(".")[0] for module in modules}
    for module in sorted(tops & IMPURE_MODULES):
        yield node, f"import of {module}"
    if "datetime" in tops and source.module != CALENDAR:
        yield node, "import of datetime; instants are int ns, see haihe.model.time"
    for module in sorted(modules):
        if module.startswith("numpy.random.") and module.rpartition(".")[2] not in SEEDED:
            yield node, f"import of {module}, which has no seed"


def impure_calls(call: ast.Call) -> Iterator[Finding]:
    name = named(call.func)
    told = f"{ast.unparse(call.func)}()"
    if isinstance(call.func, ast.Name) and name in IMPURE_CALLS:
        yield call, told
    if isinstance(call.func, ast.Attribute):
        if name in CLOCK_CALLS:
            yield call, f"{told} reads a clock"
        of_numpy = ast.unparse(call.func.value) in ("np.random", "numpy.random")
        if of_numpy and name not in SEEDED:
            yield call, f"{told} has no seed"
    if name in SEEDED and not call.args and not call.keywords:
        yield call, f"{told} without a seed"


def mutable_defaults(source: Source) -> Iterator[Finding]:
    for function in functions(source.tree):
        for value in (*function.args.defaults, *function.args.kw_defaults):
            made = isinstance(value, ast.Call) and named(value) in MUTABLE_MAKERS
            if value and (made or isinstance(value, ast.List | ast.Dict | ast.Set)):
                yield function, f"{function.name} has the default {ast.unparse(value)}"


def interface_types(tree: ast.AST) -> Iterator[ast.expr]:
    """Annotations that others meet: of parameters, results and fields, not of locals."""
    for node in walked(tree):
        if isinstance(node, FUNCTIONS):
            given = [
                p.annotation for p in (*parameters(node), node.args.vararg, node.args.kwarg) if p
            ]
            yield from (one for one in (*given, node.returns) if one is not None)
        elif isinstance(node, ast.Module | ast.ClassDef):
            yield from (one.annotation for one in node.body if isinstance(one, ast.AnnAssign))


def loose_mappings(source: Source) -> Iterator[Finding]:
    for annotation in interface_types(source.tree):
        for node in find(annotation, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
            is_mapping = named(node).lower().endswith(("dict", "mapping"))
            if is_mapping and parts and named(parts[-1]) == "Any":
                yield node, ast.unparse(node)


def thawed_values(source: Source) -> Iterator[Finding]:
    if not source.is_in(*PURE, "haihe.pack"):
        return
    for node in find(source.tree, ast.ClassDef):
        for maker in (*node.decorator_list, node):
            is_value = named(maker) == "dataclass" or (
                maker is node and any(named(base) == "Struct" for base in node.bases)
            )
            keywords = maker.keywords if isinstance(maker, ast.Call | ast.ClassDef) else []
            frozen = any(k.arg == "frozen" and ast.unparse(k.value) == "True" for k in keywords)
            if is_value and not frozen:
                yield node, f"{node.name} can be changed after it is made"


def public_parts(source: Source) -> Iterator[tuple[ast.AST, str, str | None]]:
    """Every public module, class, function and method: the node, its name, its docstring."""
    yield source.tree, source.module.rpartition(".")[2], ast.get_docstring(source.tree)
    waiting: list[ast.AST] = [source.tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, DOCUMENTED) and (is_dunder(node.name) or node.name[0] != "_"):
                marks = {named(mark) for mark in node.decorator_list}
                if marks.isdisjoint({"overload", "override", "setter"}):
                    yield node, node.name, ast.get_docstring(node)
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def poor_docstrings(source: Source) -> Iterator[Finding]:
    for node, name, docstring in public_parts(source):
        first = (docstring or "").partition("\n")[0].rstrip()
        told = {word.rstrip("s") for word in re.findall(r"\w+", first.lower())}
        own = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower().replace("_", " ").split()
        if not first:
            yield node, f"{name} has no docstring"
        elif first[-1] not in ".!?:。！？：":
            yield node, f"{name}: the first line ends without punctuation: {first}"
        elif told <= {word.rstrip("s") for word in (*own, *HOLLOW_WORDS)}:
            yield node, f"{name}: the docstring only repeats the name: {first}"


def error_names() -> frozenset[str]:
    tree = next(s.tree for s in read_sources("src") if s.module == "haihe.errors")
    return frozenset(n.name for n in tree.body if isinstance(n, ast.ClassDef)) | {"ValueError"}


def raises(source: Source) -> Iterator[tuple[ast.Raise, bool]]:
    """Every raise of an error of ours, and whether its message carries a value."""
    for node in find(source.tree, ast.Raise):
        if node.exc is not None and named(node.exc) in error_names():
            call = node.exc if isinstance(node.exc, ast.Call) else ast.Call(node.exc, [], [])
            given = (*call.args, *(k.value for k in call.keywords))
            yield node, any(isinstance(p, VARYING) for a in given for p in ast.walk(a))


def mute_raises(source: Source) -> Iterator[Finding]:
    return ((node, ast.unparse(node)) for node, carries in raises(source) if not carries)


def odd_instants(source: Source) -> Iterator[Finding]:
    for node in walked(source.tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else named(node.target)
            told = ast.unparse(node.annotation)
            if name.lower().endswith("_at") and not INSTANT.fullmatch(told):
                yield node, f"{name}: {told}"


def vague_names(source: Source) -> Iterator[Finding]:
    for node in walked(source.tree):
        if isinstance(node, ast.arg | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.arg if isinstance(node, ast.arg) else node.name
            words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_")
            if name.lower() in VAGUE_NAMES:
                yield node, f"{name} says nothing; use a whole word that does"
            for word in WRONG_WORDS.keys() & {word.removesuffix("s") for word in words}:
                yield node, f"{name}: our word is {WRONG_WORDS[word]}"


def dull_test_names(source: Source) -> Iterator[Finding]:
    for function in functions(source.tree):
        head, *told = function.name.split("_")
        if head == "test" and (len(told) < 3 or told[-1].isdecimal()):
            yield function, function.name


def bare_numbers(source: Source) -> Iterator[Finding]:
    if source.module == CALENDAR:
        return
    lines = source.text.splitlines()
    kinds = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Name, ast.Load)
    for node in source.tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        name = named(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        parts = list(ast.walk(node.value))
        numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
        derived = {part.id for part in parts if isinstance(part, ast.Name)} - DURATIONS
        is_number = all(isinstance(part, kinds) for part in parts) and numbers and not derived
        if name.isupper() and is_number and all(type(n) in (int, float) for n in numbers):
            near = lines[max(0, node.lineno - 2) : node.end_lineno or node.lineno]
            if not near[0].lstrip().startswith("#") and not any("#" in line for line in near[1:]):
                yield node, f"{name} = {ast.unparse(node.value)}"
