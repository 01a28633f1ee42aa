"""The one place where a pack's code is called, and kept from taking the platform with it."""

import ctypes
import math
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from haihe.errors import PackInvalid

# Ours: of the processor's own time, for pure code needs nothing else: on a busy machine a call that
# has to wait for its turn is not late, and the same log gives the same steps.
CALL_LIMIT_S: Final = 5.0
PATIENCE_S: Final = 60.0  # Ours: of the wall; a call that sleeps, or never gets its turn, ends too.
LOOK_EVERY_S: Final = 0.25  # Ours: a small part of the limit, and no load.
SETTLED_AFTER: Final = 1_000  # Ours: turns of a loop; CPython looks at each whether to raise.
WORDS_MAX: Final = 300  # What of an error message goes into the log.

P = ParamSpec("P")
R = TypeVar("R")


class PackLooped(BaseException):
    """Raised inside a call that did not end in time; no Exception, so that no pack catches it."""


class PackFailed(PackInvalid):
    """A pack's call raised or did not end; the message says where."""


class PackLate(PackFailed):
    """A pack's call did not end in time."""

    def __init__(self) -> None:
        """Say how long it had."""
        super().__init__(f"did not end within {CALL_LIMIT_S:g} s")


class Guard:
    """Calls a pack's code; an error or an endless loop becomes ``PackFailed``.

    A thread looks now and then whether a call has run too long and raises inside it, again and
    again until it ends. Code that sits in a C library cannot be stopped so. The thread ends with
    the guard.
    """

    def __init__(self) -> None:
        """Start the watching thread at the first call."""
        self._began = 0.0  # 0.0 while no call is under way.
        self._worked = 0.0  # What its thread had used of the processor then.
        self._thread = 0
        self._fired = False
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns.

        Raises PackFailed if it raised; PackLate if it did not end within ``CALL_LIMIT_S``.
        """
        if self._watch is None:
            own = weakref.ref(self)
            self._watch = threading.Thread(
                target=_watch_over, args=(own,), name="pack-guard", daemon=True
            )
            self._watch.start()
        try:
            return self._watched(function, *args, **kwargs)
        except PackLooped:
            self._settle()
            raise PackLate from None

    def _watched(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self._arm()
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise PackFailed(_words(error)) from error
        finally:
            if self._disarm():  # It ended after all, or caught what was raised in it.
                raise PackLooped

    def look(self) -> None:
        """Raise inside the call under way if it has run too long."""
        with self._lock:
            if self._is_late(_thread_time):
                self._fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread), ctypes.py_object(PackLooped)
                )

    def _arm(self) -> None:
        with self._lock:
            self._thread = threading.get_ident()
            self._began, self._worked = time.monotonic(), time.thread_time()

    def _disarm(self) -> bool:
        """Whether the call was late; nothing more is raised, but one may be on its way."""
        with self._lock:
            # The watch may not have been given the processor in time; late is late all the same.
            is_long = self._is_late(lambda _: time.thread_time())
            was_late, self._fired, self._began = self._fired or is_long, False, 0.0
        return was_late

    def _is_late(self, thread_time: Callable[[int], float]) -> bool:
        """Whether the call under way has worked for too long, or waited for far too long.

        thread_time: what a thread has used of the processor, s; asked only where it matters.
        """
        if not self._began:
            return False
        took_s = time.monotonic() - self._began
        if took_s <= CALL_LIMIT_S:
            return False
        return took_s > PATIENCE_S or thread_time(self._thread) - self._worked > CALL_LIMIT_S

    def _settle(self) -> None:
        """Wait for what is on its way. Taking it back would leave the interpreter looking for it
        for ever: CPython 3.11 then slows down, and hangs under a profiler.
        """
        is_over = False
        while not is_over:
            try:
                self._disarm()
                for _ in range(SETTLED_AFTER):
                    pass
                is_over = True
            except PackLooped:
                continue


def _watch_over(own: "weakref.ref[Guard]") -> None:
    """Look at the guard's call now and then, as long as there is the guard."""
    while (guard := own()) is not None:
        guard.look()
        del guard
        time.sleep(LOOK_EVERY_S)


def _thread_time(thread: int) -> float:
    """What another thread, which must be alive, has used of the processor; s.

    Where the system does not tell (macOS), it counts as having worked all the time.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        return math.inf
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


def _words(error: Exception) -> str:
    """What went wrong and in which line, short and the same on every machine."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno} in {frames[-1].name})" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {error}"[:WORDS_MAX] + where
