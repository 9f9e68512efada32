"""A progress bar on a terminal's stderr, once a command has worked for a second; none in CI and none under -q.

compressing  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  37/120  0:00:04
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from headroom_cli.cli.session import Session, colour

if TYPE_CHECKING:
    from threading import Timer

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["Progress"]

DELAY = 1.0  # seconds


class Progress:
    """Counts files. `with Progress(total, session) as progress: ... progress.tick()`."""

    def __init__(self, total: int, session: Session) -> None:
        self._total = total
        self._done = 0
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._timer: Timer | None = None
        self._session = session

    def __enter__(self) -> Progress:
        if self._total and _wanted(self._session):
            from threading import Timer

            self._timer = Timer(DELAY, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def tick(self) -> None:
        """One more file is done."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._done)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer.join()  # a bar that is just being built must not start later
        if self._bar is not None:
            self._bar.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True, no_color=not colour(self._session, sys.stderr))
        bar = Bar(
            TextColumn("compressing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
        )
        self._task = bar.add_task("", total=self._total, completed=self._done)
        bar.start()
        self._bar = bar


def _wanted(session: Session) -> bool:
    env, stream = session.env, sys.stderr
    in_ci = env.get("CI", "").lower() not in ("", "0", "false")
    return not in_ci and not session.quiet and stream is not None and stream.isatty() and env.get("TERM") != "dumb"
