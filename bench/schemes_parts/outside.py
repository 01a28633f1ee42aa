"""Outside semantics: OpenFisca's country, zen's graphs, the DMN kit; how many answers are theirs.

What is public is read from ``.haihe/outside`` (or ``--data``) and never kept here: ``tck`` is
https://github.com/dmn-tck/tck, ``zen`` is https://github.com/gorules/zen.
"""

import json
import tempfile
from pathlib import Path
from typing import Final

from bench.rows import Figure, Options
from bench.schemes_parts import country, tck, zen_graphs
from bench.schemes_parts.peers import missing, run_peer

FOLDER: Final = Path(__file__).parents[2] / ".haihe" / "outside"
SHOWN: Final = 5  # Ours: what differs is told, the first few.
SHARES: Final = {"compliance-level-2": 100.0, "compliance-level-3": None}  # Goals of the issue.


def measure(options: Options) -> list[Figure]:
    """Every figure; what is absent is told with how to get it."""
    return [*_country(options), *_graphs(options), *_kit(options)]


def _folder(options: Options, name: str) -> Path | None:
    places = ([options.data / name] if options.data is not None else []) + [FOLDER / name]
    found = next((one for one in places if one.is_dir()), None)
    if found is None:
        options.skip(name, f"no folder {name}; git clone it into .haihe/outside/{name}")
    return found


def _country(options: Options) -> list[Figure]:
    why = missing(options, "openfisca")
    if why:
        options.skip("OpenFisca country-template", why)
        return []
    options.say("schemes: OpenFisca country-template")
    with tempfile.TemporaryDirectory() as folder:
        answered = Path(folder) / "cases.json"
        ran = run_peer("country_worker.py", answered)
        if ran.returncode:
            options.skip("OpenFisca country-template", ran.stderr.strip().splitlines()[-1][:200])
            return []
        told = list(country.answer_cases(json.loads(answered.read_text(encoding="utf-8"))))
    for one in [one for one in told if not one.right][:SHOWN]:
        options.say(f"schemes: {one.name}: {one.words}")
    case = f"OpenFisca country-template, {len(told)} cases"
    right = 100.0 * sum(one.right for one in told) / len(told)
    return [Figure(case, "as OpenFisca answers", "%", right, 100, "higher")]


def _graphs(options: Options) -> list[Figure]:
    why = missing(options, "zen")
    if why:
        options.skip("zen-engine on graphs", why)
        return []
    drawn = zen_graphs.draw_graphs(zen_graphs.DRAWN)
    figures = _compared(options, drawn, case="graphs drawn here")
    folder = _folder(options, "zen")
    if folder is not None:
        asked, left = zen_graphs.read_examples(folder / "test-data")
        options.say(f"schemes: {len(left)} of zen's graphs left out: they run code, or are broken")
        figures += _compared(options, asked, case="zen's example graphs")
    return figures


def _compared(options: Options, asked: list[zen_graphs.Asked], *, case: str) -> list[Figure]:
    options.say(f"schemes: {case}, {len(asked)} graphs")
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder) / "asked.json", Path(folder) / "answered.json"
        questions.write_text(json.dumps([[one.graph, one.inputs] for one in asked]))
        ran = run_peer("zen_graphs_worker.py", questions, answers)
        if ran.returncode:
            options.skip("zen-engine on graphs", ran.stderr.strip().splitlines()[-1][:200])
            return []
        theirs = json.loads(answers.read_text(encoding="utf-8"))
    same = count = 0
    for one, told in zip(asked, theirs, strict=True):
        for mine, other in zip(zen_graphs.ours(one), told, strict=True):
            same += zen_graphs.agrees(mine, other)
            count += 1
    named = f"{case}: {len(asked)}, {count:,} inputs"
    return [Figure(named, "as zen-engine answers", "%", 100.0 * same / count, 100, "higher")]


def _kit(options: Options) -> list[Figure]:
    folder = _folder(options, "tck")
    if folder is None:
        return []
    options.say("schemes: DMN compatibility kit")
    told = list(tck.run_kit(folder))
    for (_, feature), (right, count) in tck.shares(told).items():
        options.say(f"schemes: {feature}: {right} of {count}")
    figures = []
    for level, goal in SHARES.items():
        some = [one for one in told if one.level == level]
        case = f"DMN kit, {level}, {len(some):,} results"
        share = 100.0 * sum(one.right for one in some) / len(some)
        figures.append(Figure(case, "as the kit expects", "%", share, goal, "higher"))
    return figures
