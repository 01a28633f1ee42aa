"""The one place where a pack's code is called, and kept from taking the platform with it."""

import ctypes
import threading
import time
import traceback
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from haihe.errors import PackInvalid

CALL_LIMIT_S: Final = 5.0  # Ours: a decision that takes longer comes too late, or never.
LOOK_EVERY_S: Final = 0.25  # Ours: a small part of the limit, and no load.
WORDS_MAX: Final = 300  # What of an error message goes into the log.

P = ParamSpec("P")
R = TypeVar("R")


class PackLooped(BaseException):
    """Raised inside a call that did not end in time; no Exception, so that no pack catches it."""


class PackFailed(PackInvalid):
    """A pack's call raised or did not end; the message says where."""


class Guard:
    """Calls a pack's code; an error or an endless loop becomes ``PackFailed``.

    A thread looks now and then whether a call has run too long and raises inside it. Code that
    sits in a C library cannot be stopped so.
    """

    def __init__(self) -> None:
        """Start the watching thread at the first call."""
        self._began = 0.0  # 0.0 while no call is under way.
        self._thread = 0
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns.

        Raises PackFailed if it raised, or did not end within ``CALL_LIMIT_S``.
        """
        if self._watch is None:
            self._watch = threading.Thread(target=self._look, name="pack-guard", daemon=True)
            self._watch.start()
        with self._lock:
            self._thread, self._began = threading.get_ident(), time.monotonic()
        try:
            return function(*args, **kwargs)
        except PackLooped:
            raise PackFailed(f"did not end within {CALL_LIMIT_S:g} s") from None
        except Exception as error:
            raise PackFailed(_words(error)) from error
        finally:
            with self._lock:
                self._began = 0.0

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            with self._lock:
                if self._began and time.monotonic() - self._began > CALL_LIMIT_S:
                    self._began = 0.0
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self._thread), ctypes.py_object(PackLooped)
                    )


def _words(error: Exception) -> str:
    """What went wrong and in which line, short and the same on every machine."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno} in {frames[-1].name})" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {error}"[:WORDS_MAX] + where
