"""巡检: patrols that did not come, found a defect, or brought no proof of what they saw.

A visit of a checkpoint is four scans within minutes: arrived, first look, second look, left. The
last three say how many photos were taken and what was found, so one visit that found all well is
the evidence that closes a case; a scan on arrival proves nothing.
"""

from collections.abc import Callable
from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit, Silence
from haihe.model import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Case,
    Decision,
    Observation,
    Order,
    Settled,
    Severity,
    Text,
)
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import CREW
from haihe.packs.gallery.people_streams import (
    DEFECT,
    FIRST_LOOK,
    MAJOR_DEFECT,
    PATROL,
    UNPROVEN_PHOTOS,
)

HANDHELDS: Final = "gallery-handhelds"  # 巡检手持终端: the task shows up on it; scans prove it.
SAFETY: Final = "gallery-safety"  # 安全管理员.
EVERY: Final = 8 * HOUR  # Ours: one patrol a shift.
OVERDUE_AFTER: Final = EVERY + 2 * HOUR  # Ours: a patrol that waits for an all-clear is no miss.
MEND_WITHIN: Final = 3 * DAY  # Ours: a general hazard 一般隐患.
CLOSE_OFF_WITHIN: Final = 30 * MINUTE  # Ours: a major hazard 重大隐患; a drive and a barrier.
CASE_WITHIN: Final = 7 * DAY  # Ours: mended in three days, seen mended by the next patrol.
MEND: Final = Text(zh="整改隐患，由他人复查销号", en="Put the defect right; another person checks")
CLOSE_OFF: Final = Text(
    zh="重大隐患：立即设警戒并停止相关作业，安全管理员到场",
    en="Major defect: close the place off, stop work there, safety officer on site",
)
MAKE_UP: Final = Text(
    zh="补巡：到点、逐项检查、拍照", en="Make the visit up: scan, look, photograph"
)
COUNT_IT: Final = Text(
    zh="计入下一班：不选，两班之间的变化无人看见",
    en="leaving it to the next shift: not chosen, nobody would see what changes until then",
)
BELIEVE: Final = Text(
    zh="相信口头报告：不选，没有照片不能复核",
    en="taking their word: not chosen, nothing could be checked without a photo",
)
LEAVE_IT: Final = Text(
    zh="留待大修：不选，隐患会发展成事故",
    en="leaving it to the next overhaul: not chosen, a defect grows into an accident",
)


def was_looked_at(seen: Observation) -> bool:
    """Whether a scan shows that someone looked, and did not just arrive.

    >>> was_looked_at(Observation("gallery.patrol", "checkpoint/7", 0, {"step": 1.0}, {}))
    False
    """
    return seen.numbers["step"] >= FIRST_LOOK


def is_sound(seen: Observation) -> bool:
    """Whether a scan says that no defect was found; a scan on arrival says nothing."""
    return seen.numbers["defect"] == 0.0


def is_proven(seen: Observation) -> bool:
    """Whether a scan comes with a photo."""
    return seen.numbers["photos"] > UNPROVEN_PHOTOS


def make_up(case: Case, view: View) -> Decision:
    """Put the visit that did not come on the patrol's handhelds.

    case: a ``patrol-overdue`` case; every entity is a checkpoint.
    view: not looked at: silence has no record.
    """
    del view
    alarm = case.alarms[-1]
    hours, limit = alarm.value * SECOND / HOUR, alarm.limit * SECOND / HOUR
    why = Text(
        zh=f"{alarm.entity} 已 {hours:.1f} 小时无人巡检，限值 {limit:.1f} 小时",
        en=f"no patrol at {alarm.entity} for {hours:.1f} h, limit {limit:.1f} h",
    )
    orders = tuple(_task("patrol", checkpoint) for checkpoint in case.entities)
    return Decision(orders=orders, why=why, alternatives=(COUNT_IT,))


def photograph(case: Case, view: View) -> Decision:
    """Send the patrol back for the proof it did not bring.

    case: a ``patrol-unproven`` case; the entity is the checkpoint.
    view: gives whose scan it was.
    """
    what = Text(zh="巡检照片数", en="photos of the visit:")
    why = joined(value_and_limit(case, what=what, unit=""), _by(case.entity, view))
    return Decision(orders=(_task("patrol", case.entity),), why=why, alternatives=(BELIEVE,))


def mend(case: Case, view: View) -> Decision:
    """Have a defect put right.

    case: a ``defect-found`` case; the entity is the checkpoint.
    view: gives the patrol's words and photo.
    """
    what = Text(zh="巡检发现隐患，等级", en="defect found by the patrol, grade")
    order = _work("mend", case.entity, title=MEND, due_in=MEND_WITHIN, told=_told(case, view))
    why = joined(value_and_limit(case, what=what, unit=""), _by(case.entity, view))
    return Decision(orders=(order,), why=why, alternatives=(LEAVE_IT,))


def close_off(case: Case, view: View) -> Decision:
    """Close the place of a major defect off; that it is put right is ``defect-found``'s.

    case: a ``defect-major`` case; the entity is the checkpoint.
    view: gives the patrol's words and photo.
    """
    what = Text(zh="巡检发现重大隐患，等级", en="major defect found by the patrol, grade")
    order = _work(
        "close-off", case.entity, title=CLOSE_OFF, due_in=CLOSE_OFF_WITHIN, told=_told(case, view)
    )
    why = joined(value_and_limit(case, what=what, unit=""), _by(case.entity, view))
    return Decision(orders=(order,), why=why, alternatives=(LEAVE_IT,))


def _told(case: Case, view: View) -> dict[str, str]:
    """The patrol's own words, for those who are sent."""
    seen = view.latest(PATROL.name, case.entity)
    return {} if seen is None else {key: text for key, text in seen.texts.items() if text}


def _by(checkpoint: str, view: View) -> Text:
    """Whose scan it was, what they said and where the photo is."""
    seen = view.latest(PATROL.name, checkpoint)
    by = (seen.texts["by"] if seen is not None else None) or "?"
    photo = (seen.texts["photo"] if seen is not None else None) or "-"
    return Text(zh=f"巡检人 {by}，照片 {photo}", en=f"by {by}, photo {photo}")


def _task(action: str, checkpoint: str) -> Order:
    """A visit to make: the handheld has it at once, and only its scans prove it."""
    return Order(
        action=action,
        entity=checkpoint,
        assignee=HANDHELDS,
        due_in=MINUTE,
        title=Text(zh=f"{MAKE_UP.zh}：{checkpoint}", en=f"{MAKE_UP.en}: {checkpoint}"),
        settled=Settled.BY_RECEIPT,
    )


def _work(action: str, place: str, *, title: Text, due_in: int, told: dict[str, str]) -> Order:
    return Order(
        action=action,
        entity=place,
        assignee=SAFETY if action == "close-off" else CREW,
        due_in=due_in,
        title=Text(zh=f"{title.zh}：{place}", en=f"{title.en}: {place}"),
        parameters=told,
    )


def _visit(holds: Callable[[Observation], bool]) -> Closure:
    """One whole visit that shows it: three scans, each within a minute or so of the last."""
    return Closure(window=2 * MINUTE, at_least=3, holds=holds, gap=90 * SECOND)


PATROL_PLAYBOOKS: Final = (
    Playbook(
        name="defect-found",
        title=Text(zh="巡检发现隐患", en="Defect found by a patrol"),
        stream=PATROL,
        detect=Limit("defect", high=DEFECT, severity=Severity.MODERATE),
        decide=mend,
        close=_visit(is_sound),
        due_in=CASE_WITHIN,
        roll_up=RollUp(relations=()),
    ),
    Playbook(
        name="defect-major",
        title=Text(zh="巡检发现重大隐患", en="Major defect found by a patrol"),
        stream=PATROL,
        detect=Limit("defect", high=MAJOR_DEFECT, severity=Severity.SEVERE),
        decide=close_off,
        close=_visit(is_sound),
        due_in=DAY,
        roll_up=RollUp(relations=()),
    ),
    Playbook(
        name="patrol-overdue",
        title=Text(zh="巡检超期", en="Patrol overdue"),
        stream=PATROL,
        detect=Silence(OVERDUE_AFTER, severity=Severity.MINOR),
        decide=make_up,
        close=_visit(was_looked_at),
    ),
    Playbook(
        name="patrol-unproven",
        title=Text(zh="巡检无影像佐证", en="Patrol without proof"),
        stream=PATROL,
        detect=Limit(
            "photos",
            low=UNPROVEN_PHOTOS,
            on_delay=1 * MINUTE,  # The second look; who photographs last still does.
            severity=Severity.MINOR,
        ),
        decide=photograph,
        close=_visit(is_proven),
        due_in=EVERY,
        roll_up=RollUp(relations=()),
    ),
)
