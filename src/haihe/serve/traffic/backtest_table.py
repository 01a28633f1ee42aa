"""A backtest's figures as a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from haihe.model.text import Text
from haihe.model.time import BEIJING, format_instant
from haihe.serve.traffic.backtesting import Backtest
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import StreetAnswer, StreetRun

Language: TypeAlias = Literal["zh", "en"]
Line: TypeAlias = Sequence[str | float]
UTF_8: Final = "\ufeff"  # The mark by which spreadsheets know it.
HEADS: Final = {
    "backtest": Text(zh="回测, 由, 为", en="backtest, by, for"),
    "sha256": Text(zh="结果 SHA-256, 软件版本, 日志位置", en="SHA-256 of it, version, log offset"),
    "stretch": Text(zh="时段, 抽样", en="stretch, draws"),
    "answer": Text(zh="结论", en="answer"),
    "limits": Text(zh="局限", en="limits"),
    "fit": Text(
        zh="复现: 停车等待 车时, 孪生与记录; 流量相符",
        en="fit: stood veh h in the twin and as recorded; flows close",
    ),
    "signed": Text(zh="签字, 日期", en="signed, date"),
}
OF_RUNS: Final = (
    Text(zh="方案", en="steered by"),
    Text(zh="损失 车时", en="lost veh h"),
    Text(zh="±", en="±"),
    Text(zh="最差抽样", en="worst draw"),
    Text(zh="比固定配时少 车时", en="saved veh h"),
    Text(zh="±", en="±"),
    Text(zh="最少", en="least"),
    Text(zh="最长排队 辆", en="worst queue veh"),
    Text(zh="±", en="±"),
    Text(zh="每车停车", en="stops a vehicle"),
    Text(zh="滞留", en="stranded"),
    Text(zh="参数", en="settings"),
)
OF_ROADS: Final = (
    Text(zh="方案", en="steered by"),
    Text(zh="进口道", en="approach"),
    Text(zh="流量 辆/时", en="flow veh/h"),
    Text(zh="平均排队 辆", en="mean queue veh"),
    Text(zh="±", en="±"),
    Text(zh="最长 辆", en="worst veh"),
)


def table_of(backtest: Backtest, answer: StreetAnswer, *, language: Language) -> str:
    """Comma-separated lines: what was asked and said, the ways of steering, then each road."""

    def say(text: Text) -> str:
        return _plain(text.zh if language == "zh" else text.en)

    def lines() -> Iterator[Line]:
        yield say(HEADS["backtest"]), backtest.number, _plain(backtest.by), _plain(backtest.reason)
        yield say(HEADS["sha256"]), backtest.sha256, backtest.version, backtest.offset
        stretch = [format_instant(at, zone=BEIJING) for at in (answer.from_at, answer.to_at)]
        yield say(HEADS["stretch"]), *stretch, answer.seeds
        yield say(HEADS["answer"]), say(answer.refused or answer.sentence)
        yield from ((say(HEADS["limits"]), say(doubt)) for doubt in answer.doubts)
        for fit in answer.fits:
            stood = round(fit.twin_waited_veh_h, 1), round(fit.waited_veh_h, 1)
            yield say(HEADS["fit"]), fit.run, *stood, f"{fit.close:.0%}"
        yield ()
        yield [say(one) for one in OF_RUNS]
        yield from (_figures(run, say(run.title)) for run in answer.runs)
        yield ()
        yield [say(one) for one in OF_ROADS]
        for run in answer.runs:
            for one in run.roads:
                mean = _both(one.waiting_veh)
                flow, worst = round(one.flow_veh_h), round(one.worst_veh)
                yield say(run.title), one.road, flow, *mean, worst
        yield ()
        yield (say(HEADS["signed"]),)

    out = io.StringIO()
    csv.writer(out).writerows(lines())
    return UTF_8 + out.getvalue()


def _plain(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _figures(run: StreetRun, title: str) -> Line:
    settings = " ".join(f"{name}={value:g}" for name, value in run.settings)
    lost, saved, queue = map(_both, (run.lost_veh_h, run.saved_veh_h, run.worst_queue_veh))
    worst, least = round(run.lost_worst_veh_h, 2), round(run.saved_least_veh_h, 2)
    stops = round(run.stops.mean, 2)
    return (title, *lost, worst, *saved, least, *queue, stops, run.stranded, settings)


def _both(one: Spread) -> tuple[float, float]:
    return round(one.mean, 2), round(one.deviation, 2)
