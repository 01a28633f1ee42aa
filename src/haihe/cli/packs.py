"""``pack``: check one, begin one."""

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """The commands and their options."""
    pack = commands.add_parser("pack", help="check a pack, or begin one of your own")
    del pack


def run_check(options: argparse.Namespace) -> int:
    """Placeholder."""
    del options
    return 0
