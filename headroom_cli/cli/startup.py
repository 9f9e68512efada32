"""What a start leaves out. argparse's translations: they cost 4 ms, and the messages here are English and our own. Collections of garbage: a
small pipe is done before one pays (3 ms of its 70), most of them while modules are loaded.

    import headroom_cli.cli.startup  ->  argparse is imported, gettext is not, and the collector waits
"""

from __future__ import annotations

import gc
import sys
from types import ModuleType

__all__ = ["WIDTH"]

WIDTH = 80  # columns of the help text, whatever the terminal: man pages and tests compare it


def _load() -> None:
    """Import argparse while a stand-in answers for gettext; afterwards whoever imports gettext gets the real one."""
    if "argparse" in sys.modules or "gettext" in sys.modules:
        return
    stand_in = ModuleType("gettext")
    stand_in.gettext = str  # type: ignore[attr-defined]
    stand_in.ngettext = lambda one, many, count: one if count == 1 else many  # type: ignore[attr-defined]
    sys.modules["gettext"] = stand_in
    try:
        import argparse  # noqa: F401
    finally:
        del sys.modules["gettext"]


gc.set_threshold(50_000)
_load()
