"""How Hypothesis runs: without deadlines, since machines are busy; and the same examples each time in CI.

What lands must not depend on luck; new examples are looked for on every other run.
"""

import os

from hypothesis import settings

settings.register_profile("search", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "search")
