"""``bench``: measurements beside peers, printed with the machine's own floor."""

from typing import Any


def add_to(commands: Any) -> None:
    """The commands and their options."""
    del commands
