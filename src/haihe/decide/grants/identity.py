"""统一社会信用代码: an enterprise's identity, with its check character."""

from typing import Final

# GB 32100-2015, table 3: the characters by value; I, O, S, V and Z are left out.
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18  # GB 32100-2015, 4.1.
MODULUS: Final = 31  # GB 32100-2015, 4.6.
WEIGHTS: Final = tuple(pow(3, place, MODULUS) for place in range(LENGTH - 1))  # Ibid.
KIND: Final = "enterprise/"

_VALUES: Final = {character: number for number, character in enumerate(ALPHABET)}


def check_character(head: str) -> str:
    """The 18th character that belongs to the first 17.

    Raises ValueError if they are not 17 characters of the standard.
    Source: GB 32100-2015, 4.6.

    >>> check_character("91350211MA2XY3KN6")
    '2'
    """
    if len(head) != LENGTH - 1 or any(one not in _VALUES for one in head):
        raise ValueError(
            f"'{head}' is no {LENGTH - 1} characters of {ALPHABET} (GB 32100); look at the licence."
        )
    total = sum(_VALUES[one] * weight for one, weight in zip(head, WEIGHTS, strict=True))
    return ALPHABET[(MODULUS - total % MODULUS) % MODULUS]


def check_code(text: str) -> str:
    """The code as it is written, in upper case.

    Raises ValueError if it cannot be one; the message says which character was expected.
    """
    code = text.strip().upper()
    if len(code) != LENGTH:
        raise ValueError(
            f"'{text}' has {len(code)} characters; a unified social credit code has {LENGTH}."
        )
    expected = check_character(code[:-1])
    if code[-1] != expected:
        raise ValueError(
            f"'{text}' ends in {code[-1]}; by its check character (GB 32100) it must be {expected}."
            " Look for a slip of the pen."
        )
    return code


def entity_of(code: str) -> str:
    """The entity of an enterprise.

    >>> entity_of("91350211MA2XY3KN62")
    'enterprise/91350211MA2XY3KN62'
    """
    return KIND + code


def code_of(entity: str) -> str:
    """The code of an enterprise's entity; "" if it is none.

    >>> code_of("enterprise/91350211MA2XY3KN62"), code_of("zone/7")
    ('91350211MA2XY3KN62', '')
    """
    try:
        return check_code(entity.removeprefix(KIND)) if entity.startswith(KIND) else ""
    except ValueError:
        return ""
