"""Does the jobs of a batch, or any others, in as many processes as pay. Results do not depend on how many that are.

    run(jobs, workers=8)    ->   [Done(...), ...] in the order of the jobs

A worker that dies (the kernel's out-of-memory killer) costs its own file, not the others. Ctrl-C ends them all at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from headroom_cli.batch import Done, Job, work
from headroom_cli.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

__all__ = ["WORTH_A_POOL", "Tick", "in_order", "run"]

WORTH_A_POOL = 4 << 20
"""Bytes of input under which starting processes takes longer than it saves."""

Tick = Callable[[Job, Done], None]
A = TypeVar("A")
B = TypeVar("B")


def run(jobs: Sequence[Job], workers: int, *, fail_fast: bool = False, tick: Tick | None = None) -> list[Done]:
    """Do the jobs; results in their order. `tick` gets each as it is done. With `fail_fast` nothing counts after a failure."""
    tick = tick or _ignore
    workers = min(workers, len(jobs))
    if workers > 1 and sum(map(_size, jobs)) > WORTH_A_POOL:
        done = _in_processes(jobs, workers, fail_fast, tick)
    else:
        done = []
        for job in jobs:
            done.append(work(job))
            tick(job, done[-1])
            if fail_fast and done[-1].row.error:
                break
    return done + [Done(Row(job.path, skipped="not done: --fail-fast")) for job in jobs[len(done) :]]


def in_order(function: Callable[[A], B], items: Sequence[A], workers: int) -> Iterator[B]:
    """`map(function, items)` in `workers` processes; what it raises comes up, and no process outlives it."""
    if min(workers, len(items)) < 2:
        yield from map(function, items)
        return
    with _pool(min(workers, len(items))) as pool:
        try:
            for future in _submitted(pool, function, items):
                yield future.result()
        except BaseException:
            _end(pool)
            raise


def _end(pool: ProcessPoolExecutor) -> None:
    """After Ctrl-C, SystemExit, or what a closed pipe raises: no child may outlive it."""
    from multiprocessing import active_children

    for child in active_children():
        child.terminate()
    pool.shutdown(cancel_futures=True)  # and wait, or its semaphores are complained about at exit


def _ignore(_job: Job, _done: Done) -> None:
    return None


def _size(job: Job) -> int:
    try:
        return os.path.getsize(job.path)
    except OSError:
        return 0


def _in_processes(jobs: Sequence[Job], workers: int, fail_fast: bool, tick: Tick) -> list[Done]:
    """The results up to the first failure under `fail_fast`, of all jobs otherwise. The largest file starts first."""
    from concurrent.futures import as_completed

    order = sorted(range(len(jobs)), key=lambda at: -_size(jobs[at]))
    results: dict[int, Done] = {}
    end = len(jobs)
    with _pool(workers) as pool:
        pending = dict(zip(_submitted(pool, work, [jobs[at] for at in order]), order, strict=True))
        try:
            for future in as_completed(pending):
                at = pending[future]
                if future.cancelled():
                    continue
                results[at] = _outcome(future, jobs[at])
                tick(jobs[at], results[at])
                if fail_fast and results[at].row.error and at < end:
                    end = at + 1
                    for other, where in pending.items():
                        if where >= end:
                            other.cancel()
        except BaseException:
            _end(pool)
            raise
    return [results[at] for at in range(end)]


def _pool(workers: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_quiet_worker)


def _submitted(pool: ProcessPoolExecutor, function: Callable[[A], B], items: Sequence[A]) -> list[Future[B]]:
    """Hand in the work. The workers start with Ctrl-C blocked, so that it cannot catch them half-way."""
    import signal
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would unblock the signal
    _hold_interrupts(signal.SIG_BLOCK)
    try:
        return [pool.submit(function, item) for item in items]
    finally:
        _hold_interrupts(signal.SIG_UNBLOCK)


def _outcome(future: Future[Done], job: Job) -> Done:
    """A job's result. One worker that dies takes the others' jobs with it: they are done again, each by itself."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        pass
    try:
        with _pool(1) as pool:
            return _submitted(pool, work, [job])[0].result()
    except BrokenProcessPool:
        return Done(Row(job.path, error="its worker process died, perhaps for want of memory"))


def _quiet_worker() -> None:
    """Let Ctrl-C end a worker without a traceback: the parent says what there is to say."""
    import signal

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # `command &` in a script is not to be interrupted
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _hold_interrupts(signal.SIG_UNBLOCK)


def _hold_interrupts(how: int) -> None:
    """Block Ctrl-C in this thread and in processes it starts, or let it through."""
    import signal

    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(how, {signal.SIGINT})
