"""Functions of texts; patterns that could run for ever are refused."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from haihe.decide.feel.values import TEXT_MAX, Args, Refused, Value, show, whole

PATTERN_MAX: Final = 500  # Ours, characters.
EFFORT_MAX: Final = 10**8  # Ours: characters to the power of open repetitions; about a second.
_PIECES: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)
MANY: Final = re.compile(r"\*|\+|\{\d*,\d*\}|\{\d{2,}\}")


def pattern_of(text: str, options: str, *, about: str) -> re.Pattern[str] | None:
    """A pattern of XPath as one of ours; None if it is none.

    Raises Refused if matching it could take very long.
    """
    if not set(options) <= set("smix"):
        return None
    check_effort(text, about=about)
    flags = re.NOFLAG
    for letter, one in (("s", re.DOTALL), ("m", re.MULTILINE), ("i", re.IGNORECASE)):
        flags |= one if letter in options else re.NOFLAG
    if "x" in options:
        text = _without_blanks(text)
    if re.search(r"\(\?(?!:)", text):  # XPath has no other groups.
        return None
    try:
        return re.compile(_translated(text), flags)
    except (re.error, OverflowError, RecursionError):
        return None


def check_effort(text: str, *, about: str) -> None:
    """Refuse a pattern that repeats what repeats, or is long, or meets too long a text.

    Raises Refused with what to do.
    """
    if len(text) > PATTERN_MAX:
        raise Refused(f"the pattern has {len(text)} characters; at most {PATTERN_MAX}.")
    opened: list[bool] = []  # Of each open group, whether it holds a repetition or a choice.
    repeats = 0
    closed = False  # Whether the group that has just ended holds one.
    before = ""
    for met in _PIECES.finditer(text):
        piece, was, closed = met[0], closed, False
        chooses = piece == "|" or (piece == "?" and before != "(")
        before = piece
        if piece == "(":
            opened.append(False)
        elif piece == ")":
            closed = opened.pop() if opened else False
        elif MANY.fullmatch(piece):
            if was:
                raise Refused(f"'{text}' repeats a repetition or a choice; write it without.")
            repeats += 1
        if opened and (closed or chooses or MANY.fullmatch(piece)):
            opened[-1] = True
    if max(len(about), 1) ** max(repeats, 1) > EFFORT_MAX:
        raise Refused(f"'{text}' on {len(about)} characters takes too long; shorten either.")


def _without_blanks(text: str) -> str:
    found, in_class = "", False
    for at, mark in enumerate(text):
        escaped = at > 0 and text[at - 1] == "\\"
        in_class = mark == "[" or (in_class and mark != "]") if not escaped else in_class
        found += "" if mark.isspace() and not in_class else mark
    return found


def _translated(text: str) -> str:
    r"""XPath's classes that Python does not have."""
    for name, ours in (
        (r"\p{L}", r"[^\W\d_]"), (r"\p{N}", r"\d"), (r"\p{Lu}", "[A-Z]"), (r"\p{Ll}", "[a-z]"),
        (r"\i", r"[^\W\d]"), (r"\c", r"[\w.:-]"),
    ):  # fmt: skip
        text = text.replace(name, ours)
    return text.replace("$", r"\Z") if not text.endswith(r"\$") else text


def _matches(given: Args) -> Value:
    match given:
        case (str(text), str(pattern)):
            found = pattern_of(pattern, "", about=text)
        case (str(text), str(pattern), str(options)):
            found = pattern_of(pattern, options, about=text)
        case (str(text), str(pattern), None):
            found = pattern_of(pattern, "", about=text)
        case _:
            return None
    return None if found is None else found.search(text) is not None


def _replace(given: Args) -> Value:
    match given:
        case (str(text), str(pattern), str(by)) | (str(text), str(pattern), str(by), None):
            options = ""
        case (str(text), str(pattern), str(by), str(options)):
            pass
        case _:
            return None
    if (len(text) + 1) * (len(by) + 1) > 10 * TEXT_MAX:
        raise Refused(f"{len(by)} characters for parts of {len(text)} may be too long; shorten it.")
    found = pattern_of(pattern, options, about=text)
    if found is None or found.search("") is not None:  # XPath: err:FORX0003.
        return None
    if re.search(r"(?<!\\)\\(?![\\$])|(?<!\\)\$(?!\d)", by):  # XPath: err:FORX0004.
        return None

    def one(met: re.Match[str]) -> str:
        def part(ask: re.Match[str]) -> str:
            if ask[0].startswith("\\"):
                return ask[0][1:]
            number = int(ask[1])
            return (met[number] or "") if number <= (met.re.groups or 0) else ""

        return re.sub(r"\\[\\$]|\$(\d)", part, by)

    return limited(found.sub(one, text))


def limited(text: str) -> str:
    """The text.

    Raises Refused if it is too long.
    """
    if len(text) > TEXT_MAX:
        raise Refused(f"a text of {len(text)} characters; at most {TEXT_MAX}.")
    return text


def _split(given: Args) -> Value:
    match given:
        case (str(text), str(pattern)):
            found = pattern_of(pattern, "", about=text)
            return None if found is None else tuple(one or "" for one in found.split(text))
    return None


def _substring(given: Args) -> Value:
    text, start = given[0], whole(given[1])
    if not isinstance(text, str) or start is None or not start:
        return None
    at = start - 1 if start > 0 else len(text) + start
    if len(given) < 3 or given[2] is None:  # Text, start, length.
        return text[at:] if at >= 0 else None
    length = given[2]
    if not isinstance(length, Decimal) or length < 1 or at < 0:
        return None
    return text[at : at + int(length)]


def _two(work: Callable[[str, str], Value]) -> Callable[[Args], Value]:
    def guarded(given: Args) -> Value:
        match given:
            case (str(one), str(other)):
                return work(one, other)
        return None

    return guarded


def _one(work: Callable[[str], Value]) -> Callable[[Args], Value]:
    return lambda given: work(given[0]) if isinstance(given[0], str) else None


def _string(given: Args) -> Value:
    return None if given[0] is None else limited(show(given[0]))


def _joined(given: Args) -> Value:
    match given:
        case (tuple() as parts,):
            between: Value = ""
        case (tuple() as parts, between, *_):
            pass
        case (str(text), None | str()):
            return text
        case _:
            return None
    if not (between is None or isinstance(between, str)):
        return None
    texts = [one for one in parts if one is not None]
    if not all(isinstance(one, str) for one in texts):
        return None
    return limited((between or "").join(str(one) for one in texts))


def _after(text: str, part: str) -> Value:
    return text.partition(part)[2] if part else text


def _before(text: str, part: str) -> Value:
    return text.partition(part)[0] if part and part in text else ""


TABLE: Final[dict[str, tuple[str, Callable[[Args], Value]]]] = {
    "string": ("from", _string),
    "substring": ("string, start position, length?", _substring),
    "string length": ("string", _one(lambda text: Decimal(len(text)))),
    "upper case": ("string", _one(str.upper)),
    "lower case": ("string", _one(str.lower)),
    "substring before": ("string, match", _two(_before)),
    "substring after": ("string, match", _two(_after)),
    "contains": ("string, match", _two(lambda text, part: part in text)),
    "starts with": ("string, match", _two(str.startswith)),
    "ends with": ("string, match", _two(str.endswith)),
    "matches": ("input, pattern, flags?", _matches),
    "replace": ("input, pattern, replacement, flags?", _replace),
    "split": ("string, delimiter", _split),
    "string join": ("list, delimiter?", _joined),
}
