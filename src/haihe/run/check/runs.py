"""The marks of a pack that runs: it loads, closes, is pure, repeats itself and has its cases."""

import math

from haihe.model.line import encode_lines
from haihe.model.record import Observation
from haihe.model.stream import Stream
from haihe.model.time import NEVER, format_duration
from haihe.pack.contract import Pack, Playbook, Procedure
from haihe.run.check.cases import closed_at, is_dirty, mismatches
from haihe.run.check.day import run_again
from haihe.run.check.exam import Exam
from haihe.run.check.report import RUNS, Mark, counted, marked
from haihe.run.check.scan import impurities, loaded_alone
from haihe.run.check.source import PackSource
from haihe.run.check.spoil import COARSE, cut
from haihe.run.check.words import texts_of, wrong_text
from haihe.run.closure import gap_of
from haihe.run.guard import Guard, PackFailed


def loads_alone(source: PackSource) -> Mark:
    """Whether a fresh interpreter can import the pack, and no engine with it."""
    wrong = loaded_alone(source.module, source.folder)
    return marked(
        RUNS,
        "loads alone",
        problems=[wrong] if wrong else [],
        kept=f"a fresh interpreter imports {source.module}, and no engine with it",
        mend="Import only haihe.pack, model, detect, decide, twin and what computes.",
    )


def is_described(pack: Pack) -> Mark:
    """Whether every stream has a source, and every number a unit and a range."""
    problems = [wrong for stream in pack.all_streams for wrong in _undescribed(stream)]
    problems += [
        f"stream '{stream.name}' must be called '{pack.name}.something'"
        for stream in pack.all_streams
        if not stream.name.startswith(f"{pack.name}.")
    ]
    problems += [
        f"'{playbook.name}' watches '{name}', which '{playbook.stream.name}' does not have"
        for playbook in pack.playbooks
        for name in playbook.detect.fields
        if name not in {number.name for number in playbook.stream.numbers}
    ]
    fields = sum(len(stream.numbers) for stream in pack.all_streams)
    return marked(
        RUNS,
        "streams described",
        problems=problems,
        kept=f"{counted(len(pack.all_streams), 'stream')}, {counted(fields, 'number')}: "
        "unit, range and source",
        mend="Give the stream a source, and each number field a unit, low and high: the widest "
        "values that are physically possible. Detectors watch its number fields.",
    )


def _undescribed(stream: Stream) -> list[str]:
    found = [] if stream.source.strip() else [f"stream '{stream.name}' has no source"]
    for number in stream.numbers:
        if number.low is None or number.high is None:
            found.append(f"'{stream.name}.{number.name}' has no range")
    return found


def closes(exam: Exam) -> Mark:
    """Whether evidence closes every playbook, and nothing less does."""
    pack = exam.pack
    closing = {
        run.case.rule
        for run in exam.runs
        if run.case.expect.closed_at not in (None, NEVER)
        and closed_at(run, pack) == run.case.expect.closed_at
    }
    problems = [wrong for playbook in pack.playbooks for wrong in _cannot_close(playbook)]
    problems += [
        f"no case shows '{playbook.name}' closing"
        for playbook in pack.playbooks
        if playbook.name not in closing
    ]
    return marked(
        RUNS,
        "every playbook closes",
        problems=problems,
        kept=f"{counted(len(pack.playbooks), 'playbook')}, each closed by evidence in a case",
        mend="Give the playbook evidence that proves it over, and a case with 'closed_at'.",
    )


def _cannot_close(playbook: Playbook) -> list[str]:
    """What would let a case close without exam."""
    found: list[str] = []
    close = playbook.close
    if isinstance(close, Procedure):  # What its orders ask for is the evidence.
        return found
    if gap_of(close) >= close.window:
        gap, window = format_duration(gap_of(close)), format_duration(close.window)
        found.append(f"'{playbook.name}' lets a silence of {gap} fill its window of {window}")
    blank = Observation(
        stream=playbook.stream.name,
        entity="check/1",
        observed_at=0,
        numbers={number.name: math.nan for number in playbook.stream.numbers},
        texts={text.name: None for text in playbook.stream.texts},
    )
    try:
        holds = Guard().call(close.holds, blank)
    except PackFailed:
        holds = False  # What cannot be judged proves nothing; the engine takes it so too.
    if holds and playbook.detect.fields:
        found.append(f"'{playbook.name}' takes a record without values for evidence")
    return found


def is_pure(source: PackSource) -> Mark:
    """Whether the pack's modules keep their hands off clock, chance and the outside."""
    return marked(
        RUNS,
        "pure",
        problems=[
            wrong for path in source.files for wrong in impurities(path, package=source.module)
        ],
        kept=f"{counted(len(source.files), 'module')}: no clock, chance, I/O, globals or logging",
        mend="Time and data come as arguments; what must be kept goes into a detector's memory.",
    )


def gives_same_bytes(exam: Exam) -> Mark:
    """Whether every log gives the same steps again, whole or cut otherwise."""
    pack = exam.pack
    problems = []
    for run in exam.runs:
        first = encode_lines([*run.steps])
        for parts in ([run.items], cut(run.items)):
            again = run_again(pack, parts, directory=run.directory)
            if encode_lines([*again]) != first:
                problems.append(f"case '{run.case.name}' gives other steps when run again")
                break
    if (day := exam.day) is not None:
        again = run_again(pack, cut(day.items, COARSE), directory=day.directory)
        if encode_lines([*again]) != encode_lines([*day.steps]):
            problems.append("the twin's day gives other steps when run again")
    logs = len(exam.runs) + (day is not None)
    return marked(
        RUNS,
        "same log, same bytes",
        problems=problems if exam.runs else ["there are no cases to run twice"],
        kept=f"{logs} logs, each run again whole or cut at random",
        mend="Look for state outside the detector's memory, and for sets whose order shows.",
    )


def is_covered(exam: Exam) -> Mark:
    """Whether every playbook has a case for yes, for no and for dirty data."""
    pack = exam.pack
    problems = []
    for playbook in pack.playbooks:
        own = [case for case in exam.source.cases if case.rule == playbook.name]
        has = {
            "yes": any(case.expect.opened for case in own),
            "no": any(not case.expect.opened for case in own),
            "dirty": any(is_dirty(case, pack) for case in own),
        }
        if lacking := [kind for kind, there in has.items() if not there]:
            problems.append(f"'{playbook.name}' has no case for {', '.join(lacking)}")
    return marked(
        RUNS,
        "yes, no and dirty",
        problems=problems,
        kept=f"{counted(len(exam.source.cases), 'case')} for "
        f"{counted(len(pack.playbooks), 'playbook')}",
        mend="Add to cases.yaml: one that opens, one that must not, and one with a value missing "
        "(_), late, again or absurd.",
    )


def comes_out(exam: Exam) -> Mark:
    """Whether every case comes out as it says."""
    problems = [
        f"line {run.case.line} '{run.case.name}': {', '.join(wrong)}"
        for run in exam.runs
        if (wrong := mismatches(run, exam.pack))
    ]
    return marked(
        RUNS,
        "cases come out",
        problems=problems if exam.runs else ["there are no cases"],
        kept=f"{len(exam.runs)} of {len(exam.runs)} as they say",
        mend="Change the playbook, or the expectation if it was wrong.",
    )


def speaks_both(exam: Exam) -> Mark:
    """Whether everything the pack says is in Chinese and in English."""
    pack = exam.pack
    texts = [("the pack's title", pack.title)]
    texts += [(f"title of '{playbook.name}'", playbook.title) for playbook in pack.playbooks]
    texts += [(f"title of {entity.id}", entity.title) for entity in exam.entities]
    texts += [told for steps in exam.logs for told in texts_of(steps)]
    problems = [f"{where}: {wrong}" for where, text in texts if (wrong := wrong_text(text))]
    return marked(
        RUNS,
        "both languages",
        problems=list(dict.fromkeys(problems)),
        kept=f"{len(set(texts))} texts in Chinese and English",
        mend="Write every Text with zh in Chinese and en in English.",
    )
