"""What can be set, its ranges, and what the strategies mean: one table.

Every number here has a unit: tokens, percent (0-100) or share (0-1). Validation happens once, in `checked()`, so that
the command line, the configuration file and the library refuse the same values with the same words.
"""

from typing import NamedTuple

from headroom_cli.errors import UsageError
from headroom_cli.model import Risk

__all__ = ["STRATEGIES", "Settings", "Strategy", "checked", "is_number", "target_tokens"]


class Strategy(NamedTuple):
    """A risk ceiling and a target. `share` of the input's tokens, at least `floor`, at most `cap` tokens."""

    name: str
    ceiling: Risk | None  # None: nothing at all is changed
    share: float = 1.0
    floor: int = 0
    cap: int = 0  # 0: no target, every stage under the ceiling runs


STRATEGIES: dict[str, Strategy] = {
    s.name: s
    for s in (
        Strategy("off", None),
        Strategy("lossless", Risk.LOSSLESS),
        Strategy("conservative", Risk.DETAIL, 0.30, 1200, 20000),
        Strategy("balanced", Risk.CONTENT, 0.22, 800, 6000),
        Strategy("aggressive", Risk.CONTENT, 0.127, 400, 2500),
    )
}

PASS_THROUGH_TOKENS = 500
"""Inputs under this many tokens come out unchanged unless max_tokens or drop asks otherwise (promise 4)."""


class Settings(NamedTuple):
    """How one document is treated. Config keys have the same names; None means "not set"."""

    strategy: str = "balanced"
    compress: bool = True
    format: str | None = None
    max_tokens: int | None = None  # tokens of the output
    max_savings: float | None = None  # percent; the saved percentage never exceeds it
    min_quality: float | None = None  # share 0-1 of excess weight that must remain
    min_compress_ratio: float | None = None  # share 0-1 that must be saved, else the input passes
    query: str | None = None  # a question: units that answer it weigh more
    baseline: tuple[str, ...] = ()  # paths of logs of good runs: what they print too is boilerplate
    boilerplate: frozenset[bytes] = frozenset()  # the templates of those logs; read from `baseline` by the api, no key of the configuration
    keep: tuple[str, ...] = ()  # regular expressions: matching units stay
    drop: tuple[str, ...] = ()  # regular expressions: matching units go, but never the head of a block
    force_drop: tuple[str, ...] = ()  # `--drop` on the command line: as drop, and heads too
    redact: bool = False  # secrets become placeholders before anything else happens; `off` and compress: false leave them
    dedup: bool = True
    dedup_threshold: float = 0.9  # share 0-1 of equal words from which neighbouring lines count as repeats
    summary_length_ratio: float | None = None  # share 0-1 of the prose of a text with headings that stays at most
    packs: tuple[str, ...] | None = None  # names of the packs that may be used; None: all
    markers: str = "full"  # full | short
    tokenizer: str = "o200k_base"


_RANGES: dict[str, tuple[float, float, str]] = {
    "max_tokens": (1, float("inf"), "a whole number of tokens, 1 or more"),
    "max_savings": (0, 100, "a percentage from 0 to 100"),
    "min_quality": (0, 1, "a share from 0 to 1"),
    "min_compress_ratio": (0, 1, "a share from 0 to 1"),
    "dedup_threshold": (0, 1, "a share from 0 to 1"),
    "summary_length_ratio": (0, 1, "a share from 0 to 1"),
}


def checked(settings: Settings, place: str = "") -> Settings:
    """Return `settings` unchanged, or raise UsageError naming the first value out of range (`place:key`)."""
    if settings.strategy not in STRATEGIES:
        raise _wrong("strategy", settings.strategy, "one of " + ", ".join(STRATEGIES), place)
    if settings.markers not in ("full", "short"):
        raise _wrong("markers", settings.markers, "full or short", place)
    for key, (low, high, wanted) in _RANGES.items():
        value = getattr(settings, key)
        if value is not None and not (is_number(value, whole=key == "max_tokens") and low <= value <= high):
            raise _wrong(key, value, wanted, place)
    return settings


def is_number(value: object, *, whole: bool = False) -> bool:
    """Whether `value` is a number; true and false are none."""
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)


def _wrong(key: str, value: object, wanted: str, place: str) -> UsageError:
    return UsageError(f"{key} is {value!r}, but must be {wanted}", place=f"{place}:{key}" if place else "")


def target_tokens(strategy: Strategy, tokens: int) -> int | None:
    """Tokens to aim at for an input of `tokens`, or None where the strategy has no target (docs/strategies.md)."""
    if not strategy.cap:
        return None
    return int(min(strategy.cap, max(strategy.share * tokens, min(strategy.floor, 0.4 * tokens))))
