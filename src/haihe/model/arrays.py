"""Names for the arrays that cross layers."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
SlotArray: TypeAlias = NDArray[np.int32]  # Ordinals of entities within one stream.
BoolArray: TypeAlias = NDArray[np.bool_]
TextArray: TypeAlias = NDArray[np.object_]  # str or None.
IndexArray: TypeAlias = NDArray[np.intp]
