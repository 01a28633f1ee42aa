"""@context: short names to IRIs and back, from what lies in the data folder; nothing is fetched.

A context at a URL is known if it lies at ``contexts/<URL without its scheme>`` in the data folder,
as ``wget --force-directories`` lays files out. The core context is built in and always comes last:
none of its terms can be changed.

Source: W3C JSON-LD 1.1, 4.1 (what of it NGSI-LD needs); ETSI GS CIM 009, 5.5.7 and 6.3.5.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data
from haihe.serve.ngsi.vocabulary import CORE_TERMS, CORE_URL, DEFAULT

Json: TypeAlias = Any  # Whatever JSON reads as.

FOLDER: Final = "contexts"
DEPTH_MAX: Final = 8  # Ours: contexts that name contexts; real ones have two or three.
TERMS_MAX: Final = 50_000  # Ours: all smart data models together have some 20,000.
BYTES_MAX: Final = 8 << 20  # Ours: see above.
KEPT_MAX: Final = 256  # Ours: contexts in use at once in a city are some dozens.
NAMES_MAX: Final = 20_000  # Ours: names looked up in one context and remembered.
_ENDS: Final = (":", "/", "?", "#", "[", "]", "@")  # JSON-LD 1.1, 4.1: what a prefix ends with.
_CORE_NAMES: Final = {iri: name for name, iri in CORE_TERMS.items()}
_CORE_URL: Final = re.compile(
    r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v\d+\.\d+(\.\d+)?)?\.jsonld"
)
_CORE_PREFIXES: Final = ("ngsi-ld", "geojson")


class Context:
    """One request's names.

    said: the context as an answer repeats it: a URL, terms, or an array of them, with the core.
    """

    def __init__(self, terms: Mapping[str, str], said: Json, *, names_core: bool) -> None:
        """Know the terms; those of the core are known already.

        names_core: whether the core is among what ``said`` names.
        """
        parts = said if isinstance(said, list) else [said]
        self.said = said if names_core else [*parts, CORE_URL]
        self._terms = {name: iri for name, iri in terms.items() if name not in CORE_TERMS}
        self._expanded: dict[str, str] = {}
        self._compacted: dict[str, str] = {}

    @property
    def link(self) -> str:
        """The URL for a Link header; the core's where it has none of its own."""
        if isinstance(self.said, str):
            return self.said
        first = self.said[0] if isinstance(self.said, list) and self.said else None
        return first if isinstance(first, str) else CORE_URL

    def expand(self, name: str) -> str:
        """The IRI of a name: of a type, an attribute or a vocabulary's word.

        >>> CORE.expand("speed"), CORE.expand("ngsi-ld:location")
        ('https://uri.etsi.org/ngsi-ld/default-context/speed', 'https://uri.etsi.org/ngsi-ld/location')
        """
        iri = self._expanded.get(name)
        if iri is None:
            iri = self._expand(name)
            if len(self._expanded) < NAMES_MAX:
                self._expanded[name] = iri
        return iri

    def compact(self, iri: str) -> str:
        """The shortest name that means the IRI here; the IRI itself if there is none."""
        name = self._compacted.get(iri)
        if name is None:
            name = self._compact(iri)
            if len(self._compacted) < NAMES_MAX:
                self._compacted[iri] = name
        return name

    @cached_property
    def is_core(self) -> bool:
        """Whether it adds nothing to the core."""
        return not self._terms

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """IRI to term; the shortest term where several mean one IRI."""
        names: dict[str, str] = {}
        for name, iri in self._terms.items():
            known = names.get(iri)
            if known is None or (len(name), name) < (len(known), known):
                names[iri] = name
        return names

    @cached_property
    def _prefixes(self) -> tuple[tuple[str, str], ...]:
        """Terms that can be a prefix, the longest IRI first."""
        found = [(iri, name) for name, iri in self._terms.items() if iri.endswith(_ENDS)]
        found += [(CORE_TERMS[name], name) for name in _CORE_PREFIXES]
        return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[1])))

    def _expand(self, name: str) -> str:
        known = CORE_TERMS.get(name) or self._terms.get(name)
        if known is not None:
            return known
        prefix, colon, rest = name.partition(":")
        if not colon:
            return DEFAULT + name
        base = CORE_TERMS.get(prefix) or self._terms.get(prefix)
        return name if base is None or rest.startswith("//") else base + rest

    def _compact(self, iri: str) -> str:
        name = _CORE_NAMES.get(iri) or self._names.get(iri)
        if name is not None:
            return name
        if iri.startswith(DEFAULT):
            short = iri[len(DEFAULT) :]
            if short and self.expand(short) == iri:
                return short
        for base, prefix in self._prefixes:
            if iri.startswith(base) and len(iri) > len(base):
                name = f"{prefix}:{iri[len(base) :]}"
                if self.expand(name) == iri and name not in self._terms:
                    return name
        return iri


CORE: Final = Context({}, CORE_URL, names_core=True)


def is_core_url(url: str) -> bool:
    """Whether a URL is that of the core context, in any version."""
    return _CORE_URL.fullmatch(url) is not None


class Contexts:
    """The contexts a server knows."""

    def __init__(self, folder: Path) -> None:
        """Look for them below the data folder."""
        self._folder = folder / FOLDER
        self._files: dict[str, Json] = {}
        self._kept: dict[bytes, Context] = {}

    def of(self, said: Json) -> Context:
        """The context that a request names or brings: a URL, terms, or an array of them.

        Raises Refusal if it cannot be one, or names a URL that is not known here.
        """
        if isinstance(said, str) and is_core_url(said):
            return CORE
        key = msgspec.json.encode(said)
        context = self._kept.get(key)
        if context is None:
            terms: dict[str, str] = {}
            names_core = self._add(said, terms, depth=0)
            context = Context(terms, said, names_core=names_core)
            while len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = context
        return context

    def _add(self, said: Json, terms: dict[str, str], *, depth: int) -> bool:
        """Take the terms of a context over those before it; whether it names the core."""
        names_core = False
        if depth > DEPTH_MAX:
            raise bad_data(f"@context names contexts more than {DEPTH_MAX} deep.")
        if isinstance(said, str):
            names_core = is_core_url(said) or self._add(self._load(said), terms, depth=depth + 1)
        elif isinstance(said, list):
            for one in said:
                names_core |= self._add(one, terms, depth=depth + 1)
        elif isinstance(said, dict):
            _add_terms(said, terms)
        elif said is not None:
            raise bad_data("@context must be a URL, an object of terms, or an array of them.")
        if len(terms) > TERMS_MAX:
            raise bad_data(f"@context has more than {TERMS_MAX} terms.")
        return names_core

    def _load(self, url: str) -> Json:
        """What stands at a URL, as it lies in the folder."""
        if url in self._files:
            return self._files[url]
        scheme, _, place = url.partition("://")
        parts = place.split("/")
        if scheme not in ("http", "https") or len(parts) < 2:
            raise bad_data(f"@context '{url[:200]}' is not an http or https URL.")
        unfit = len(place) > 500 or "\0" in place or any(part in ("", ".", "..") for part in parts)
        path = self._folder.joinpath(*parts)
        if unfit or not path.is_file():
            raise Refusal(
                Kind.NO_CONTEXT,
                f"@context '{url[:200]}' is not known here, and none is fetched. Put it into the "
                f"data folder as {FOLDER}/{place[:200]}, then send this again.",
            )
        self._files[url] = _read(path, url)
        return self._files[url]


def _read(path: Path, url: str) -> Json:
    """The context of a file.

    Raises Refusal if there is none in it.
    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise bad_data(f"@context '{url}' has more than {BYTES_MAX} bytes.")
        document: Json = msgspec.json.decode(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise bad_data(f"@context '{url}' cannot be read as JSON: {error}.") from error
    if not isinstance(document, dict) or "@context" not in document:
        raise bad_data(f"@context '{url}' has no member @context.")
    return document["@context"]


def _add_terms(said: Mapping[str, Json], terms: dict[str, str]) -> None:
    """Take the terms of an object; a term may be written with a prefix of the same object."""
    found: dict[str, str] = {}
    for name, meaning in said.items():
        if name.startswith("@"):
            continue
        iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
        if iri is None:
            if isinstance(meaning, dict):
                continue  # It says how a value is typed, not what the term means.
            terms.pop(name, None)
        elif isinstance(iri, str):
            found[name] = iri
        else:
            raise bad_data(f"@context has the term '{name[:100]}' that is no IRI.")
    known = {**terms, **found}
    for name, iri in found.items():
        terms[name] = _whole(iri, known)


def _whole(iri: str, known: Mapping[str, str]) -> str:
    """An IRI written with prefixes as a whole one."""
    for _ in range(DEPTH_MAX):
        prefix, colon, rest = iri.partition(":")
        base = CORE_TERMS.get(prefix) or known.get(prefix)
        if not colon or base is None or rest.startswith("//"):
            break
        iri = base + rest
    return iri if ":" in iri or iri.startswith("@") else DEFAULT + iri
