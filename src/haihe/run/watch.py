"""A plain watch for streams that no pack watches: what a recording is replayed under.

It knows nothing of the domain: a source that falls silent or sticks, a machine whose channels no
longer go together, a value that leaves what is normal for it.
"""

from typing import Any, Final

from haihe.detect import Cusum, Detector, Multivariate, Silence, Stuck
from haihe.model.alarm import Severity
from haihe.model.case import Case
from haihe.model.decision import Decision, Order
from haihe.model.record import Observation
from haihe.model.stream import Stream
from haihe.model.text import Text
from haihe.model.time import HOUR
from haihe.pack.contract import Closure, Pack, Playbook, RollUp
from haihe.pack.view import View

NAME: Final = "watch"
SILENT_STEPS: Final = 10  # Ours: ten missed reports are no longer a matter of transport.
STUCK_STEPS: Final = 60  # Ours: a live sensor's last digit moves within an hour of minutes.
CLOSE_STEPS: Final = 30  # Ours: half an hour of minutes without a new alarm.
TRAIN_ROWS: Final = 300  # Ours: rows a machine's normal is learnt from; less than SKAB's first 400.
FAR_SIGMA: Final = 8.0  # Ours: Cusum's decision interval, for few false alarms on raw series.


def watch_pack(streams: tuple[Stream, ...], *, every: int) -> Pack:
    """A pack that watches these streams without knowing what they are.

    every: how often an entity usually reports; ns.
    """
    playbooks = tuple(
        playbook for stream in streams for playbook in _playbooks(stream, every=every)
    )
    return Pack(name=NAME, title=Text(zh="通用监测", en="Plain watch"), playbooks=playbooks)


def _playbooks(stream: Stream, *, every: int) -> tuple[Playbook, ...]:
    names = tuple(field.name for field in stream.numbers)
    odd: Detector[Any]
    if len(names) > 1:
        odd = Multivariate(channels=names, train=TRAIN_ROWS, severity=Severity.MODERATE)
    else:
        odd = Cusum(names[0], warm_up=TRAIN_ROWS, learn=0.001, width=FAR_SIGMA)
    title = stream.name.replace(".", "-").replace("_", "-")
    made: list[tuple[str, Detector[Any], Text]] = [
        (f"{title}-odd", odd, Text(zh="偏离常态", en="unlike its normal")),
        (f"{title}-silent", Silence(SILENT_STEPS * every), Text(zh="数据中断", en="silent")),
    ]
    if len(names) == 1:
        stuck = Stuck(names[0], STUCK_STEPS * every, at_least=STUCK_STEPS)
        made.append((f"{title}-stuck", stuck, Text(zh="读数不变", en="stuck")))
    return tuple(
        Playbook(
            name=name,
            title=Text(zh=f"{stream.name} {words.zh}", en=f"{stream.name} {words.en}"),
            stream=stream,
            detect=detect,
            decide=look_at_it,
            close=Closure(window=CLOSE_STEPS * every, at_least=CLOSE_STEPS // 2, holds=is_told),
            roll_up=RollUp(relations=()),
        )
        for name, detect, words in made
    )


def look_at_it(case: Case, view: View) -> Decision:
    """Someone looks at the thing; the reason names what was seen against what is normal."""
    alarm = case.alarms[-1]
    seen = view.latest(alarm.stream, case.entity)
    known = len(seen.numbers) if seen is not None else 0
    about = f"{alarm.field} {alarm.value:.4g}, limit {alarm.limit:.4g} {alarm.detail}".strip()
    order = Order(
        action="look-at",
        entity=case.entity,
        assignee="watch-crew",
        due_in=1 * HOUR,
        title=Text(zh=f"到场查看 {case.entity}", en=f"look at {case.entity}"),
    )
    return Decision(
        orders=(order,),
        why=Text(
            zh=f"{case.entity} 偏离常态：{about}（共 {known} 项读数）",
            en=f"{case.entity} is unlike its normal: {about} ({known} values)",
        ),
    )


def is_told(seen: Observation) -> bool:
    """Whether the record says anything: a plain watch knows no better sign that it is over."""
    return any(value == value for value in seen.numbers.values())
