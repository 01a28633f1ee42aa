"""What people read on screen, in both languages, beside the code that shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One phrase in Chinese and English.

    zh: Chinese, as a duty officer would say it.
    en: English, the same content.

    >>> Text(zh="甲烷", en="methane").en
    'methane'
    """

    zh: str
    en: str
