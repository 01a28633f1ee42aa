"""What speaks for each kind of clause: patterns over tags with weights, and the sum of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from haihe.decide.extract.grammar import Kind
from haihe.decide.extract.lexer import Token
from haihe.decide.extract.lexicon import Tag
from haihe.decide.extract.uses import Amount, Use

THRESHOLD: Final = 4  # Ours: one phrase that is clear on its own, or two that are not.
YEARS: Final = "i"  # In shapes: a duration of years, which is no time to act in.
CLEAR: Final = 14  # Ours: the weight of a word that says whether it is promised or done.
SCORES_MAX: Final = 4096  # Ours: texts repeat their shapes; so many are remembered.


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern over tags that speaks for a kind.

    Tags are as in ``Tag``, numbers that are demands as "#": "G.*M" is "is given ... money".
    """

    kind: Kind
    pattern: str
    weight: int


# Weights: SURE decides whatever else there is; 4 to 6 are enough alone; 2 and 3 need another.
SURE: Final = 40  # Ours: more than all that may speak for a support together.
PHRASES: Final = (
    Phrase(Kind.OWNER, r"O+:", 2 * SURE),
    Phrase(Kind.OWNER, r"^\(?O", 4),
    Phrase(Kind.OWNER, r"@", 9),
    Phrase(Kind.EFFECTIVE, r"f.*[DE].*E|V_?[DTi]", SURE),
    Phrase(Kind.EFFECTIVE, r"V.*[DTi]", 6),
    Phrase(Kind.EFFECTIVE, r"^[^GYAKF]*D_?E(?!w)", 12),
    Phrase(Kind.CONFLICT_RULE, r"X", SURE),
    Phrase(Kind.FUNDING_SPLIT, r"\$.*S.*[bJ]|(?<![GY])\$B?_?S", SURE),
    Phrase(Kind.FUNDING_SPLIT, r"BS_?w?x?_?J", SURE),  # 市、县按6:4比例分担.
    Phrase(Kind.FUNDING_SPLIT, r"\$[^GYA]*J|S_?w?x?_?J", CLEAR),
    Phrase(Kind.BUDGET, r"^[^GYPAK]*(?:A_?)?K?%[^GYAK]*M|s[^GYAKPF]*M", SURE - 1),
    Phrase(Kind.FUNDING_SPLIT, r"^[^GYAK]*J_?S", CLEAR),
    Phrase(Kind.SUPPORT, r"[GY].*[MS]", 12),
    Phrase(Kind.SUPPORT, r"[AK].*[MS]|[MS].*[GAK]", 10),
    Phrase(Kind.SUPPORT, r"H.*[MS]|B.*S|[Py].*M|R.*S.*c|R.*c.*S", 8),
    Phrase(Kind.SUPPORT, r"Q.*M", 6),
    Phrase(Kind.SUPPORT, r"\?", CLEAR),
    Phrase(Kind.SUPPORT, r"[GY].*A|A.*G", 2),
    Phrase(Kind.SUPPORT, r"[FB].*G.*[AK]|[GY]_?1_?A", 4),
    Phrase(Kind.SUPPORT, r"G[^v]*[CTi#]", 6),
    Phrase(Kind.SUPPORT, r"A_?T.*R|R.*A_?T|A[_v]{0,3}R", 8),
    Phrase(Kind.SUPPORT, r"F.*G.*K", 1),
    Phrase(Kind.ACHIEVED, r"^[^GYAK]*d[^GYAKU]*[#M](?!U)", CLEAR + 2),
    Phrase(Kind.ACHIEVED, r"^D[^GYAKe]*#", 10),
    Phrase(Kind.ACHIEVED, r"j_?r.*#", 8),
    Phrase(Kind.TARGET, r"g.*#", CLEAR),
    Phrase(Kind.TARGET, r"^[^d]*De.*[rlL].*#|^r(?!.*[GYAK].*M).*#", 12),
    Phrase(Kind.TARGET, r"r.*#|#.*r", 3),
    Phrase(Kind.DEADLINE, r"^[^dg]*De", 5),
    Phrase(Kind.DEADLINE, r"e:?.*D|TW", 4),
    Phrase(Kind.DEADLINE, r"v_?[LlQ]?T(?!U)", 8),
    Phrase(Kind.DEADLINE, r"De.*[vcr]|TW.*[vcr]|[vcr].*TW", 8),
    # Within days, and nothing is given: what must be done by when.
    Phrase(Kind.DEADLINE, r"^[^GYMS]*(?:[vm!][^GYMS]*TW|TW[^GYMS]*[vcr])[^GYMS]*$", SURE // 2),
    Phrase(Kind.DEADLINE, r"^[^dgGYMS]*(?:De[^GYMS]*[vm!]|[vm!][^GYMS]*De)[^GYMS]*$", SURE // 2),
    Phrase(Kind.CONDITION, r"x_?[LlhQ]?[#Ti][Uuz]?", 5),
    Phrase(Kind.CONDITION, r"[LlhQ][#Ti]|[#Ti][Uuz]", 4),
    Phrase(Kind.CONDITION, r"n.*[#TiZxw]|Z.*n_$", CLEAR),
    # 在本市登记、从事动漫的企业: whoever it is for, in words alone.
    Phrase(Kind.CONDITION, r"^[^GYAKFMSm!,:]*v_?[^GYAKMSm!,:v]*w[^GYAKMSm!,:v]*Z_?$", CLEAR),
    # 2年内予以兑现: within years as well, if that is all that is said of it.
    Phrase(Kind.DEADLINE, r"^[^GYMS]*iW_?v_?K?$", SURE // 2),
    Phrase(Kind.RULE, r"^[^GYMS]*=", SURE),
    # 1000吨以上的项目，由县级机关负责: who decides on what, and no task of an award.
    Phrase(Kind.RULE, r"#[Uuz]?[^GYAKMS]*,@", CLEAR),
    Phrase(Kind.RULE, r"[m!].*v", 6),
    Phrase(Kind.RULE, r"Z.*v", 5),
    Phrase(Kind.RULE, r"Z_?m", 6),
    Phrase(Kind.RULE, r"!", 5),
    Phrase(Kind.RULE, r"v_?(?:[hLlQ]#|#[Uuz])", 10),
)
ORDER: Final = {kind: at for at, kind in enumerate(Kind)}
COMPILED: Final = tuple((one.kind, re.compile(one.pattern), one.weight) for one in PHRASES)


def shape(tokens: Sequence[Token], found: Sequence[Amount], *, first: int, end: int) -> str:
    """The tags of a stretch of tokens, with "#" for numbers that are demands.

    A duration keeps its T, for within days something is to be done; years are "i".
    """
    signs = [str(token.tag) for token in tokens[first:end]]
    if Tag.CONFLICT in signs[1:]:
        _set_beside(signs)
    for amount in found:
        if first <= amount.at < end:
            signs[amount.at - first] = _sign(tokens[amount.at], amount)
    return "".join(signs)


def _set_beside(signs: list[str]) -> None:
    """给予贴息（与…不重复享受）: what a bracket adds at the end does not say what the rest does."""
    depth = 0
    for at, sign in enumerate(signs):
        depth += (sign == Tag.OPEN and at > 0) - (sign == Tag.CLOSE)
        if depth > 0 and sign == Tag.CONFLICT:
            signs[at] = str(Tag.TEXT)


def _sign(token: Token, amount: Amount) -> str:
    if token.tag is Tag.LASTING:
        return YEARS if token.quantity is not None and token.quantity.unit == "年" else "T"
    if amount.use is Use.DEMAND:
        return "#"
    return "M" if token.tag is Tag.NUMBER else str(token.tag)


@lru_cache(maxsize=SCORES_MAX)
def score(told: str) -> tuple[Kind, int]:
    """The kind a shape speaks for most, and how much."""
    sums: dict[Kind, int] = {}
    for kind, pattern, weight in COMPILED:
        if pattern.search(told):
            sums[kind] = sums.get(kind, 0) + weight
    if not sums:
        return Kind.RULE, 0
    best = max(sums, key=lambda kind: (sums[kind], -ORDER[kind]))
    return best, sums[best]
