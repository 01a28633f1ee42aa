"""回测: rules on recorded history, scored; and what another setting would have changed.

The same engine runs as live, with orders withheld. Playbooks do not decide here: nothing is
ordered, so what counts is what would have been noticed, when, how often, and when it was over.
Rules whose cases answer for the one on trial (``Playbook.under``) run beside it, as shipped.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from haihe.errors import PackInvalid
from haihe.log.directory import Directory
from haihe.model.case import Case
from haihe.model.decision import Decision
from haihe.model.line import Action, AlarmRaised, CaseClosed, CaseOpened, Step
from haihe.model.record import Batch
from haihe.model.text import Text
from haihe.model.time import MINUTE
from haihe.pack.contract import Pack
from haihe.pack.view import View
from haihe.run.engine import Engine, Item, Told
from haihe.run.load import AlarmLoad, alarm_load
from haihe.run.rule import rules_of, tuned, with_above
from haihe.run.shadow import Opening, compared

LABEL_LEAD: Final = 10 * MINUTE  # Ours: a case this long before a labelled event is an early find.
BATCHES_AT_ONCE: Final = 64  # Bounds memory; what is found does not depend on it.


class Label(msgspec.Struct, frozen=True):
    """A true event, as someone who knows says.

    entity: where; "" for anywhere.
    from_at, to_at: ns.
    """

    entity: str
    from_at: int
    to_at: int


class Score(msgspec.Struct, frozen=True):
    """Cases held against labels. Missing a true event is worse than any noise; both are shown.

    events, found: labelled events, and those a case was opened for in time.
    missed: the labels without a case.
    cases, false: cases opened, and those outside every label.
    delay_s: median delay from the event's start to the case; negative where it came first; 0 if
        nothing was found.
    """

    events: int
    found: int
    missed: tuple[Label, ...]
    cases: int
    false: int
    delay_s: float


class Result(msgspec.Struct, frozen=True):
    """One rule, one setting, over one time.

    rule, settings: what ran.
    from_at, to_at: first and last record; ns.
    records: how many.
    alarms, cases, closed: how many there would have been.
    under: alarms beside these that a case of another rule would have answered for.
    load: alarms on one operator.
    openings: the cases, by entity and instant.
    score: against labels, where there are any.
    """

    rule: str
    settings: dict[str, str]
    from_at: int
    to_at: int
    records: int
    alarms: int
    cases: int
    closed: int
    load: AlarmLoad
    openings: tuple[Opening, ...]
    score: Score | None = None
    under: int = 0


class Change(msgspec.Struct, frozen=True):
    """What another setting would have made different.

    before, after: the rule as it is, and as it would be.
    both: cases both have.
    lost, gained: cases only before, and only after.
    """

    before: Result
    after: Result
    both: int
    lost: tuple[Opening, ...]
    gained: tuple[Opening, ...]


class Trial:
    """One engine with one rule on trial, fed with a recording."""

    def __init__(
        self, pack: Pack, rule: str, *, settings: Mapping[str, str], directory: Directory
    ) -> None:
        """Prepare to run a rule of a pack.

        Raises PackInvalid if there is no such rule or setting.
        """
        shipped = rules_of((pack,))
        if rule not in shipped:
            raise PackInvalid(f"there is no rule '{rule}'; there are {', '.join(sorted(shipped))}.")
        self.rule = tuned(shipped[rule], settings)
        playbooks = tuple(
            dataclasses.replace(each.playbook, decide=_nothing, stand_down=None)
            for each in with_above(self.rule, shipped).values()
        )
        alone = dataclasses.replace(pack, playbooks=playbooks, loops=())
        self.engine = Engine((alone,), directory, orders_withheld=True)
        self.stream = self.rule.playbook.stream.name
        self.streams = tuple(sorted({playbook.stream.name for playbook in playbooks}))
        self._steps: list[Step] = []
        self._records = 0
        self._from_at = self._to_at = 0

    def take(self, items: Sequence[Item]) -> None:
        """Feed the recording's next items; other streams and what people did pass by."""
        wanted: list[Item] = []
        for item in items:
            if isinstance(item, Told):
                facts = tuple(fact for fact in item.facts if not isinstance(fact, Action))
                wanted.append(dataclasses.replace(item, facts=facts))
            elif item.stream in self.streams:
                wanted.append(item)
        for item in wanted:
            if isinstance(item, Batch) and item.stream == self.stream:
                self._records += len(item)
                self._from_at = self._from_at or int(item.observed_at.min())
                self._to_at = max(self._to_at, int(item.observed_at.max()))
        self._steps += self.engine.take(wanted).steps

    def result(self, labels: Sequence[Label] = ()) -> Result:
        """What was found."""
        name = self.rule.name
        raised = [
            step
            for step in self._steps
            if isinstance(step, AlarmRaised) and step.alarm.rule == name
        ]
        shown = [step for step in raised if not step.because]
        opened = [
            step for step in self._steps if isinstance(step, CaseOpened) and step.rule == name
        ]
        cases = tuple(Opening(step.entity, step.at) for step in opened)
        own = {step.case for step in opened}
        times = [step.alarm.observed_at for step in shown]
        end_at = max(self._to_at, self._from_at + 1)
        return Result(
            rule=name,
            settings=dict(self.rule.settings),
            from_at=self._from_at,
            to_at=self._to_at,
            records=self._records,
            alarms=len(shown),
            cases=len(cases),
            closed=sum(isinstance(step, CaseClosed) and step.case in own for step in self._steps),
            load=alarm_load(times, from_at=self._from_at, to_at=end_at),
            openings=cases,
            score=scored(cases, labels) if labels else None,
            under=len(raised) - len(shown),
        )


def what_if(
    items: Iterable[Item], before: Trial, *, after: Trial, labels: Sequence[Label] = ()
) -> Change:
    """Both trials over one recording, beside each other."""
    (change,) = what_ifs(items, before, afters=(after,), labels=labels)
    return change


def what_ifs(
    items: Iterable[Item], before: Trial, *, afters: Sequence[Trial], labels: Sequence[Label] = ()
) -> tuple[Change, ...]:
    """Several settings over one recording, each beside the one in force."""
    for some in _some(items):
        for trial in (before, *afters):
            trial.take(some)
    one = before.result(labels)
    changes: list[Change] = []
    for after in afters:
        other = after.result(labels)
        both, lost, gained = compared(list(one.openings), list(other.openings))
        changes.append(Change(before=one, after=other, both=both, lost=lost, gained=gained))
    return tuple(changes)


def run_trial(
    items: Iterable[Item],
    trial: Trial,
    *,
    labels: Sequence[Label] = (),
    progress: Callable[[int], None] | None = None,
) -> Result:
    """One trial over a recording.

    progress: called with how many records were taken since the last call.
    """
    for some in _some(items):
        trial.take(some)
        if progress is not None:
            progress(sum(len(item) for item in some if isinstance(item, Batch)))
    return trial.result(labels)


def scored(cases: Sequence[Opening], labels: Sequence[Label]) -> Score:
    """Cases held against labels; one case may answer for several labels that overlap it.

    >>> scored([Opening("pump/1", 50)], [Label("", 0, 100), Label("pump/1", 10**15, 10**15 + 1)])
    Score(events=2, found=1, missed=(Label(entity='pump/1', from_at=1000000000000000, \
to_at=1000000000000001),), cases=1, false=0, delay_s=5e-08)
    """
    delays: list[int] = []
    missed: list[Label] = []
    for label in labels:
        hits = [case.at for case in cases if _is_hit(case, label)]
        if hits:
            delays.append(min(hits) - label.from_at)
        else:
            missed.append(label)
    false = sum(not any(_is_hit(case, label) for label in labels) for case in cases)
    delays.sort()
    return Score(
        events=len(labels),
        found=len(delays),
        missed=tuple(missed),
        cases=len(cases),
        false=false,
        delay_s=delays[len(delays) // 2] / 1e9 if delays else 0.0,
    )


def _is_hit(case: Opening, label: Label) -> bool:
    fits = label.entity in ("", case.entity)
    return fits and label.from_at - LABEL_LEAD <= case.at <= label.to_at


def _some(items: Iterable[Item]) -> Iterator[list[Item]]:
    some: list[Item] = []
    for item in items:
        some.append(item)
        if len(some) >= BATCHES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _nothing(case: Case, view: View) -> Decision:
    """No orders: a backtest gives none."""
    del case, view
    return Decision(orders=(), why=Text(zh="回测不派单", en="no orders in a backtest"))
