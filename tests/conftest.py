"""How hypothesis searches, for every test.

`default` is what has to pass before a change lands: no deadline, because a shared machine is slow at times, and the
same examples on each run under CI, so that a failure there can be seen again here. `quick` (`make check`) tries a fifth
of that. `soak` (`make soak`) searches for long and at random. `--hypothesis-profile=NAME` chooses, and
`--hypothesis-show-statistics` prints what was tried.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", settings.get_profile("default"), max_examples=20)
settings.register_profile("soak", settings.get_profile("default"), derandomize=False, max_examples=5_000)
settings.load_profile("default")
