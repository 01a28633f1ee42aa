"""Run by a peer's own Python: a tree over so many awards in pymerkle, in memory."""

import importlib
import sys
import time


def main(count: int) -> None:
    """Print how many awards a second it takes."""
    lines = [b'{"payment":"2026","application":"application/%07d"}' % at for at in range(count)]
    tree = importlib.import_module("pymerkle").InmemoryTree(algorithm="sha256")
    began = time.perf_counter()
    for line in lines:
        tree.append_entry(line)
    tree.get_state()
    sys.stdout.write(f"{count / (time.perf_counter() - began)}\n")


main(int(sys.argv[1]))
