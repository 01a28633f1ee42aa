"""Sums of money by jionlp, in an environment of its own: texts in, lists of numbers out."""

import contextlib
import json
import os
import sys

with contextlib.redirect_stdout(open(os.devnull, "w")):  # noqa: PTH123
    import jionlp  # type: ignore[import-not-found]  # Of the peers' environment.


def main() -> None:
    """Each sum that is found, at both ends of a range."""
    found = []
    for text in json.load(sys.stdin):
        numbers = []
        for one in jionlp.ner.extract_money(text):
            told = one["detail"]["num"]
            numbers += [float(part) for part in (told if isinstance(told, list) else [told])]
        found.append(numbers)
    sys.stdout.write("\n" + json.dumps(found) + "\n")


main()
