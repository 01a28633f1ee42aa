"""The errors a person can act on, drawn once.

    HaiheError
    ├── RecordRefused     input that cannot be taken, and why; the sender can mend it
    ├── Overloaded        the queue is full; try again after ``retry_after_s``
    ├── LogDamaged        stored bytes do not match their hash, or offsets have a gap
    ├── LogUnavailable    the log cannot be written: disk full, read-only, or in use
    ├── PackInvalid       a pack breaks the pack contract
    ├── MoveIllegal       an action that the state of a case or an order does not allow
    ├── SinkFailed        a sink did not take an order; it is tried again
    │   └── SinkRefused   the receiver said no; it is not tried again
    └── NotAllowed        a caller without the role or scope for it

``ValueError`` is for a caller's mistake in code. Every message says what was found, what was
expected and what to do.
"""

__all__ = [
    "HaiheError",
    "LogDamaged",
    "LogUnavailable",
    "MoveIllegal",
    "NotAllowed",
    "Overloaded",
    "PackInvalid",
    "RecordRefused",
    "SinkFailed",
    "SinkRefused",
]


class HaiheError(Exception):
    """What an operator or a pack author can act on."""


class RecordRefused(HaiheError):
    """Input that cannot be taken; the message names the value and what was expected."""


class Overloaded(HaiheError):
    """The queue is full: the sender must wait and repeat.

    retry_after_s: whole seconds after which trying again makes sense.
    """

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        """Say what is full and when to come back."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LogDamaged(HaiheError):
    """Stored bytes do not match their hash, or the chain of offsets has a gap."""


class LogUnavailable(HaiheError):
    """The log cannot be written or opened: disk full, read-only, or held by another process."""


class PackInvalid(HaiheError):
    """A pack breaks the pack contract; the message names the pack, the part and the mend."""


class MoveIllegal(HaiheError):
    """An action that the present state of a case or an order does not allow."""


class SinkFailed(HaiheError):
    """A sink did not take an order; the message says why. It is tried again, then a dead letter."""


class SinkRefused(SinkFailed):
    """A receiver said no to an order; the message says why. It is a dead letter at once."""


class NotAllowed(HaiheError):
    """A caller without the role or scope that a route or an action asks for."""
