"""Names of people and tokens: one spelling each, so that no two look like one."""

import re
import unicodedata
from typing import Final

NAME_MAX: Final = 64  # Ours: a name stands beside what was done under it.
RESERVED: Final = frozenset({"operator"})  # Who calls from the machine before there are accounts.
_MARKS: Final = frozenset(" .-_@'+·")  # As in li.wei, o'neill, li@plant.example and 约翰·史密斯.
_KINDS: Final = frozenset("LMN")  # Letters, marks that go with them, numbers (Unicode).
# Scripts whose letters look like each other's: one name has letters of one of them at most.
_ALIKE: Final = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC")
_SPACE: Final = re.compile(r"\s+")


def shown_name(text: str) -> str:
    """The name as it is kept and shown.

    Raises ValueError if it cannot be one.
    Source: Unicode 15, UAX 15 (NFKC); UTS 39, 5.2 (scripts in one name).

    >>> shown_name("  Ｌi   Wei "), shown_name("李伟")
    ('Li Wei', '李伟')
    """
    name = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise ValueError(f"a name has 1 to {NAME_MAX} characters; '{name[:NAME_MAX]}' does not.")
    strange = [one for one in name if not _is_usual(one)]
    if strange:
        code = f"U+{ord(strange[0]):04X}"
        raise ValueError(
            f"a name has letters, digits, spaces and . - _ @ ' + ·; found {code} in {name!r}."
        )
    scripts = {script for one in name for script in _ALIKE if _is_of(one, script)}
    if len(scripts) > 1:
        raise ValueError(
            f"'{name}' mixes {' and '.join(sorted(scripts)).lower()} letters, which look alike."
        )
    if key_of(name) in RESERVED:
        raise ValueError(f"'{name}' is the name of the machine's operator; take another.")
    return name


def key_of(name: str) -> str:
    """What is equal for two spellings of one name.

    >>> key_of("Straße") == key_of("STRASSE"), key_of("ＬＩ") == key_of("li")
    (True, True)
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _SPACE.sub(" ", folded).strip()


def _is_usual(one: str) -> bool:
    return one in _MARKS or unicodedata.category(one)[0] in _KINDS


def _is_of(one: str, script: str) -> bool:
    return one.isalpha() and unicodedata.name(one, "").startswith(script)
