"""How hypothesis runs in every test: the same documents each time and everywhere, so what fails on one machine fails on the other.

`HEADROOM_SEARCH=1` looks at others each time; what it finds is written down as a test of its own.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("headroom", deadline=None, derandomize=not os.environ.get("HEADROOM_SEARCH"), database=None)
settings.load_profile("headroom")
