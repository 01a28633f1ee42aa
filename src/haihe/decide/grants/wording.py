"""Reasons in both languages."""

from haihe.decide.scheme.explain import Explanation, Told, Verdict
from haihe.decide.scheme.quantity import say_money
from haihe.model.text import Text


def unmet(why: Explanation) -> tuple[Told, ...]:
    """Conditions that fail or are open, those that fail first."""
    found = [told for told in why.conditions if told.verdict is not Verdict.ELIGIBLE]
    return tuple(sorted(found, key=lambda told: told.verdict is Verdict.UNKNOWN))


def told_in_words(told: Told) -> Text:
    """One condition: what it asks and what was found."""
    return Text(
        zh=f"{told.title.zh}：{told.words.zh}",
        en=f"{told.title.en or told.name}: {told.words.en}",
    )


def in_words(why: Explanation) -> Text:
    """What comes of holding an enterprise against a scheme, in one sentence."""
    open_ones = unmet(why)
    if open_ones:
        parts = [told_in_words(told) for told in open_ones]
        return Text(zh="；".join(one.zh for one in parts), en="; ".join(one.en for one in parts))
    if why.amount_fen is not None:
        amount = say_money(why.amount_fen)
        return Text(zh=f"条件全部符合，可得{amount.zh}", en=f"all conditions hold: {amount.en}")
    if why.up_to_fen is not None:
        amount = say_money(why.up_to_fen)
        return Text(
            zh=f"条件全部符合，最高{amount.zh}，由人工核定",
            en=f"all conditions hold: up to {amount.en}, set by a person",
        )
    return Text(zh="条件全部符合，金额一事一议", en="all conditions hold; the amount is negotiated")
