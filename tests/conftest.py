"""How hard hypothesis looks: the same examples in every run, or many more when asked."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,  # Ours: keeps the whole suite within minutes on two cores.
    suppress_health_check=[HealthCheck.too_slow],  # A slow machine is no reason to fail.
)
settings.register_profile(
    "deep", parent=settings.get_profile("ci"), derandomize=False, max_examples=2000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
