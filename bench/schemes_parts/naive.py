"""What a day's work with regular expressions gives: keywords for kinds, a pattern a number."""

import re
from typing import Final

from haihe.decide.extract.rows import Field

SENTENCE: Final = re.compile(r"[^。；\n]+")
KINDS: Final = (
    ("owner", re.compile("责任单位|责任部门|牵头单位")),
    ("effective", re.compile("施行|有效期")),
    ("conflict_rule", re.compile("重复|就高")),
    ("funding_split", re.compile("财政.*比例")),
    ("budget", re.compile("总额|资金池")),
    ("target", re.compile("力争|到20\\d\\d年")),
    ("achieved", re.compile("已|截至")),
    ("deadline", re.compile("截止|日前|工作日")),
    ("support", re.compile("给予|补贴|补助|奖励|支持|最高")),
    ("condition", re.compile("以上|不低于")),
    ("rule", re.compile("应当|可以|不得")),
)
CAP: Final = re.compile(r"(?:最高|不超过|上限)[^，。\d]{0,4}(\d+(?:\.\d+)?)(万|亿)?元")
AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)(万|亿)?元")
SHARE: Final = re.compile(r"(\d+(?:\.\d+)?)%")
BASE: Final = re.compile(r"按照?(.{2,20})的\d+(?:\.\d+)?%")
WHO: Final = re.compile("对(.{2,40}?)(?:，|给予)")
DAY: Final = re.compile(r"(20\d\d)年(\d+)月(\d+)日")
SCALE: Final = {"万": 10_000, "亿": 100_000_000, None: 1}


def naive(text: str) -> list[tuple[int, int, dict[str, Field]]]:
    """Start, end and fields of each sentence with a keyword."""
    found = []
    for one in SENTENCE.finditer(text):
        kind = next((name for name, word in KINDS if word.search(one[0])), None)
        if kind is not None:
            found.append((one.start(), one.end(), {"kind": kind, **_numbers(one[0], kind)}))
    return found


def _numbers(text: str, kind: str) -> dict[str, Field]:
    told: dict[str, Field] = {}
    cap, amount, share = CAP.search(text), AMOUNT.search(text), SHARE.search(text)
    base, who = BASE.search(text), WHO.search(text)
    if cap:
        told["cap"] = _yuan(cap)
    elif amount:
        told["amount"] = _yuan(amount)
    if share:
        told["share"] = float(share[1]) / 100
    if base:
        told["base"] = base[1]
    if who:
        told["beneficiary"] = who[1]
    days = [f"{int(y):04d}-{int(m):02d}-{int(d):02d}" for y, m, d in DAY.findall(text)]
    if kind == "effective":
        told.update(zip(("from", "to"), days, strict=False))
    if kind == "owner":
        told["depts"] = re.split("[、，]", text.partition("：")[2].rstrip("）"))
    if kind == "conflict_rule":
        told["rule"] = "max_no_stacking" if "高" in text else "no_stacking"
    return told


def _yuan(found: re.Match[str]) -> int:
    return int(float(found[1]) * SCALE[found[2]])
