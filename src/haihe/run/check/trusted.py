"""The marks of a pack that is trusted: it notices, survives, leaves time and names its reasons."""

import re
from collections.abc import Sequence
from typing import Final

from haihe.detect.arrival import Arrived
from haihe.model.line import AlarmRaised, CaseOpened, Decided, Step, encode_lines
from haihe.model.time import HOUR
from haihe.pack.contract import Pack
from haihe.run.check.cases import CaseRun, failures, run_case
from haihe.run.check.day import BASELINE, Tally, noticed, plain, run_again, tally_day
from haihe.run.check.exam import Exam
from haihe.run.check.report import TRUSTED, Mark, counted, marked, unmeasured
from haihe.run.check.spoil import SPOILED, spoiled
from haihe.run.check.words import unsaid
from haihe.run.load import FLOOD, MANAGEABLE, PERIOD, AlarmLoad, alarm_load

# What tells where a record stands, which a repeated one moves; the rest of a step may not change.
_PLACES: Final = re.compile(
    rb'"(?:first_offset|last_offset|end_offset|offset)":-?\d+,?|"saw":\[[^]]*\],?'
)


def tallies_of(exam: Exam) -> tuple[Tally, ...]:
    """The pack and the baseline on the cases, and on the twin's day if there is one."""
    base = plain(exam.pack)
    found = [_tally_cases(exam, [run.steps for run in exam.runs], watch=exam.pack.name)]
    if base is not None:
        steps = [_plainly(base, run) for run in exam.runs]
        found.append(_tally_cases(exam, steps, watch=BASELINE))
    if exam.day is None:
        return tuple(found)
    found.append(tally_day(exam.day, exam.day.steps, watch=exam.pack.name))
    if base is not None:
        day = exam.day
        plainly = run_again(base, [day.items], directory=day.directory, withheld=True)
        found.append(tally_day(day, plainly, watch=BASELINE))
    return tuple(found)


def _plainly(base: Pack, run: CaseRun) -> list[Step]:
    return run_again(base, [run.items], directory=run.directory, withheld=True)


def _tally_cases(exam: Exam, logs: Sequence[Sequence[Step]], *, watch: str) -> Tally:
    """A watch held against what the cases expect: to open, or not."""
    truth = [run.case.expect.opened > 0 for run in exam.runs]
    opened = [
        any(isinstance(step, CaseOpened) and step.rule == exam.pack.name + "." + run.case.rule
            for step in steps)
        for run, steps in zip(exam.runs, logs, strict=True)
    ]  # fmt: skip
    return Tally(
        where="cases",
        watch=watch,
        events=sum(truth),
        found=sum(true and told for true, told in zip(truth, opened, strict=True)),
        false=sum(told and not true for true, told in zip(truth, opened, strict=True)),
        alarms=sum(isinstance(step, AlarmRaised) for steps in logs for step in steps),
    )


def notices(exam: Exam, tallies: Sequence[Tally]) -> Mark:
    """Whether the pack notices all that is true, and is nowhere behind the baseline.

    tallies: as from ``tallies_of``.
    """
    own = [one for one in tallies if one.watch != BASELINE]
    base = {one.where: one for one in tallies if one.watch == BASELINE}
    problems = [exam.trouble] if exam.trouble else []
    problems += [] if exam.runs else ["there are no cases to score"]
    for one in own:
        if one.found < one.events:
            problems.append(f"on the {one.where} {one.events - one.found} of {one.events} missed")
        allowed = base[one.where].false if one.where in base else 0
        if one.false > allowed:
            problems.append(f"on the {one.where} {one.false} false, the baseline has {allowed}")
    if exam.day is not None:
        if not exam.day.faults:
            problems.append("the twin has no faults to notice: Pack.demo gives none")
        missed = [one for one in noticed(exam.day, exam.day.steps) if not one.by]
        problems += [f"nobody noticed {one.kind} at {one.entity}" for one in missed]
    told = ", ".join(_in_words(one, base.get(one.where)) for one in own)
    return marked(
        TRUSTED,
        "backtest, scored",
        problems=problems,
        kept=f"{told}" if base else f"{told}; no playbook has a Limit, so there is no baseline",
        mend="Tune the detectors on the twin, or give the playbook that is missing.",
    )


def _in_words(own: Tally, base: Tally | None) -> str:
    beside = f" ({BASELINE}: {base.found} and {base.false})" if base is not None else ""
    return f"{own.where}: {own.found} of {own.events} found, {own.false} false{beside}"


def survives(exam: Exam) -> Mark:
    """Whether lost, late, repeated and reordered records raise no error.

    Records that only repeat others change no step.
    """
    problems = []
    for run in exam.runs:
        for kind in SPOILED:
            case = spoiled(run.case, kind)
            worse = run_case(case, exam.pack, entities=exam.entities)
            problems += [f"'{run.case.name}', {kind}: {wrong}" for wrong in failures(worse.steps)]
            changed = {"repeated": _whole, "told again": _gist}.get(kind)
            if changed is not None and changed(worse.steps) != changed(run.steps):
                problems.append(f"'{run.case.name}': a record that is {kind} changes the steps")
    return marked(
        TRUSTED,
        "survives bad feeds",
        problems=problems if exam.runs else ["there are no cases to spoil"],
        kept=f"{len(exam.runs) * len(SPOILED)} feeds: {', '.join(SPOILED)}",
        mend="A value may be NaN and latest() may be None; say what then, do not assume it away.",
    )


def _whole(steps: Sequence[Step]) -> bytes:
    return encode_lines(list(steps))


def _gist(steps: Sequence[Step]) -> bytes:
    """The steps without the places of the records they speak of."""
    return _PLACES.sub(b"", _whole(steps))


def load_of(exam: Exam) -> AlarmLoad | None:
    """Alarms on one operator over the twin's day; None without one."""
    day = exam.day
    if day is None:
        return None
    raised = [
        step.alarm.raised_at
        for step in day.steps
        if isinstance(step, AlarmRaised) and not step.because  # A sign of a case is not announced.
    ]
    return alarm_load(raised, from_at=day.start_at, to_at=day.end_at + 1)


def leaves_time(exam: Exam) -> Mark:
    """Whether one operator can keep up with the pack's alarms."""
    name = "alarms per operator"
    load = load_of(exam)
    if load is None:
        if exam.trouble:
            return Mark(TRUSTED, name, passed=False, found=exam.trouble, mend="Mend the twin.")
        return unmeasured(TRUSTED, name, why="the pack has no twin to give it a day")
    per_hour = load.per_period * HOUR / PERIOD
    told = f"{load.total} on the twin's day, {per_hour:.2f} an hour, {load.worst} in the worst "
    allowed = MANAGEABLE * HOUR / PERIOD
    told += f"ten minutes; EEMUA 191 allows {allowed:g} an hour, ISA-18.2 {FLOOD} at worst"
    return marked(
        TRUSTED,
        name,
        problems=[] if load.is_manageable else [told],
        kept=told,
        mend="Give the detectors a deadband and delays, and roll related alarms up.",
    )


def names_reasons(exam: Exam) -> Mark:
    """Whether every decision names the value that was seen and the limit it was held against."""
    pack = exam.pack
    durations = frozenset(
        pack.rule(playbook) for playbook in pack.playbooks if not playbook.detect.fields
    )
    came = {pack.rule(one) for one in pack.playbooks if isinstance(one.detect, Arrived)}
    logs = [
        [step for step in steps if not (isinstance(step, Decided) and step.rule in came)]
        for steps in exam.logs
    ]  # That something came is no value with a limit.
    problems = [wrong for steps in logs for wrong in unsaid(steps, durations=durations)]
    decided = sum(isinstance(step, Decided) for steps in exam.logs for step in steps)
    return marked(
        TRUSTED,
        "names value and limit",
        problems=problems if decided else ["nothing was decided in any case"],
        kept=f"{counted(decided, 'decision')}, each in both languages",
        mend="Write case.alarms[-1].value and .limit into why, zh and en, with their unit.",
    )
