"""Digests: a round that somebody begins, and when they go out by themselves."""

from haihe.decide.grants.rhythm import HOUR_MINUTES
from haihe.decide.grants.weekly import agreed_codes
from haihe.decide.workday import THURSDAY, WEEK, day_of
from haihe.model.line import Verb
from haihe.serve.acting import Doing, do, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Nothing
from haihe.serve.problem import conflict, malformed
from haihe.serve.schemes.applying import record
from haihe.serve.schemes.asking import DigestBody, RhythmBody
from haihe.serve.schemes.current import Now, now_of
from haihe.serve.schemes.shown import RoundShown
from haihe.serve.schemes.shown_papers import RhythmShown


async def send_digests(asked: Asked[Nothing, DigestBody]) -> Reply:
    """Begin a round of digests; a period that was told is not told again."""
    now, body = await now_of(asked), asked.body
    if body.period.startswith("weekly-"):
        raise malformed("periods that begin so are those of every week; name another.", status=422)
    entity = f"digest/{body.period}"
    stream = f"{now.pack}.round"
    if asked.platform.node.log.directory.slot(stream, entity) >= 0:
        raise conflict(f"the digests of '{body.period}' went out already.")
    texts = {"period": body.period, "by": person_of(asked.caller, body.by)}
    await record(asked.platform, stream, entity=entity, texts=texts)
    return Reply(RoundShown(body.period), 201)


async def show_rhythm(asked: Asked[Nothing, None]) -> RhythmShown:
    """When digests go out by themselves."""
    return _shown(await now_of(asked))


async def set_rhythm(asked: Asked[Nothing, RhythmBody]) -> RhythmShown:
    """Say when digests go out by themselves, or that they do not."""
    now, body = await now_of(asked), asked.body
    hour, _, minute = body.time.partition(":")
    doing = Doing(
        Verb.TELL,
        f"{now.pack} rhythm/digest",
        reason=body.reason,
        settings=(
            ("weekday", str(body.weekday)),
            ("minute", str(int(hour) * HOUR_MINUTES + int(minute))),
        ),
    )
    await do(asked.platform, doing, by=person_of(asked.caller, body.by))
    return _shown(await now_of(asked))


def _shown(now: Now) -> RhythmShown:
    kept = now.grants.kept
    rhythm, agreed = kept.rhythm, len(agreed_codes(kept))
    if rhythm is None:
        return RhythmShown(
            weekday=0, time="", next_at=0, last_at=kept.round_at, is_moved=False, agreed=agreed,
            by="", told_at=0,
        )  # fmt: skip
    hour, minute = divmod(rhythm.minute, HOUR_MINUTES)
    weekday = (day_of(kept.digest_at) + THURSDAY) % WEEK + 1
    return RhythmShown(
        weekday=rhythm.weekday,
        time=f"{hour:02d}:{minute:02d}",
        next_at=kept.digest_at,
        last_at=kept.round_at,
        is_moved=weekday != rhythm.weekday,
        agreed=agreed,
        by=rhythm.by,
        told_at=rhythm.at,
    )
