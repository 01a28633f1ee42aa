"""``bench``: measurements beside peers, printed with the machine's own floor."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any, Final

import haihe

# Of a source checkout; a wheel has no such folder beside it.
CHECKOUT: Final = Path(haihe.__file__).resolve().parents[2]


def add_to(commands: Any) -> None:
    """The commands and their options."""
    bench = commands.add_parser("bench", help="measure, beside what people would use instead")
    bench.add_argument("name", nargs="?", default="", help="which; without it they are listed")
    bench.add_argument("--quick", action="store_true", help="less than a minute, less sure")
    bench.add_argument("--data", type=Path, metavar="DIR", help="measure with these recorded files")
    bench.add_argument("--scores", type=Path, metavar="DIR", help="write raw scores of files here")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the rows here")
    bench.add_argument("--ledger", action="store_true", help="add the rows to bench/ledger.csv")
    bench.add_argument("--no-peers", action="store_true", help="measure Haihe alone")
    bench.add_argument(
        "--against", metavar="PEERS", default="", help="only these peers: openfisca,zen (schemes)"
    )
    bench.add_argument("--only", metavar="PARTS", default="", help="only these parts (traffic)")
    bench.set_defaults(run=run_bench)


def run_bench(options: argparse.Namespace) -> int:
    """Run a bench of the checkout this command was installed from.

    Raises ValueError if it was not installed from one, or there is no such bench.
    """
    if not (CHECKOUT / "bench" / "show.py").is_file():
        raise ValueError(
            f"there is no folder bench in {CHECKOUT}: benches run from a source checkout; "
            "clone the repository and 'pip install --editable .' in it."
        )
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    show = importlib.import_module("bench.show")
    request = show.Request(
        name=options.name,
        quick=options.quick,
        data=options.data,
        peers=not options.no_peers,
        against=tuple(one.strip() for one in options.against.split(",") if one.strip()),
        scores=options.scores,
        json=options.json,
        ledger=options.ledger,
        only=tuple(one.strip() for one in options.only.split(",") if one.strip()),
    )
    code: int = show.run(request)
    return code
