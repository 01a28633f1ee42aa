"""XML as plain elements with their lines; entities, bombs and depth are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from haihe.decide.feel.values import Refused

FILE_MAX: Final = 16_000_000  # Ours, bytes; the largest model of the compatibility kit has 0.3 M.
NESTED_MAX: Final = 100  # Ours: elements within elements.


@dataclass(frozen=True, slots=True)
class Element:
    """One element.

    name: without its namespace.
    space: its namespace.
    attributes: by name without namespace.
    text: between its tags, outside its children.
    children: in the order of the file.
    line: where it begins, from 1.
    """

    name: str
    space: str
    attributes: dict[str, str]
    text: str
    children: tuple["Element", ...]
    line: int

    def all(self, name: str) -> Iterator["Element"]:
        """Its children of a name."""
        return (one for one in self.children if one.name == name)

    def first(self, *names: str) -> "Element | None":
        """Its first child of one of some names; None if there is none."""
        return next((one for one in self.children if one.name in names), None)

    def told(self, name: str) -> str:
        """The text of its first child of a name, without blanks around it; "" if none."""
        found = self.first(name)
        return "" if found is None else found.text.strip()


class _Builder:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.open: list[tuple[str, dict[str, str], list[str], list[Element], int]] = []
        self.root: Element | None = None
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, name: str, *_: object) -> None:
        raise Refused(f"line {self.parser.CurrentLineNumber}: it declares a document type '{name}' "
                      "with entities of its own; delete <!DOCTYPE ...>.")  # fmt: skip

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= NESTED_MAX:
            raise Refused(f"line {self.parser.CurrentLineNumber}: elements lie {NESTED_MAX} deep.")
        plain = {key.rpartition(" ")[2]: told for key, told in attributes.items()}
        self.open.append((name, plain, [], [], self.parser.CurrentLineNumber))

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1][2].append(text)

    def end(self, _: str) -> None:
        name, attributes, texts, children, line = self.open.pop()
        space, _, short = name.rpartition(" ")
        made = Element(short, space, attributes, "".join(texts), tuple(children), line)
        if self.open:
            self.open[-1][3].append(made)
        else:
            self.root = made


def read_markup(content: str | bytes) -> Element:
    """The root of an XML file.

    Raises Refused if it is none, is too long or deep, or declares entities.
    """
    if len(content) > FILE_MAX:
        raise Refused(f"the file has {len(content)} characters; at most {FILE_MAX}.")
    builder = _Builder()
    try:
        builder.parser.Parse(content, True)  # noqa: FBT003
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        raise Refused(f"this is no XML: {error}.") from error
    assert builder.root is not None
    return builder.root
