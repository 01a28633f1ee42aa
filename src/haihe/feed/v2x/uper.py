"""Unaligned packed encoding (UPER) of types, both ways.

``codec_of`` turns a type into one Python function for each way. The functions are written as source
and compiled, as the standard library does for its dataclasses: a BSM takes 6 us to read so.
Source: ITU-T X.691 (02/2021).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from haihe.errors import RecordRefused
from haihe.feed.v2x.types import (
    EXTENSIONS,
    Bits,
    BitString,
    Characters,
    Choice,
    Enumerated,
    Integer,
    ListOf,
    Octets,
    Part,
    Sequence,
    Type,
)

BYTES_MAX: Final = 65_535  # Ours: no link carries longer ones.
LENGTH_MAX: Final = 127  # X.691 11.9: what a length of one byte can say.
SMALL_MAX: Final = 63  # X.691 11.6: what a small number of six bits can say.


@dataclass(frozen=True, slots=True)
class Codec:
    """Both ways of one type.

    decode: bytes to a value; encode: a value to bytes. Both raise RecordRefused, naming the place.
    """

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


def codec_of(root: Type) -> Codec:
    """The codec of a type, made once."""
    reader, writer = _Source(), _Source()
    read, write = _reading(reader, root), _writing(writer, root)
    into: dict[str, Any] = {"Bits": Bits, "outside": _outside, "unknown": _unknown}
    into |= {"take_added": _take_added, "put_added": _put_added, "EXTENSIONS": EXTENSIONS}
    exec(compile(reader.text, "<uper reader>", "exec"), into)
    exec(compile(writer.text, "<uper writer>", "exec"), into)
    return Codec(_decoder(into[read]), _encoder(into[write]))


def _decoder(read: Callable[[int, int], tuple[Any, int]]) -> Callable[[bytes], Any]:
    def decode(data: bytes) -> Any:
        if not 0 < len(data) <= BYTES_MAX:
            raise RecordRefused(f"a message of {len(data)} bytes; 1 to {BYTES_MAX} are read.")
        try:
            value, left = read(int.from_bytes(data, "big"), 8 * len(data))
        except (ValueError, OverflowError) as error:
            raise RecordRefused(f"the message ends early or is malformed: {error}.") from error
        except IndexError as error:
            raise RecordRefused("the message names an option that there is not.") from error
        if left >= 8:
            raise RecordRefused(f"{left // 8} bytes follow the message; send one at a time.")
        return value

    return decode


def _encoder(write: Callable[[Any, int], int]) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        try:
            bits = write(value, 1)  # A one in front keeps leading zeros.
        except KeyError as error:
            raise RecordRefused(
                f"the message lacks {error}, or has a name unknown there."
            ) from error
        except (TypeError, ValueError, AttributeError) as error:
            raise RecordRefused(f"the message holds what does not fit: {error}.") from error
        length = bits.bit_length() - 1
        size = max(1, -(-length // 8))
        return ((bits ^ (1 << length)) << (8 * size - length)).to_bytes(size, "big")

    return encode


@dataclass
class _Source:
    """Functions in the making: one for each sequence, choice and list."""

    functions: list[str] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    kept: list[Type] = field(default_factory=list)  # So that no id is used twice.

    @property
    def text(self) -> str:
        return "\n".join(self.functions)

    def named(self, kind: Type, lines: Callable[[], Iterator[str]], *, head: str) -> str:
        """The name of the function for a type; written when it is first asked for."""
        if id(kind) not in self.names:
            self.names[id(kind)] = f"{head.split('(')[0]}_{len(self.names)}"
            self.kept.append(kind)
            body = "\n".join(f"    {line}" for line in lines())
            signature = f"def {self.names[id(kind)]}({head.split('(')[1]}:"
            self.functions.append(f"{signature}\n{body}")
        return self.names[id(kind)]


def _width(count: int) -> int:
    """Bits that tell ``count`` values apart."""
    return (count - 1).bit_length()


def _bits(width: int) -> str:
    """Source that reads bits: ``p`` is how many are left of ``n``."""
    return f"(n >> p) & {(1 << width) - 1}" if width else "0"


# Reading: every line leaves what it read in ``v`` and lowers ``p``.


def _reading(source: _Source, kind: Type) -> str:
    """The name of the function that reads a type: (n, p) to (value, p)."""

    def lines() -> Iterator[str]:
        yield from _read(source, kind)
        yield "return v, p"

    return source.named(kind, lines, head="read(n, p)")


def _read(source: _Source, kind: Type) -> Iterator[str]:
    """Lines that read a type in place."""
    match kind:
        case Integer(low, high):
            width = _width(high - low + 1)
            yield f"p -= {width}"
            yield f"v = ({_bits(width)}) + {low}" if low else f"v = {_bits(width)}"
            if high - low + 1 != 1 << width:
                yield f"if v > {high}: outside(v, '{low} to {high}')"
        case Enumerated(names, grows):
            width = _width(len(names))
            yield from _read_root(grows, width)
            yield f"v = {names!r}[v]"
        case BitString(size, grows):
            if grows:
                yield "p -= 1"
                yield "if (n >> p) & 1: unknown('a longer string of bits')"
            yield f"p -= {size}"
            yield f"v = Bits({_bits(size)}, {size})"
        case Octets(low, high):
            yield from _read_length(low, high)
            yield "p -= 8 * c"
            yield "v = ((n >> p) & ((1 << 8 * c) - 1)).to_bytes(c, 'big')"
        case Characters(low, high):
            yield from _read_length(low, high)
            yield "p -= 7 * c"
            yield "v = ''.join([chr((n >> p + 7 * i) & 127) for i in range(c - 1, -1, -1)])"
        case ListOf(of, low, high):
            one = _reading(source, of)
            yield from _read_length(low, high)
            yield "found = []"
            yield "for _ in range(c):"
            yield f"    v, p = {one}(n, p)"
            yield "    found.append(v)"
            yield "v = tuple(found)"
        case Sequence(parts, grows):
            yield from _read_sequence(source, parts, grows=grows)
        case Choice(parts, grows):
            yield from _read_root(grows, _width(len(parts)))
            functions = ", ".join(_reading(source, part.type) for part in parts)
            yield f"name = {tuple(part.name for part in parts)!r}[v]"
            yield f"v, p = ({functions},)[v](n, p)"
            yield "v = (name, v)"


def _read_root(grows: bool, width: int) -> Iterator[str]:  # noqa: FBT001 - one use, named there.
    if grows:
        yield "p -= 1"
        yield "if (n >> p) & 1: unknown('an option of a later version')"
    yield f"p -= {width}"
    yield f"v = {_bits(width)}"


def _read_length(low: int, high: int) -> Iterator[str]:
    """Lines that leave how many in ``c``."""
    width = _width(high - low + 1)
    yield f"p -= {width}"
    yield f"c = ({_bits(width)}) + {low}"
    yield f"if c > {high}: outside(c, '{low} to {high}')"


def _read_sequence(source: _Source, parts: tuple[Part, ...], *, grows: bool) -> Iterator[str]:
    optional = [part for part in parts if part.optional]
    if grows:
        yield "p -= 1"
        yield "added = (n >> p) & 1"
    if optional:
        yield f"p -= {len(optional)}"
        yield f"there = {_bits(len(optional))}"
    yield "d = {}"
    for part in parts:
        pad = ""
        if part.optional:
            yield f"if there & {1 << len(optional) - 1 - optional.index(part)}:"
            pad = "    "
        if isinstance(part.type, Sequence | Choice | ListOf):
            yield f"{pad}v, p = {_reading(source, part.type)}(n, p)"
        else:
            for line in _read(source, part.type):
                yield pad + line
        yield f"{pad}d[{part.name!r}] = v"
    if grows:
        yield "if added: d[EXTENSIONS], p = take_added(n, p)"
    yield "v = d"


# Writing: every line takes ``v`` and adds to ``n``.


def _writing(source: _Source, kind: Type) -> str:
    """The name of the function that writes a type: (v, n) to n."""

    def lines() -> Iterator[str]:
        yield from _write(source, kind)
        yield "return n"

    return source.named(kind, lines, head="write(v, n)")


def _write(source: _Source, kind: Type) -> Iterator[str]:
    """Lines that write a type in place."""
    match kind:
        case Integer(low, high):
            yield f"if not {low} <= v <= {high}: outside(v, '{low} to {high}')"
            yield f"n = n << {_width(high - low + 1)} | v - {low}"
        case Enumerated(names, grows):
            places = {name: place for place, name in enumerate(names)}
            yield f"n = n << {_width(len(names)) + grows} | {places!r}[v]"
        case BitString(size, grows):
            yield f"if v[1] != {size}: outside(v[1], '{size} to {size}')"
            yield f"if not 0 <= v[0] < {1 << size}: outside(v[0], '0 to {(1 << size) - 1}')"
            yield f"n = n << {size + grows} | v[0]"
        case Octets(low, high):
            yield from _write_length(low, high)
            yield "n = n << 8 * len(v) | int.from_bytes(v, 'big')"
        case Characters(low, high):
            yield from _write_length(low, high)
            yield "for c in v.encode('ascii'): n = n << 7 | c"
        case ListOf(of, low, high):
            yield from _write_length(low, high)
            yield f"for one in v: n = {_writing(source, of)}(one, n)"
        case Sequence(parts, grows):
            yield from _write_sequence(source, parts, grows=grows)
        case Choice(parts, grows):
            functions = {part.name: _writing(source, part.type) for part in parts}
            told = ", ".join(
                f"{name!r}: ({place}, {function})"
                for place, (name, function) in enumerate(functions.items())
            )
            yield f"place, function = {{{told}}}[v[0]]"
            yield f"n = function(v[1], n << {_width(len(parts)) + grows} | place)"


def _write_length(low: int, high: int) -> Iterator[str]:
    yield f"if not {low} <= len(v) <= {high}: outside(len(v), '{low} to {high}')"
    yield f"n = n << {_width(high - low + 1)} | len(v) - {low}"


def _write_sequence(source: _Source, parts: tuple[Part, ...], *, grows: bool) -> Iterator[str]:
    optional = [part for part in parts if part.optional]
    yield "d = v"
    known = {part.name for part in parts} | ({EXTENSIONS} if grows else set())
    names = f"{{{', '.join(map(repr, sorted(known)))}}}"  # A set's own order changes by run.
    yield f"if not d.keys() <= {names}: unknown(sorted(d.keys() - {names}))"
    if grows:
        yield "n = n << 1 | (EXTENSIONS in d)"
    for part in optional:
        yield f"n = n << 1 | ({part.name!r} in d)"
    for part in parts:
        pad = ""
        if part.optional:
            yield f"if {part.name!r} in d:"
            pad = "    "
        yield f"{pad}v = d[{part.name!r}]"
        if isinstance(part.type, Sequence | Choice | ListOf):
            yield f"{pad}n = {_writing(source, part.type)}(v, n)"
        else:
            for line in _write(source, part.type):
                yield pad + line
    if grows:
        yield "if EXTENSIONS in d: n = put_added(d[EXTENSIONS], n)"


def _outside(value: object, allowed: str) -> None:
    raise ValueError(f"{value} is not from {allowed}")


def _unknown(what: str) -> None:
    raise ValueError(f"{what} is not known here")


def _take_added(n: int, p: int) -> tuple[tuple[bytes | None, ...], int]:
    """What a later version added to a sequence: bytes of each, None where one is absent."""
    p -= 7
    count = ((n >> p) & 127) + 1
    if count > SMALL_MAX + 1:
        _unknown("a sequence with over 64 additions")
    p -= count
    there = (n >> p) & ((1 << count) - 1)
    found: list[bytes | None] = []
    for place in range(count):
        if not there >> (count - 1 - place) & 1:
            found.append(None)
            continue
        p -= 8
        length = (n >> p) & 255
        if length > LENGTH_MAX:
            _unknown("an addition of over 127 bytes")
        p -= 8 * length
        found.append(((n >> p) & ((1 << 8 * length) - 1)).to_bytes(length, "big"))
    return tuple(found), p


def _put_added(added: tuple[bytes | None, ...], n: int) -> int:
    """The same as it came."""
    if not 1 <= len(added) <= SMALL_MAX + 1:
        _outside(len(added), f"1 to {SMALL_MAX + 1}")
    n = n << 7 | len(added) - 1
    for one in added:
        n = n << 1 | (one is not None)
    for one in added:
        if one is not None:
            if len(one) > LENGTH_MAX:
                _outside(len(one), f"0 to {LENGTH_MAX}")
            n = (n << 8 | len(one)) << 8 * len(one) | int.from_bytes(one, "big")
    return n
