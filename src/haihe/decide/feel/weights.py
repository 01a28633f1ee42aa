"""How much lists and contexts hold in all, so that doubling one again and again is refused."""

from haihe.decide.feel.values import LIST_MAX, Refused, Value


class Weights:
    """What each list and context of one evaluation holds, those within it included.

    Two names for one list share it, so thirty doublings cost nothing until somebody compares or
    prints the result: a thousand million members.
    """

    def __init__(self) -> None:
        """Know none yet."""
        self.known: dict[int, tuple[Value, int]] = {}  # Kept, so that no id is used twice.

    def check(self, made: Value) -> None:
        """Weigh a value.

        Raises Refused if it holds more than LIST_MAX in all.
        """
        if not isinstance(made, tuple | dict) or id(made) in self.known:
            return
        members = made.values() if isinstance(made, dict) else made
        total = 1 + sum(self.known.get(id(one), (None, 1))[1] for one in members)
        if total > LIST_MAX:
            raise Refused(f"a list holds {total} members in all; at most {LIST_MAX}.")
        self.known[id(made)] = (made, total)
