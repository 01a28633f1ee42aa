"""What the marks of a check are made from: the pack's examples run, and its twin's day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from haihe.errors import HaiheError
from haihe.model.entity import Entity
from haihe.model.line import Step
from haihe.pack.contract import Pack
from haihe.run.check.cases import CaseRun, run_case
from haihe.run.check.day import TwinDay, entities_of, run_day
from haihe.run.check.source import PackSource
from haihe.run.guard import PackFailed


@dataclass(frozen=True, slots=True)
class Exam:
    """A pack, put through what a check needs.

    source: the pack and where it is.
    entities: of its twin.
    runs: its examples, run.
    day: its twin's day; None without one.
    trouble: why there is no day although there is a twin; "" if nothing is wrong.
    """

    source: PackSource
    entities: tuple[Entity, ...]
    runs: tuple[CaseRun, ...]
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


def examine(source: PackSource, *, hours: int, say: Callable[[str], None]) -> Exam:
    """The pack's examples and its twin's day, run.

    hours: how long the day is.
    say: told what is being done.
    """
    pack = source.pack
    entities: tuple[Entity, ...] = ()
    trouble = ""
    try:
        entities = entities_of(pack)
    except PackFailed as error:
        trouble = f"the twin fails: {error}"
    say(f"running {len(source.cases)} cases")
    runs = tuple(run_case(case, pack, entities=entities) for case in source.cases)
    if pack.twin is None or trouble:
        return Exam(source, entities, runs, trouble=trouble)
    say(f"letting its twin live for {hours} hours")
    try:
        return Exam(source, entities, runs, day=run_day(pack, hours=hours))
    except (HaiheError, ValueError) as error:
        return Exam(source, entities, runs, trouble=f"the twin's day fails: {error}")
