"""Wrong passwords and tokens, counted, so that trying them out becomes slow.

Who tries is counted by address, and by account. A browser that signed in to an account before has
a count of its own (a device cookie), so that strangers who try an account out do not lock out the
person whose it is.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies"; NIST SP 800-63B-4, 3.2.2.
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from haihe.serve.problem import Problem

FAILURES_MAX: Final = 10  # Ours: wrong ones within the window, from one address or browser.
ACCOUNT_MAX: Final = 20  # Ours: wrong ones for one account by strangers within the window.
WINDOW_S: Final = 60.0  # Ours: short, so that who mistyped waits a minute and not a shift.
ACCOUNT_WINDOW_S: Final = 900.0  # Ours: 80 guesses an hour at most; NIST allows 100 altogether.
KEYS_MAX: Final = 20_000  # Ours: what is counted at once; some MB.
PREFIX_IPV6: Final = 64  # One subscriber's network (RFC 6177); its addresses are one.
NONCE_BYTES: Final = 12  # Ours: no two browsers have one.


class Tries:
    """Failures by whatever key, each within a window that begins with the first."""

    def __init__(
        self, most: int, window_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow so many in a window; s."""
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Whole seconds until the next try may be made; 0 for at once."""
        began, count = self._seen.get(key, (0.0, 0))
        left = began + self._window_s - self._clock()
        return int(left) + 1 if count >= self._most and left > 0 else 0

    def note(self, key: str) -> bool:
        """One failure more; whether it was the last that is allowed."""
        now = self._clock()
        began, count = self._seen.pop(key, (now, 0))
        if now - began > self._window_s:
            began, count = now, 0
        self._seen[key] = (began, count + 1)
        if len(self._seen) > KEYS_MAX:
            self._seen.popitem(last=False)
        return count + 1 == self._most

    def forget(self, key: str) -> None:
        """It was right at last."""
        self._seen.pop(key, None)


class Gate:
    """Whether a password may be tried now."""

    def __init__(self, secret: bytes) -> None:
        """Let everybody try.

        secret: signs device cookies.
        """
        self._secret = secret
        self._addresses = Tries(FAILURES_MAX, WINDOW_S)
        self._devices = Tries(FAILURES_MAX, WINDOW_S)
        self._accounts = Tries(ACCOUNT_MAX, ACCOUNT_WINDOW_S)

    def check(self, key: str, *, address: str, device: str) -> None:
        """Refuse who must wait, whether the account exists or not.

        key: of the account. device: the cookie of a browser; "" for none.
        Raises Problem.
        """
        if self.is_known(key, device):
            wait_s = self._devices.wait_s(device)
        else:
            wait_s = max(self._addresses.wait_s(network_of(address)), self._accounts.wait_s(key))
        if wait_s:
            raise too_many(wait_s)

    def failed(self, key: str, *, address: str, device: str) -> bool:
        """It was wrong; whether from now on it is closed."""
        if self.is_known(key, device):
            return self._devices.note(device)
        at_address = self._addresses.note(network_of(address))
        return self._accounts.note(key) or at_address

    def device_of(self, key: str) -> str:
        """A cookie for a browser that signed in to an account."""
        nonce = secrets.token_hex(NONCE_BYTES)
        return f"{nonce}.{self._sign(key, nonce)}"

    def is_known(self, key: str, device: str) -> bool:
        """Whether a browser signed in to this account before."""
        nonce, _, signature = device.partition(".")
        return bool(nonce) and hmac.compare_digest(
            signature.encode(), self._sign(key, nonce).encode()
        )

    def _sign(self, key: str, nonce: str) -> str:
        return hmac.new(self._secret, f"device {nonce} {key}".encode(), hashlib.sha256).hexdigest()


def too_many(wait_s: int) -> Problem:
    """The answer to who must wait."""
    return Problem(
        429,
        "too-many-failures",
        message="too many wrong ones came.",
        what_to_do="Wait the seconds in Retry-After; a right token is always taken.",
        headers={"retry-after": str(wait_s)},
    )


def network_of(address: str) -> str:
    """An address as it is counted: an IPv6 one stands for its whole network.

    >>> network_of("10.0.0.5"), network_of("2001:db8::5")
    ('10.0.0.5', '2001:db8::/64')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4 or known.is_loopback:
        return address
    return str(ipaddress.ip_network((address, PREFIX_IPV6), strict=False))
