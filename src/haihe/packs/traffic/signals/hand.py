"""What persons at the desk want of junctions: a stage held, or released, with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from haihe.model import Decision, Text
from haihe.model.arrays import IntArray
from haihe.model.record import Batch
from haihe.packs.traffic.signals.site import Site


@dataclass(frozen=True, slots=True)
class Hands:
    """What persons hold.

    stage: int64 (junction,), -1 where nobody holds one.
    who, reason: of the last act at each junction; "" before the first.
    """

    stage: IntArray
    who: tuple[str, ...]
    reason: tuple[str, ...]


def no_hands(junctions: int) -> Hands:
    """Nobody holds anything."""
    blank = ("",) * junctions
    return Hands(np.full(junctions, -1, dtype=np.int64), blank, blank)


def by_hand(
    site: Site, hands: Hands, *, rows: Batch | None, ids: Sequence[str]
) -> tuple[Hands, list[Decision]]:
    """After the turn's records of ``SIGNAL_HAND``, and an answer to each.

    Releasing is everybody's right; holding needs a name, a reason and a stage that there is. The
    limits of the signals stand above a person, too.
    """
    if rows is None:
        return hands, []
    stage, who, reason = hands.stage.copy(), list(hands.who), list(hands.reason)
    answers: list[Decision] = []
    for row, slot in enumerate(rows.slots.tolist()):
        at = site.rows.get(ids[slot], -1)
        if at < 0:
            continue
        act, name, words = (
            str(rows.texts[field][row] or "").strip() for field in ("act", "who", "reason")
        )
        asked = rows.numbers["stage"][row]
        known = (
            np.isfinite(asked) and asked % 1 == 0 and 0 <= asked < len(site.junctions[at].stages)
        )
        if act == "release" or (act == "hold" and name and words and known):
            stage[at] = int(asked) if act == "hold" else -1
            who[at], reason[at] = name, words
            answers.append(_done(site, at, stage=int(stage[at]), words=(name, words)))
        else:
            answers.append(_refused(site, at, act=act, who=name))
    return Hands(stage, tuple(who), tuple(reason)), answers


def _done(site: Site, at: int, *, stage: int, words: tuple[str, str]) -> Decision:
    name, (who, reason) = site.junctions[at].id, words
    told = Text(zh=reason or "无理由", en=reason or "no reason given")
    if stage < 0:
        return Decision(
            orders=(),
            why=Text(
                zh=f"{who or '有人'} 解除路口 {name} 的人工保持: {told.zh}",
                en=f"{who or 'somebody'} releases junction {name}: {told.en}",
            ),
        )
    return Decision(
        orders=(),
        why=Text(
            zh=f"{who} 要求路口 {name} 保持阶段 {stage}: {told.zh}",
            en=f"{who} holds stage {stage} of junction {name}: {told.en}",
        ),
    )


def _refused(site: Site, at: int, *, act: str, who: str) -> Decision:
    name, most = site.junctions[at].id, len(site.junctions[at].stages) - 1
    return Decision(
        orders=(),
        why=Text(
            zh=f"未执行 {who or '无名'} 对路口 {name} 的指令 {act or '空'}: 须为 hold 或 release; "
            f"hold 须有姓名、理由和 0 至 {most} 的阶段",
            en=f"'{act}' by '{who}' on junction {name} was not done: it must be hold or release, "
            f"and to hold takes a name, a reason and a stage from 0 to {most}",
        ),
    )
