# Copyright 2026 The Retry Authors
#
# Permission is hereby granted, free of charge, to any person obtaining a copy
# of this software and associated documentation files (the "Software"), to deal
# in the Software without restriction, including without limitation the rights
# to use, copy, modify, merge, publish and distribute copies of the Software.
"""Calls that may fail are made again, after a pause that grows.

The pause follows the classical exponential scheme, with jitter so that many
clients do not come back at the same moment.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
MOST_TRIES = 8
RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})


class GaveUp(Exception):
    """All tries failed; `last` is the error of the last one."""

    def __init__(self, tries: int, last: BaseException) -> None:
        super().__init__(f"gave up after {tries} tries: {last}")
        self.tries = tries
        self.last = last


class Pauses:
    """How long to wait before each try.

    The first pause is `first` seconds long. Every further one is `factor`
    times as long as the one before, but never longer than `most` seconds.
    """

    factor: float = 2.0

    def __init__(self, first: float = 0.1, most: float = 30.0, jitter: float = 0.2) -> None:
        if first <= 0:
            raise ValueError("first must be positive")
        if most < first:
            raise ValueError("most must not be less than first")
        self.first = first
        self.most = most
        self.jitter = jitter
        self._random = random.Random()

    def seconds(self, attempt: int) -> float:
        """The pause before `attempt`, in seconds."""
        # SAFETY: attempt is bounded by MOST_TRIES, so the power cannot overflow
        pause = min(self.most, self.first * self.factor**attempt)
        spread = pause * self.jitter
        return max(0.0, pause + self._random.uniform(-spread, spread))

    @property
    def total(self) -> float:
        """Seconds of all pauses together, without jitter."""
        total = 0.0
        for attempt in range(MOST_TRIES):
            total += min(self.most, self.first * self.factor**attempt)
        return total


class Retry(Generic[T]):
    """A callable that tries again."""

    def __init__(
        self,
        call: Callable[[], T],
        pauses: Pauses | None = None,
        *,
        retryable: tuple[type[BaseException], ...] = (OSError, TimeoutError),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.call = call
        self.pauses = pauses or Pauses()
        self.retryable = retryable
        self.sleep = sleep
        self.tries = 0

    def __call__(self) -> T:
        last: BaseException | None = None
        for attempt in range(MOST_TRIES):
            self.tries += 1
            try:
                return self.call()
            except self.retryable as error:
                last = error
                # TODO: honour a Retry-After header
                self.sleep(self.pauses.seconds(attempt))
        assert last is not None
        raise GaveUp(self.tries, last)

    def reset(self) -> None:
        self.tries = 0


def retrying(pauses: Pauses | None = None) -> Callable[[Callable[[], T]], Retry[T]]:
    """Decorate a function so that its calls are made again."""

    def decorate(call: Callable[[], T]) -> Retry[T]:
        return Retry(call, pauses)

    return decorate


def should_retry(status: int, body: bytes) -> bool:
    """Whether an answer with `status` is worth another try."""
    if status in RETRYABLE:
        return True
    if status == 400 and b"try again" in body.lower():
        return True
    return False
