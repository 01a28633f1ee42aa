"""YAML read node by node, so that every complaint can name its file, line and case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import yaml

from haihe.errors import PackInvalid

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a file we are, and how its nodes are read.

    file: what errors call the file.
    case: the case's name; "" outside of one.
    """

    file: str
    case: str = ""

    def wrong(self, node: yaml.Node, message: str) -> PackInvalid:
        """An error that names file, line and case, to be raised."""
        case = f" case '{self.case}':" if self.case else ""
        return PackInvalid(f"{self.file}:{line_of(node)}:{case} {message}")

    def mapping(self, node: yaml.Node, known: frozenset[str] | None = None) -> dict[str, yaml.Node]:
        """The parts of a mapping by name, in order.

        known: the names that may stand there; None if any may.
        Raises PackInvalid if it is no mapping, or a name is not known or said twice.
        """
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"a mapping was expected here, not a {_kind(node)}.")
        parts: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = self.text(key_node)
            if known is not None and key not in known:
                shown = ", ".join(sorted(known))
                raise self.wrong(key_node, f"'{key}' is not known here; known are {shown}.")
            if key in parts:
                raise self.wrong(key_node, f"'{key}' is said twice.")
            parts[key] = value_node
        return parts

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """The items of a list.

        Raises PackInvalid if it is none.
        """
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, f"a list was expected here, not a {_kind(node)}.")
        return list(node.value)

    def text(self, node: yaml.Node) -> str:
        """A single value as it was written; numbers are read by whoever wants one.

        Raises PackInvalid if it is not single.
        """
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, f"a single value was expected here, not a {_kind(node)}.")
        return str(node.value).strip()

    def parsed(self, node: yaml.Node, parse: Callable[[str], Value]) -> Value:
        """A single value as ``parse`` reads it.

        Raises PackInvalid with the words of the ValueError that ``parse`` raises.
        """
        try:
            return parse(self.text(node))
        except ValueError as error:
            raise self.wrong(node, str(error)) from error


def line_of(node: yaml.Node) -> int:
    """The line of the file on which a node begins; 1 or more."""
    return int(node.start_mark.line) + 1


def _kind(node: yaml.Node) -> str:
    return type(node).__name__.removesuffix("Node").lower()
