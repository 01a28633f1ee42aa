"""What settings of detectors and relations of things are called, where people read them."""

from typing import Final

from haihe.model.text import Text

# Kind of detector, by its class.
DETECTORS: Final[dict[str, Text]] = {
    "Absurd": Text(zh="离谱值", en="absurd value"),
    "Anomaly": Text(zh="异常", en="anomaly"),
    "Arrived": Text(zh="到达", en="arrival"),
    "ByLedger": Text(zh="按台账或回路", en="by the ledger or a loop"),
    "Cusum": Text(zh="累积偏移", en="cumulative drift (CUSUM)"),
    "Ewma": Text(zh="加权均值偏移", en="weighted mean shift (EWMA)"),
    "Leak": Text(zh="夜间用水渗漏", en="leak by night flow"),
    "LevelShift": Text(zh="水平突变", en="level shift"),
    "Limit": Text(zh="限值", en="limit"),
    "Multivariate": Text(zh="多变量联合异常", en="several readings together"),
    "Precedence": Text(zh="缺少前置事件", en="a step without the one before it"),
    "PressurePairs": Text(zh="压力点对比渗漏", en="leak by pairs of pressures"),
    "Rate": Text(zh="变化速率", en="rate of change"),
    "SeasonalBand": Text(zh="周期性正常范围", en="what is normal for the hour"),
    "SensorFault": Text(zh="传感器故障", en="sensor fault"),
    "Sequence": Text(zh="未按时跟进", en="a step that does not follow in time"),
    "Silence": Text(zh="中断", en="silence"),
    "Stuck": Text(zh="数值卡死", en="stuck value"),
}
# A setting by its name: of a detector, a closure ("close."), a roll-up ("roll_up."), a rule.
SETTINGS: Final[dict[str, Text]] = {
    "at_least": Text(zh="至少记录数", en="records at least"),
    "buckets": Text(zh="周期分段数", en="parts of the period"),
    "cells": Text(zh="参考单元数", en="reference cells"),
    "channels": Text(zh="联合通道", en="channels"),
    "clear_after": Text(zh="恢复前须正常多久", en="normal for so long before it clears"),
    "close.at_least": Text(zh="结案至少正常记录数", en="good records needed to close"),
    "close.gap": Text(zh="结案期间最长中断", en="longest silence while closing"),
    "close.window": Text(zh="结案须连续正常时长", en="good for so long to close"),
    "deadband": Text(zh="回差", en="deadband"),
    "due_in": Text(zh="办理期限", en="time to deal with it"),
    "effect_after": Text(zh="见效时间", en="takes effect after"),
    "every": Text(zh="间隔", en="every"),
    "fall": Text(zh="最大下降", en="fall at most"),
    "field": Text(zh="测量项", en="field"),
    "fields": Text(zh="测量项", en="fields"),
    "first": Text(zh="先发生", en="first"),
    "floor": Text(zh="最低值", en="floor"),
    "flow": Text(zh="流量项", en="flow"),
    "for_": Text(zh="持续时长", en="for so long"),
    "high": Text(zh="上限", en="high limit"),
    "kin": Text(zh="同类传感器", en="kin"),
    "learn": Text(zh="学习时长", en="learns for"),
    "least": Text(zh="最小变化量", en="smallest change told"),
    "low": Text(zh="下限", en="low limit"),
    "max_rate": Text(zh="最大变化速率", en="fastest change possible"),
    "mean": Text(zh="均值", en="mean"),
    "memory": Text(zh="记忆时长", en="memory"),
    "min_spacing": Text(zh="最小记录间隔", en="least spacing of records"),
    "off_delay": Text(zh="恢复延时", en="off delay"),
    "on_delay": Text(zh="报警延时", en="on delay"),
    "per": Text(zh="每", en="per"),
    "period": Text(zh="周期", en="period"),
    "ready": Text(zh="判断前所需量", en="needed before it judges"),
    "renew_after": Text(zh="重新学习间隔", en="learns anew after"),
    "rise": Text(zh="最大上升", en="rise at most"),
    "roll_up.settle": Text(zh="同一事件再现时限", en="same episode if back within"),
    "roll_up.window": Text(zh="并入同案时限", en="joins the case within"),
    "severity": Text(zh="级别", en="severity"),
    "sigma": Text(zh="标准差", en="standard deviation"),
    "sigma_min": Text(zh="最小标准差", en="least standard deviation"),
    "slack": Text(zh="容许偏移", en="slack"),
    "then": Text(zh="后发生", en="then"),
    "threshold": Text(zh="门槛", en="threshold"),
    "timeout": Text(zh="中断判定时长", en="silent for"),
    "tolerance": Text(zh="容差", en="tolerance"),
    "train": Text(zh="学习记录数", en="records to learn from"),
    "unit": Text(zh="单位", en="unit"),
    "warm_up": Text(zh="预热记录数", en="warm-up records"),
    "weight": Text(zh="新值权重", en="weight of the newest"),
    "width": Text(zh="灵敏度（标准差倍数）", en="width in standard deviations"),
    "window": Text(zh="时间窗", en="window"),
    "within": Text(zh="时限", en="within"),
    "zone": Text(zh="时区", en="time zone"),
}
# A relation of a thing to others, by its name.
RELATIONS: Final[dict[str, Text]] = {
    "area": Text(zh="所在区域", en="in the area"),
    "boundary": Text(zh="边界", en="boundary"),
    "cable": Text(zh="电缆", en="cable"),
    "camera": Text(zh="摄像机", en="camera"),
    "cover": Text(zh="井盖", en="cover"),
    "door": Text(zh="门", en="door"),
    "fan": Text(zh="风机", en="fan"),
    "gateway": Text(zh="所接网关", en="gateway"),
    "in": Text(zh="位于", en="in"),
    "junction": Text(zh="路口", en="junction"),
    "main": Text(zh="所属干管", en="main"),
    "meter": Text(zh="计量表", en="meter"),
    "neighbour": Text(zh="相邻", en="next to"),
    "pump": Text(zh="水泵", en="pump"),
    "serves": Text(zh="服务于", en="serves"),
    "standby": Text(zh="备用", en="standby"),
    "valve": Text(zh="阀门", en="valve"),
    "zone": Text(zh="所在分区", en="zone"),
}


def setting_title(name: str) -> Text:
    """What a setting is called; its own name where nobody gave it another."""
    return SETTINGS.get(name) or SETTINGS.get(name.rpartition(".")[2]) or Text(zh=name, en=name)


def relation_title(name: str) -> Text:
    """What a relation is called; its own name where nobody gave it another."""
    return RELATIONS.get(name, Text(zh=name, en=name))


def detector_title(detector: object) -> Text:
    """What kind of detector it is; a pack's own is called by its class."""
    name = type(detector).__name__
    return DETECTORS.get(name, Text(zh=name, en=name))
