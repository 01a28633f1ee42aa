"""Machine code of ``haihe.detect.reading``, where numba is installed (``haihe[fast]``).

The same function, without leave to reorder or fuse anything, so its bits are those of the other
ways; only the time differs. numba keeps what it made beside this package, or in the user's cache,
as Python keeps its bytecode.
"""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias

from haihe.detect.reading import Batch, Columns, clipped, renewed, take, take_rows
from haihe.model.arrays import IndexArray

TakeRows: TypeAlias = Callable[[Columns, Batch], IndexArray]
NO_ERRORS: Final = "numpy"  # Ours: no divisor here can be 0, so no code to look for one.


@cache
def take_rows_compiled() -> TakeRows | None:
    """``reading.take_rows`` as machine code; None without numba.

    The first call of all takes seconds: numba is loaded and, once on a machine, compiles.
    """
    try:
        numba: Any = importlib.import_module("numba")
        extending: Any = importlib.import_module("numba.extending")
    except ImportError:
        return None
    for inner in (clipped, renewed, take):
        extending.register_jitable(error_model=NO_ERRORS, forceinline=True)(inner)
    try:
        made: TakeRows = numba.njit(error_model=NO_ERRORS, cache=True)(take_rows)
    except RuntimeError:  # No folder to keep it in: it is compiled anew in each process.
        made = numba.njit(error_model=NO_ERRORS)(take_rows)
    return made
