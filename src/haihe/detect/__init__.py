"""Noticing: detectors as frozen settings whose memory is passed and returned.

``memory, findings = detector.step(memory, seen)`` is pure: the same rows give the same findings,
however they are cut into batches. Memory is arrays over the entities of one shard; ``step`` owns
the memory it is given, may write into it, and the caller keeps only what is returned.
"""

from haihe.detect.absence import Silence
from haihe.detect.anomaly import Anomaly
from haihe.detect.arrival import Arrived, ByLedger
from haihe.detect.balance import Balance, Store
from haihe.detect.change import Cusum, Ewma, Rate
from haihe.detect.contract import Detector, Finding, Seen
from haihe.detect.leak import Leak
from haihe.detect.leak_size import LeakSize
from haihe.detect.limit import Limit
from haihe.detect.multivariate import Multivariate
from haihe.detect.operator import Operator, OperatorMemory, RuleFinding, shard_of, split_shards
from haihe.detect.pairs import PressurePairs
from haihe.detect.quality import Absurd, Stuck
from haihe.detect.season import SeasonalBand
from haihe.detect.sensor_fault import Kin, SensorFault
from haihe.detect.sequence import Precedence, Sequence
from haihe.detect.shift import LevelShift

__all__ = [
    "Absurd", "Anomaly", "Arrived", "Balance", "ByLedger", "Cusum", "Detector", "Ewma", "Finding",
    "Kin", "Leak", "LeakSize", "LevelShift", "Limit", "Multivariate", "Operator", "OperatorMemory",
    "Precedence", "PressurePairs", "Rate", "RuleFinding", "SeasonalBand", "Seen", "SensorFault",
    "Sequence", "Silence", "Store", "Stuck", "shard_of", "split_shards",
]  # fmt: skip
