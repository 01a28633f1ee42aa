"""Where a pack is: an installed one by its name, or one in the folder of its project."""

import importlib
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from haihe.errors import PackInvalid
from haihe.pack.cases import PackCase, load_cases
from haihe.pack.contract import Pack
from haihe.pack.load import GROUP, load_packs

CASES: Final = "cases.yaml"
PROJECT: Final = "pyproject.toml"
FILES_MAX: Final = 1_000  # Ours: more modules than any pack has; beyond it the folder is wrong.


@dataclass(frozen=True, slots=True)
class PackSource:
    """A pack, its examples and its modules.

    pack: the value.
    cases: from every ``*cases.yaml`` beside its module; none if there is no such file.
    module: what its entry point names, such as "haihe.packs.gallery".
    files: its own modules.
    folder: what must be on the path to import it; None if it is installed.
    """

    pack: Pack
    cases: tuple[PackCase, ...]
    module: str
    files: tuple[Path, ...]
    folder: Path | None = None


def find_pack(named: str) -> PackSource:
    """An installed pack of that name, else the pack whose project lies in that folder.

    Raises PackInvalid if there is neither, or the pack or its cases cannot be read.
    """
    point = next(iter(entry_points(group=GROUP, name=named)), None)
    if point is not None:
        return _installed(point)
    folder = Path(named)
    if (folder / PROJECT).is_file():
        return _in_folder(folder.resolve())
    known = ", ".join(sorted(point.name for point in entry_points(group=GROUP))) or "none"
    raise PackInvalid(
        f"'{named}' is neither an installed pack ({known}) nor a folder with a {PROJECT}. "
        "Install the project with 'pip install -e FOLDER', or give its folder."
    )


def _installed(point: EntryPoint) -> PackSource:
    loaded = load_packs(only=(point.name,))
    if point.name in loaded.failed:
        raise PackInvalid(loaded.failed[point.name])
    return _source(loaded.packs[0], sys.modules[point.module], folder=None)


def _in_folder(project: Path) -> PackSource:
    """The pack that a project's entry point leads to."""
    point = _point_of(project / PROJECT)
    folder = next((one for one in (project / "src", project) if _holds(one, point.module)), None)
    if folder is None:
        raise PackInvalid(f"{project} holds no module '{point.module}', nor does its src folder.")
    with _importable(folder):
        try:
            module = importlib.import_module(point.module)
        except (ImportError, AttributeError, SyntaxError, ValueError, TypeError) as error:
            raise PackInvalid(f"pack '{point.name}' cannot be loaded: {error}.") from error
    pack = getattr(module, point.attr, None)
    if not isinstance(pack, Pack):
        raise PackInvalid(f"{point.value} is a {type(pack).__name__}, not a Pack.")
    if pack.name != point.name:
        raise PackInvalid(f"entry point '{point.name}' leads to pack '{pack.name}'; name it so.")
    return _source(pack, module, folder=folder)


def _point_of(path: Path) -> EntryPoint:
    """The one entry point for packs that a project declares."""
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
        points = project["project"]["entry-points"][GROUP]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise PackInvalid(
            f"{path} names no pack ({error}); it needs "
            f'[project.entry-points."{GROUP}"] with NAME = "MODULE:pack".'
        ) from error
    if len(points) != 1:
        raise PackInvalid(f"{path} names {len(points)} packs; check them one by one, installed.")
    ((name, value),) = points.items()
    return EntryPoint(name, value, GROUP)


def _holds(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of a folder be imported for a while."""
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _source(pack: Pack, module: ModuleType, *, folder: Path | None) -> PackSource:
    assert module.__file__ is not None  # It was imported from a file.
    home = Path(module.__file__)
    if folder is not None and not home.is_relative_to(folder):
        raise PackInvalid(f"module '{module.__name__}' was imported from {home}, not {folder}.")
    is_package = home.name == "__init__.py"
    files = tuple(sorted(home.parent.rglob("*.py"))) if is_package else (home,)
    if len(files) > FILES_MAX:
        raise PackInvalid(f"{home.parent} holds {len(files)} modules; at most {FILES_MAX}.")
    paths = sorted(home.parent.glob(f"*{CASES}"))
    cases = tuple(case for path in paths for case in load_cases(path, pack))
    return PackSource(pack, cases, module.__name__, files, folder)
