"""What can be said of a pack's modules without running them, and by importing them alone."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LOAD_LIMIT_S: Final = 60.0  # Ours: a slow disk and a cold cache stay far below.
ALLOWED: Final = (
    "haihe.pack", "haihe.model", "haihe.detect", "haihe.decide", "haihe.twin", "haihe.errors",
)  # fmt: skip
WHOLES: Final = ("haihe", "haihe.packs", "numpy", "numpy.random")  # Told apart by what is taken.
LAYERS: Final = ("cli", "commands", "serve", "run", "state", "feed", "log")
# Engines behind the log, the feeds and the server: minutes of a pack author's life, by the second.
ENGINES: Final = frozenset(
    [
        "aiomqtt",
        "amqtt",
        "cryptography",
        "duckdb",
        "httpx",
        "pandas",
        "pyarrow",
        "rich",
        "starlette",
        "uvicorn",
    ]
)
IMPURE_MODULES: Final = frozenset(
    [
        "asyncio",
        "concurrent",
        "ctypes",
        "datetime",
        "glob",
        "http",
        "importlib",
        "io",
        "locale",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "queue",
        "random",
        "requests",
        "sched",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "urllib3",
        "uuid",
    ]
)
IMPURE_CALLS: Final = frozenset(
    ["breakpoint", "eval", "exec", "input", "open", "print", "__import__"]
)
CLOCK_CALLS: Final = frozenset({"now", "today", "utcnow"})
SEEDED: Final = frozenset({"Generator", "PCG64", "Philox", "SeedSequence", "default_rng"})
CHANGES: Final = frozenset(
    [
        "add",
        "append",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "setdefault",
        "update",
    ]
)


def loaded_alone(module: str, folder: Path | None) -> str:
    """What is wrong when a fresh interpreter imports the module and nothing else; "" if nothing.

    folder: where the module lies if it is not installed.
    """
    path = f"sys.path.insert(0, {str(folder)!r}); " if folder is not None else ""
    code = f"import importlib, sys; {path}importlib.import_module({module!r}); print(*sys.modules)"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],  # Not what happens to lie in the working folder.
            capture_output=True,
            text=True,
            timeout=LOAD_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"importing {module} did not end within {LOAD_LIMIT_S:g} s"
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no words"]
        return f"importing {module} alone fails: {last[0]}"
    loaded = done.stdout.split()
    engines = sorted({name.partition(".")[0] for name in loaded} & ENGINES)
    above = sorted(name for name in loaded if name.split(".")[:2] in [["haihe", a] for a in LAYERS])
    others = sorted({_pack_of(name) for name in loaded} - {"", _pack_of(module)})
    parts = [*engines, *above[:3], *others]
    return f"importing {module} also loads {', '.join(parts)}" if parts else ""


def _pack_of(module: str) -> str:
    """Which of the packs that come with Haihe a module belongs to; "" for none."""
    parts = module.split(".")
    return ".".join(parts[:3]) if parts[:2] == ["haihe", "packs"] and len(parts) > 2 else ""


def impurities(path: Path, *, package: str) -> list[str]:
    """What a module of a pack may not do, each as ``file:line what``.

    package: the pack's own package; it may import itself.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        found += [(getattr(node, "lineno", 1), what) for what in _impure(node, package)]
    found += _kept_outside(tree)
    return [f"{path.name}:{line} {what}" for line, what in sorted(found)]


def _impure(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from _imports([alias.name for alias in names], package)
        case ast.ImportFrom(module=str(name), names=names, level=0):
            parts = [f"{name}.{alias.name}" for alias in names]
            yield from _imports(parts if name in WHOLES else [name], package)
        case ast.Global():
            yield f"global {', '.join(node.names)}"
        case ast.Call(func=func):
            yield from _calls(node, ast.unparse(func))


def _imports(modules: list[str], package: str) -> Iterator[str]:
    for module in modules:
        top = module.partition(".")[0]
        if top in IMPURE_MODULES or top in ENGINES:
            yield f"imports {module}"
        elif module.startswith("numpy.random") and module.rpartition(".")[2] not in SEEDED:
            yield f"imports {module}, which has no seed"
        elif top == "haihe" and not _is_in(module, (*ALLOWED, package)):
            yield f"imports {module}, which is above the pack contract"


def _is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in packages)


def _calls(call: ast.Call, told: str) -> Iterator[str]:
    head, _, name = told.rpartition(".")
    if not head and name in IMPURE_CALLS:
        yield f"calls {name}()"
    if head and name in CLOCK_CALLS:
        yield f"calls {told}(), which reads a clock"
    if head in ("np.random", "numpy.random") and name not in SEEDED:
        yield f"calls {told}(), which has no seed"
    if name in SEEDED and not call.args and not call.keywords:
        yield f"calls {told}() without a seed"


def _kept_outside(tree: ast.Module) -> list[tuple[int, str]]:
    """Changes, inside functions, of what stands outside them: memory that no log holds."""
    own = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found: list[tuple[int, str]] = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found += _changed(function, own - _local_names(function))
    return sorted(set(found))


def _local_names(function: ast.AST) -> set[str]:
    nodes = list(ast.walk(function))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in nodes if isinstance(n, ast.arg)}


def _changed(function: ast.AST, outside: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                changed = name
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                changed = name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if (
                attr in CHANGES
            ):
                changed = name
            case _:
                continue
        if changed in outside:
            yield node.lineno, f"changes {changed}, which stands outside the function"
