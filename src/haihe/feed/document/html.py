"""Web pages: the words of their blocks, without menus, scripts and what is hidden."""

import re
from collections.abc import Iterator
from typing import Final

from haihe.errors import RecordRefused
from haihe.feed.document.lines import Line

try:
    from selectolax.lexbor import LexborHTMLParser, LexborNode
except ImportError:
    LexborHTMLParser = LexborNode = None  # type: ignore[assignment,misc]  # No ``documents``.

LEFT_OUT: Final = frozenset(
    (
        "script", "style", "noscript", "template", "nav", "header", "footer", "form", "select",
        "button", "iframe", "svg", "head", "aside",
    )
)  # fmt: skip
BLOCKS: Final = frozenset(
    (
        "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6",
        "section", "article", "blockquote", "pre", "dd", "dt", "dl", "hr", "main", "body", "tbody",
        "thead",
    )
)  # fmt: skip
CELLS: Final = frozenset(("td", "th"))
HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
CHARSET: Final = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
HEAD_BYTES: Final = 4096  # HTML: an encoding is declared within the first 1024; ours is generous.
NODES_MAX: Final = 2_000_000  # Ours: the largest pages of law have some 100,000.


def declared_encoding(content: bytes) -> str:
    """What a page says its encoding is; "" if nothing.

    >>> declared_encoding(b'<meta charset="GB2312">')
    'gb18030'
    """
    found = CHARSET.search(content[:HEAD_BYTES])
    told = found[1].decode("ascii").lower() if found else ""
    # Pages that say GB 2312 or GBK are read by browsers as what contains both.
    return {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(told, told)


def html_lines(name: str, text: str) -> Iterator[Line]:
    """A line for each block and each row of a table.

    Raises RecordRefused if the extra is not there, or the page has too many elements.
    """
    if LexborHTMLParser is None:
        raise RecordRefused(f"{name} is a web page: pip install 'haihe[documents]' to read it.")
    number, held = 0, [""]
    root = LexborHTMLParser(text).root
    for told in _pieces(name, root) if root is not None else ():
        if told != "\n":
            held.append(told)
            continue
        line = re.sub(r"[ \r\n\f\v\u200b]+", " ", "".join(held)).strip()
        held.clear()
        if line:
            number += 1
            yield Line(line, 0, number)


def _pieces(name: str, root: "LexborNode") -> Iterator[str]:
    """Texts, tabs between cells, and a line feed where a block begins or ends. No recursion."""
    waiting: list[LexborNode | str] = [root]
    left = NODES_MAX
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
            continue
        left -= 1
        if left < 0:
            raise RecordRefused(f"{name} has more than {NODES_MAX:,} elements; save its text only.")
        tag = node.tag or ""
        if tag == "-text":
            yield (node.text(deep=False) or "").replace("\n", " ")
        elif tag not in LEFT_OUT and not _is_hidden(node):
            block = tag in BLOCKS
            if block:
                yield "\n"
                waiting.append("\n")
            elif tag in CELLS:
                waiting.append("\t")
            waiting.extend(_children(node))
    yield "\n"


def _children(node: "LexborNode") -> list["LexborNode"]:
    """From the last to the first."""
    found = []
    child = node.last_child
    while child is not None:
        found.append(child)
        child = child.prev
    return found


def _is_hidden(node: "LexborNode") -> bool:
    told = node.attributes
    return "hidden" in told or bool(HIDDEN.search(told.get("style") or ""))
