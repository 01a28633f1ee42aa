"""``haihe pack check``: what a pack owes, measured.

*Runs*: it loads alone, its streams are described, every playbook can close, it is pure, the same
log gives the same bytes, its cases cover yes, no and dirty data and come out as they say, and it
speaks both languages. *Trusted*: it notices what is true at least as well as a named baseline,
survives bad feeds, leaves its operator time, and names value and limit. *Live* is earned in a zone.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from haihe.detect.limit import Limit
from haihe.errors import HaiheError
from haihe.model.entity import Entity
from haihe.model.line import AlarmRaised, CaseClosed, CaseOpened, Step, encode_lines
from haihe.model.record import Observation
from haihe.model.stream import Stream
from haihe.model.time import NEVER, format_duration
from haihe.pack.contract import Pack, Playbook
from haihe.run.cases import (
    CaseRun,
    closed_at,
    failures,
    is_dirty,
    mismatches,
    opened_of,
    run_case,
)
from haihe.run.closure import gap_of
from haihe.run.day import (
    BASELINE,
    Tally,
    TwinDay,
    entities_of,
    noticed,
    plain,
    run_again,
    run_day,
    tally_day,
)
from haihe.run.guard import Guard, PackFailed
from haihe.run.load import alarm_load
from haihe.run.report import LIVE, RUNS, TRUSTED, CheckReport, Mark, level_of, marked
from haihe.run.scan import impurities, loaded_alone
from haihe.run.source import PackSource, find_pack
from haihe.run.spoil import COARSE, SPOILED, cut, spoiled
from haihe.run.words import texts_of, unsaid, wrong_text

# What tells where a record stands, which a repeated one moves; the rest of a step may not change.
_PLACES: Final = re.compile(rb'"(?:first_offset|last_offset|offset)":-?\d+,?|"saw":\[[^]]*\],?')


@dataclass
class Evidence:
    """What the marks are made from.

    source: the pack and where it is.
    entities: of its twin.
    runs: its examples, run.
    day: its twin's day; None without a twin.
    trouble: why there is no day although there is a twin; "" if there is no trouble.
    """

    source: PackSource
    entities: tuple[Entity, ...] = ()
    runs: list[CaseRun] = field(default_factory=list)
    day: TwinDay | None = None
    trouble: str = ""

    @property
    def pack(self) -> Pack:
        """The pack itself."""
        return self.source.pack

    @property
    def logs(self) -> list[Sequence[Step]]:
        """The steps of every run, each by itself."""
        days = [self.day.steps] if self.day is not None else []
        return [*(run.steps for run in self.runs), *days]


def check_named(
    named: str, *, hours: int = 24, progress: Callable[[str], None] | None = None
) -> CheckReport:
    """A pack by its installed name or its folder, held against all that a pack owes.

    hours: how long the twin's day is; 1 or more.
    progress: told what is being done, a few words at a time.
    Raises PackInvalid if there is no such pack, or it or its cases cannot be read.
    """
    return check_pack(find_pack(named), hours=hours, progress=progress)


def check_pack(
    source: PackSource, *, hours: int = 24, progress: Callable[[str], None] | None = None
) -> CheckReport:
    """A pack held against all that a pack owes; see ``check_named``."""
    say = progress or _say_nothing
    evidence = _gathered(source, hours=hours, say=say)
    say("looking at what it is made of")
    marks = [_loads(source), _described(source.pack), _closes(evidence), _is_pure(source)]
    say("running its logs again in other pieces")
    marks += [_same_bytes(evidence), _covered(evidence), _met(evidence), _two_languages(evidence)]
    say("spoiling its feeds")
    survives = _survives(evidence)
    say("holding it against the baseline")
    tallies = _tallies(evidence)
    marks += [_backtest(evidence, tallies), survives, _load(evidence), _names(evidence)]
    marks += [
        Mark(LIVE, "shadow agreement", None, "not measured here: run it beside the live rules"),
        Mark(LIVE, "signed promotion", None, "not measured here: a named person promotes it"),
    ]
    day = evidence.day
    return CheckReport(
        pack=source.pack.name,
        version=source.pack.version,
        level=level_of(tuple(marks)),
        marks=tuple(marks),
        tallies=tuple(tallies),
        noticed=tuple(noticed(day, day.steps)) if day is not None else (),
        load=_day_load(day),
    )


def _gathered(source: PackSource, *, hours: int, say: Callable[[str], None]) -> Evidence:
    evidence = Evidence(source)
    pack = source.pack
    try:
        evidence.entities = entities_of(pack)
    except PackFailed as error:
        evidence.trouble = f"the twin fails: {error}"
    say(f"running {len(source.cases)} cases")
    evidence.runs = [run_case(case, pack, entities=evidence.entities) for case in source.cases]
    if pack.twin is not None and not evidence.trouble:
        say(f"letting its twin live for {hours} hours")
        try:
            evidence.day = run_day(pack, hours=hours)
        except (HaiheError, ValueError) as error:
            evidence.trouble = f"the twin's day fails: {error}"
    return evidence


def _say_nothing(words: str) -> None:
    del words


def _loads(source: PackSource) -> Mark:
    wrong = loaded_alone(source.module, source.folder)
    return marked(
        RUNS,
        "loads alone",
        problems=[wrong] if wrong else [],
        kept=f"a fresh interpreter imports {source.module}, and no engine with it",
        mend="Import only haihe.pack, model, detect, decide, twin and what computes.",
    )


def _described(pack: Pack) -> Mark:
    problems = [wrong for stream in pack.all_streams for wrong in _undescribed(stream)]
    fields = sum(len(stream.numbers) for stream in pack.all_streams)
    return marked(
        RUNS,
        "streams described",
        problems=problems,
        kept=f"{len(pack.all_streams)} streams, {fields} numbers: unit, range and source",
        mend="Give the stream a source, and each number field a unit, low and high: the widest "
        "values that are physically possible.",
    )


def _undescribed(stream: Stream) -> list[str]:
    found = [] if stream.source.strip() else [f"stream '{stream.name}' has no source"]
    for number in stream.numbers:
        if number.low is None or number.high is None:
            found.append(f"'{stream.name}.{number.name}' has no range")
    return found


def _closes(evidence: Evidence) -> Mark:
    pack = evidence.pack
    closing = {
        run.case.rule
        for run in evidence.runs
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
        kept=f"{len(pack.playbooks)} playbooks, each closed by evidence in a case",
        mend="Give the playbook evidence that proves it over, and a case with 'closed_at'.",
    )


def _cannot_close(playbook: Playbook) -> list[str]:
    """What would let a case close without evidence."""
    found = []
    close = playbook.close
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


def _is_pure(source: PackSource) -> Mark:
    return marked(
        RUNS,
        "pure",
        problems=[
            wrong for path in source.files for wrong in impurities(path, package=source.package)
        ],
        kept=f"{len(source.files)} modules: no clock, chance, I/O, globals or logging",
        mend="Time and data come as arguments; what must be kept goes into a detector's memory.",
    )


def _same_bytes(evidence: Evidence) -> Mark:
    pack = evidence.pack
    problems = []
    for run in evidence.runs:
        first = encode_lines(list(run.steps))
        for parts in ([run.items], cut(run.items)):
            again = run_again(pack, parts, directory=run.directory)
            if encode_lines(again) != first:
                problems.append(f"case '{run.case.name}' gives other steps when run again")
                break
    if (day := evidence.day) is not None:
        again = run_again(pack, cut(day.items, COARSE), directory=day.directory)
        if encode_lines(again) != encode_lines(list(day.steps)):
            problems.append("the twin's day gives other steps when run again")
    logs = len(evidence.runs) + (day is not None)
    return marked(
        RUNS,
        "same log, same bytes",
        problems=problems if evidence.runs else ["there are no cases to run twice"],
        kept=f"{logs} logs, each run again whole or cut at random",
        mend="Look for state outside the detector's memory, and for sets whose order shows.",
    )


def _covered(evidence: Evidence) -> Mark:
    pack = evidence.pack
    problems = []
    for playbook in pack.playbooks:
        own = [case for case in evidence.source.cases if case.rule == playbook.name]
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
        kept=f"{len(evidence.source.cases)} cases for {len(pack.playbooks)} playbooks",
        mend="Add to cases.yaml: one that opens, one that must not, and one with a value missing "
        "(_), late, again or absurd.",
    )


def _met(evidence: Evidence) -> Mark:
    problems = [
        f"line {run.case.line} '{run.case.name}': {', '.join(wrong)}"
        for run in evidence.runs
        if (wrong := mismatches(run, evidence.pack))
    ]
    return marked(
        RUNS,
        "cases come out",
        problems=problems if evidence.runs else ["there are no cases"],
        kept=f"{len(evidence.runs)} of {len(evidence.runs)} as they say",
        mend="Change the playbook, or the expectation if it was wrong.",
    )


def _two_languages(evidence: Evidence) -> Mark:
    pack = evidence.pack
    texts = [("the pack's title", pack.title)]
    texts += [(f"title of '{playbook.name}'", playbook.title) for playbook in pack.playbooks]
    texts += [(f"title of {entity.id}", entity.title) for entity in evidence.entities]
    texts += [told for steps in evidence.logs for told in texts_of(steps)]
    problems = [f"{where}: {wrong}" for where, text in texts if (wrong := wrong_text(text))]
    return marked(
        RUNS,
        "both languages",
        problems=list(dict.fromkeys(problems)),
        kept=f"{len(set(texts))} texts in Chinese and English",
        mend="Write every Text with zh in Chinese and en in English.",
    )


def _survives(evidence: Evidence) -> Mark:
    problems = []
    for run in evidence.runs:
        for kind in SPOILED:
            worse = run_case(
                spoiled(run.case, kind), evidence.pack, entities=evidence.entities
            )
            problems += [f"'{run.case.name}', {kind}: {wrong}" for wrong in failures(worse.steps)]
            changed = {"repeated": _whole, "told again": _gist}.get(kind)
            if changed is not None and changed(worse.steps) != changed(run.steps):
                problems.append(f"'{run.case.name}': a record that is {kind} changes the steps")
    return marked(
        TRUSTED,
        "survives bad feeds",
        problems=problems if evidence.runs else ["there are no cases to spoil"],
        kept=f"{len(evidence.runs) * len(SPOILED)} feeds: {', '.join(SPOILED)}",
        mend="A value may be NaN and latest() may be None; say what then, do not assume it away.",
    )
