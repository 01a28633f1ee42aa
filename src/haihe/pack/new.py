"""A pack of one's own, begun: a small project that installs, runs and passes its check."""

import re
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Final

from haihe import __version__
from haihe.errors import PackInvalid
from haihe.pack.load import GROUP

NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,29}")
RESERVED: Final = frozenset({"haihe", "watch"})  # Names of streams and rules of the house itself.
MODULE: Final = "haihe_pack_"
# Template to its place in the project; ``${module}`` is the pack's package.
PLACES: Final = MappingProxyType(
    {
        "pyproject.toml.in": "pyproject.toml",
        "README.md.in": "README.md",
        "pack.py.in": "src/${module}/__init__.py",
        "cases.yaml.in": "src/${module}/cases.yaml",
        "test_pack.py.in": "tests/test_pack.py",
    }
)


def new_pack(name: str, folder: Path) -> list[Path]:
    """Begin a pack in a folder of its own name; the files that were written, in order.

    name: lower case, digits and underscores, 2 to 30 characters, a letter first.
    folder: in which the project's folder is made; it is made too if it is missing.
    Raises PackInvalid if the name cannot be, is taken, or the folder is there already or cannot be
    written. Nothing is overwritten.
    """
    _check_name(name)
    words = {
        "name": name,
        "module": MODULE + name,
        "project": (MODULE + name).replace("_", "-"),
        "haihe": __version__,
    }
    texts = {
        Template(place).substitute(words): Template(_read(template)).substitute(words)
        for template, place in PLACES.items()
    }
    project = folder / name
    try:
        project.mkdir(parents=True)
        written = [_write(project / place, text) for place, text in texts.items()]
    except FileExistsError as error:
        raise PackInvalid(
            f"{error.filename} is there already; give another name, or another folder with --into."
        ) from error
    except OSError as error:
        raise PackInvalid(
            f"cannot write {error.filename} ({error.strerror}); give another folder with --into."
        ) from error
    return written


def _check_name(name: str) -> None:
    """Refuse a name that cannot be a pack's, or is one already."""
    if not NAME.fullmatch(name):
        raise PackInvalid(
            f"'{name}' cannot be a pack's name; use 2 to 30 lower-case letters, digits and "
            "underscores, a letter first, such as 'cold_store'."
        )
    if name in RESERVED:
        raise PackInvalid(f"'{name}' is a name of the house itself; choose another.")
    taken = {point.name for point in entry_points(group=GROUP)}
    if name in taken:
        shown = ", ".join(sorted(taken))
        raise PackInvalid(f"a pack '{name}' is installed already, of {shown}; choose another name.")


def _read(template: str) -> str:
    return (files("haihe.pack") / "template" / template).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
