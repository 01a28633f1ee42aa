"""Places of a YAML text: what stands there and on which line, so that messages help."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import yaml

from haihe.decide.scheme.clause import Span
from haihe.model.text import Text

TEXT_MAX: Final = 8_000_000  # Ours, characters: some thousand schemes; split beyond.
DEPTH_MAX: Final = 32  # Ours: brackets in brackets; nobody reads deeper.

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a scheme, and where.

    file: as it was named.
    line: from 1; 0 where no line is to blame.
    clause: scheme and condition, such as "rd-grant, condition revenue".
    words: what was found, and how to mend it.
    warning: True if it can be used all the same.
    """

    file: str
    line: int
    clause: str
    words: str
    warning: bool = False

    def __str__(self) -> str:
        """The problem in one line."""
        kind = "warning: " if self.warning else ""
        return f"{self.file}:{self.line}: {kind}{self.clause}: {self.words}"


class Wrong(ValueError):
    """Something at one line of a file that cannot be read."""

    def __init__(self, words: str, line: int) -> None:
        """Say what was found, how to mend it, and on which line it stands."""
        super().__init__(words)
        self.line = line


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """One node of the text.

    node: as the parser gives it.
    depth: brackets around it.
    """

    node: yaml.Node
    depth: int = 0

    @property
    def line(self) -> int:
        """Its first line, from 1."""
        return int(self.node.start_mark.line) + 1

    def wrong(self, words: str) -> Wrong:
        """An error at this place."""
        return Wrong(words, self.line)

    def inner(self, node: yaml.Node) -> "Spot":
        """A place within this one.

        Raises Wrong if it lies too deep.
        """
        if self.depth >= DEPTH_MAX:
            raise self.wrong(f"brackets lie {self.depth} deep; say it in {DEPTH_MAX} at most.")
        return Spot(node, self.depth + 1)

    def text(self) -> str:
        """A plain value, as it is written.

        Raises Wrong if it is none, or empty.
        """
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.wrong("here is no plain value; write one word, number or quoted text.")
        return str(self.node.value).strip()

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_plain(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self.node, yaml.ScalarNode)

    def items(self) -> tuple["Spot", ...]:
        """The members of a list.

        Raises Wrong if it is none.
        """
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("here belongs a list: '- ' before each member.")
        return tuple(self.inner(one) for one in self.node.value)

    def texts(self) -> tuple[str, ...]:
        """A list of plain values, or one as a list of itself.

        Raises Wrong if it is neither.
        """
        return (self.text(),) if self.is_plain else tuple(one.text() for one in self.items())

    def pairs(self) -> dict[str, "Spot"]:
        """The members of a mapping.

        Raises Wrong if it is none, or a key is there twice.
        """
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("here belong pairs: 'name: value'.")
        found: dict[str, Spot] = {}
        for key, value in self.node.value:
            name = self.inner(key).text()
            if name in found:
                raise self.inner(key).wrong(f"'{name}' is there twice; keep one.")
            found[name] = self.inner(value)
        return found

    def parts(self, must: str, may: str = "") -> dict[str, "Spot"]:
        """The members of a mapping with these keys.

        must, may: keys, separated by spaces.
        Raises Wrong if one is missing or strange.
        """
        found = self.pairs()
        needed, known = must.split(), must.split() + may.split()
        for name, spot in found.items():
            if name not in known:
                raise spot.wrong(f"'{name}' means nothing here; there are {', '.join(known)}.")
        lacking = [name for name in needed if name not in found]
        if lacking:
            raise self.wrong(f"'{lacking[0]}' is missing; add it.")
        return found

    def take(self, read: Callable[[str], T]) -> T:
        """A plain value as something else.

        Raises Wrong if it cannot be read so.
        """
        try:
            return read(self.text())
        except ValueError as error:
            raise error if isinstance(error, Wrong) else self.wrong(str(error)) from error

    def truth(self) -> bool:
        """Yes or no.

        Raises Wrong if it is neither.
        """
        told = self.text().lower()
        if told not in _TRUTHS:
            raise self.wrong(f"'{told}' is neither yes nor no.")
        return _TRUTHS[told]


_TRUTHS: Final = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}


def title_of(parts: dict[str, Spot], name: str) -> Text:
    """A title from ``zh`` and ``en`` of a mapping; what is not said is the other, or the name."""
    zh = parts["zh"].text() if "zh" in parts else ""
    en = parts["en"].text() if "en" in parts else ""
    return Text(zh=zh or en or name, en=en or zh or name)


def open_text(text: str) -> Spot | None:
    """The root of a YAML text; None if it is empty.

    Raises Wrong if it is no YAML, too long, or uses anchors.
    """
    if len(text) > TEXT_MAX:
        raise Wrong(f"the text has {len(text)} characters; split it at {TEXT_MAX}.", 1)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                line = 1 if mark is None else mark.line + 1
                raise Wrong(f"'*{event.anchor}' points elsewhere; write it out.", line)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        told = getattr(error, "problem", None) or str(error)
        raise Wrong(f"this is no YAML: {told}.", line) from error
    except RecursionError as error:
        raise Wrong(f"brackets lie too deep; {DEPTH_MAX} at most.", 1) from error
    return None if node is None else Spot(node)


def read_span(spot: Spot) -> Span:
    """A document and the characters of it, as ``{document: ..., span: [0, 120]}``.

    Raises Wrong if it is none, or the span is empty.
    """
    parts = spot.parts("document", "span")
    ends = [one.take(int) for one in parts["span"].items()] if "span" in parts else [0, 0]
    if len(ends) != 2 or ends[0] < 0 or ("span" in parts and ends[0] >= ends[1]):  # Start and end.
        raise parts["span"].wrong("a span is [first character, behind the last].")
    return Span(parts["document"].text(), ends[0], ends[1])
