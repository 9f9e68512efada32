"""The real command in a real process: how the tests of this folder call it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "headroom_cli"]


class Ran(NamedTuple):
    code: int
    out: bytes
    err: str


Run = Callable[..., Ran]
