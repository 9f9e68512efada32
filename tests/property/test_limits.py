"""The one order of limits, in pairs: the one named first wins.

off and compress: false > max_tokens > heads > keep > drop > max_savings > min_quality > target; min_compress_ratio is judged
last and ignored under max_tokens.
"""

from __future__ import annotations

import re

import pytest
from documents import large_documents, quick, walk
from hypothesis import assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document, compress_shared
from headroom_cli.errors import UsageError
from headroom_cli.formats import FORMATS, choose
from headroom_cli.model import Document, Result
from headroom_cli.settings import STRATEGIES, Settings, target_tokens
from headroom_cli.source import read_document
from headroom_cli.tokens import get_counter, tiktoken_counter

more = examples(quick, max_examples=10)
CUTTING = [name for name in STRATEGIES if name != "off"]

WORDS = ["module", "cache", "worker", "queue", "result", "network", "handler", "session", "table", "branch", "disk", "kernel"]


def _line(n: int) -> str:
    what, which = f"{WORDS[n % 12]} {WORDS[n * 5 % 11]} {WORDS[n * n % 12]}", f"{WORDS[n * 7 % 12]}-{WORDS[n // 12 % 12]}"
    return f"step {n}: {what} loads {which} from {WORDS[n // 144 % 12]}"


BUILD = "".join(
    f"{line}\n"
    for line in [
        *(_line(n) for n in range(400)),
        "TICKET-1234 was asked for",
        "src/cart.c:17:5: error: 'totl' undeclared (first use in this function)",
        *(_line(n) for n in range(400, 500)),
        "Segmentation fault (core dumped)",
        "make: *** [Makefile:12: all] Error 2",
        *(_line(n) for n in range(500, 900)),
        "TICKET-77 was asked for, too",
    ]
)
ERROR = "src/cart.c:17:5: error: 'totl' undeclared (first use in this function)"


def document(text: str | bytes, name: str = "build.log") -> Document:
    return read_document(text.encode() if isinstance(text, str) else text, name=name, path=None)


def run(text: str | bytes = BUILD, **settings: object) -> Result:
    return compress_document(document(text), Settings(**settings))  # type: ignore[arg-type]


def exact(result: Result) -> int:
    oracle = tiktoken_counter("o200k_base")
    assert oracle is not None
    return oracle.count(result.text)


def lines(result: Result) -> set[str]:
    return set(result.text.splitlines())


# off and compress: false are above everything


@pytest.mark.parametrize("off", [{"strategy": "off"}, {"compress": False}, {"strategy": "aggressive", "compress": False}])
@pytest.mark.parametrize(
    "other",
    [
        {"max_tokens": 100},
        {"drop": ("step",)},
        {"force_drop": ("step",)},
        {"max_savings": 10.0},
        {"min_compress_ratio": 0.1},
        {"keep": ("x",)},
    ],
)
def test_off_is_above_every_other_limit(off: dict[str, object], other: dict[str, object]) -> None:
    result = run(**off, **other)
    assert result.data == BUILD.encode()
    assert result.reason


# max_tokens is above all the rest


@pytest.mark.parametrize("strategy", CUTTING)
@pytest.mark.parametrize("limit", [60, 100, 250, 777, 3000])
def test_max_tokens_holds_for_every_strategy(strategy: str, limit: int) -> None:
    result = run(strategy=strategy, max_tokens=limit)
    assert exact(result) == result.compressed_tokens <= limit


@pytest.mark.parametrize(
    "below",
    [
        {"keep": ("step",)},
        {"max_savings": 5.0},
        {"min_quality": 1.0},
        {"min_compress_ratio": 1.0},
        {"max_savings": 0.0, "min_quality": 1.0},
    ],
)
@pytest.mark.parametrize("limit", [120, 600])
def test_max_tokens_is_above(below: dict[str, object], limit: int) -> None:
    result = run(max_tokens=limit, **below)
    assert exact(result) <= limit
    assert result.changed


@pytest.mark.parametrize("strategy", ["lossless", "conservative"])
def test_max_tokens_raises_the_ceiling_and_says_so(strategy: str) -> None:
    result = run(strategy=strategy, max_tokens=300)
    assert exact(result) <= 300
    assert any(f"the strategy {strategy}" in text for text in result.warnings)


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
def test_no_warning_where_the_ceiling_is_not_raised(strategy: str) -> None:
    assert run(strategy=strategy, max_tokens=600).warnings == ()


def test_max_tokens_above_the_size_asks_for_nothing() -> None:
    assert run("one short line\n", max_tokens=400).data == b"one short line\n"


def test_max_tokens_also_cuts_what_would_pass_through() -> None:
    text = "".join(f"{_line(n)}\n" for n in range(20))
    result = run(text, max_tokens=150)
    assert result.original_tokens < 500
    assert exact(result) <= 150


def test_max_tokens_may_remove_heads_and_says_which() -> None:
    text = BUILD + "".join(f"{kind}\n" for kind in KINDS)
    result = run(text, max_tokens=90)
    assert exact(result) <= 90
    assert any("removed the last head of" in warning for warning in result.warnings)


KINDS = (
    "Killed",
    "panic: runtime error: index out of range",
    "foo.o: undefined reference to `bar'",
    "java.lang.OutOfMemoryError: Java heap space",
    "rpc error: context deadline exceeded",
    "fatal: not a git repository",
    "mkdir: cannot create directory: Permission denied",
    "bash: foo: command not found",
    "java.io.IOException: disk is full",
    "dial tcp 10.0.0.1:80: connect: connection refused",
    "FAILED tests/test_x.py::test_y - assert 1 == 2",
)


@pytest.mark.parametrize("limit", [1, 5, 20])
def test_max_tokens_too_small_for_a_header_and_a_marker_is_refused(limit: int) -> None:
    with pytest.raises(UsageError, match=f"max_tokens {limit} is too small") as caught:
        run(max_tokens=limit)
    assert caught.value.exit_code == 2


@given(source=large_documents, limit=st.integers(60, 400))
@examples(quick, max_examples=25)
def test_max_tokens_from_60_is_never_too_small(source: bytes, limit: int) -> None:
    """A header has at most 40 tokens, one bare marker at most 12: whatever the document holds, that fits."""
    assert exact(run(source, max_tokens=limit)) <= limit or run(source, max_tokens=limit).reason


# heads are above keep, drop, max_savings, min_quality and the target


def test_drop_does_not_remove_the_head_of_a_block() -> None:
    assert ERROR in lines(run(drop=("totl", "TICKET")))
    assert not any("TICKET" in line for line in lines(run(drop=("totl", "TICKET"))))


def test_drop_on_the_command_line_removes_heads_too() -> None:
    assert ERROR not in lines(run(force_drop=("totl",)))


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
def test_heads_stay_even_where_they_pass_the_target(strategy: str) -> None:
    text = "".join(f"{_line(n)}\n" for n in range(30)) + "".join(f"{kind} {WORDS[3] * 30}\n" for kind in KINDS)
    result = run(text, strategy=strategy)
    assert result.blocks.found > 0
    seen = walk(result.data, text.encode()) if result.changed else None
    blocks = FORMATS[result.format].read(document(text), choose(document(text)).envelope, Settings(), get_counter("estimate"), ()).blocks
    if seen:
        kept = {line for line, _ in seen.kept}
        assert {block.kind for block in blocks} == {block.kind for block in blocks if block.head in kept}


# keep is above drop, max_savings, min_quality and the target


@pytest.mark.parametrize("strategy", CUTTING)
@pytest.mark.parametrize("below", [{}, {"drop": ("TICKET",)}, {"force_drop": ("TICKET",)}, {"max_savings": 50.0}, {"min_quality": 0.0}])
def test_keep_is_above(strategy: str, below: dict[str, object]) -> None:
    result = run(strategy=strategy, keep=(r"TICKET-\d+",), **below)
    assert {"TICKET-1234 was asked for", "TICKET-77 was asked for, too"} <= lines(result)


def test_keep_passes_the_target_if_it_must() -> None:
    result = run(strategy="aggressive", keep=("step [1-4]",))
    kept = [line for line in result.text.splitlines() if re.match("step [1-4]", line)]
    assert len(kept) == len([line for line in BUILD.splitlines() if re.match("step [1-4]", line)])


def test_keep_holds_what_a_fold_or_noise_would_take() -> None:
    text = BUILD + "waiting\n" * 50 + "Downloading TICKET-9-1.0.whl (3 kB)\n" * 4
    result = run(text, keep=("waiting",))
    assert result.text.splitlines().count("waiting") == 50


# drop is above max_savings, min_quality and the target


@pytest.mark.parametrize("below", [{}, {"max_savings": 10.0}, {"min_quality": 1.0}, {"min_compress_ratio": 0.99}])
def test_drop_is_above(below: dict[str, object]) -> None:
    result = run(drop=("^step",), **below)
    assert not any(line.startswith("step") for line in lines(result))


def test_drop_asks_for_work_under_500_tokens() -> None:
    text = "keep me\nsecret thing one\nkeep me too\n"
    assert "secret" not in run(text, drop=("secret",)).text


def test_what_drop_took_is_marked() -> None:
    text = "".join(f"{_line(n)}\n" for n in range(10)) + "secret\nlast\n"
    assert any(first <= 10 < stop for first, stop, _ in walk(run(text, drop=("secret",)).data, text.encode()).gaps)


# max_savings is literal and above min_quality and the target


@pytest.mark.parametrize("strategy", CUTTING)
@pytest.mark.parametrize("limit", [0.0, 1.0, 30.0, 70.0, 95.0, 100.0])
@pytest.mark.parametrize("other", [{}, {"min_quality": 0.0}, {"min_quality": 0.99}])
def test_savings_never_pass_max_savings(strategy: str, limit: float, other: dict[str, object]) -> None:
    result = run(strategy=strategy, max_savings=limit, **other)
    assert 100 * (1 - exact(result) / result.original_tokens) <= limit


@given(source=large_documents, limit=st.floats(0, 100), strategy=st.sampled_from(CUTTING))
@examples(quick, max_examples=30)
def test_savings_never_pass_max_savings_of_any_document(source: bytes, limit: float, strategy: str) -> None:
    result = run(source, strategy=strategy, max_savings=limit)
    assert result.savings_pct <= limit + 0.01
    assert result.original_tokens - result.compressed_tokens <= limit / 100 * result.original_tokens + 1e-6
    if result.changed:
        walk(result.data, source)


@pytest.mark.parametrize("limit", [40.0, 70.0])
def test_max_savings_is_nearly_used_up(limit: float) -> None:
    assert limit - 8 <= run(strategy="aggressive", max_savings=limit).savings_pct <= limit


# min_quality is above the target


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
@pytest.mark.parametrize("least", [0.5, 0.9, 1.0])
def test_min_quality_is_above_the_target(strategy: str, least: float) -> None:
    result = run(strategy=strategy, min_quality=least)
    assert result.quality >= least
    assert result.compressed_tokens <= result.original_tokens


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_without_other_limits_the_target_is_met(strategy: str) -> None:
    result = run(strategy=strategy)
    target = target_tokens(STRATEGIES[strategy], result.original_tokens)
    assert target is not None
    if STRATEGIES[strategy].ceiling is not None and strategy != "conservative":
        assert result.compressed_tokens <= target


@pytest.mark.parametrize("field", ["quality"])
def test_quality_is_a_share(field: str) -> None:
    assert all(0 <= getattr(run(strategy=name), field) <= 1 for name in STRATEGIES)


# min_compress_ratio is judged last


@pytest.mark.parametrize(("ratio", "passes"), [(0.1, False), (0.99, True), (1.0, True), (0.0, False)])
def test_min_compress_ratio_is_judged_by_the_finished_output(ratio: float, passes: bool) -> None:
    result = run(min_compress_ratio=ratio)
    assert bool(result.reason) is passes
    assert (result.data == BUILD.encode()) is passes


def test_max_savings_under_min_compress_ratio_passes_everything() -> None:
    assert run(max_savings=30.0, min_compress_ratio=0.5).data == BUILD.encode()


@given(source=large_documents, ratio=st.floats(0, 1))
@more
def test_what_is_compressed_saves_at_least_min_compress_ratio(source: bytes, ratio: float) -> None:
    result = run(source, min_compress_ratio=ratio)
    assert result.reason or result.compressed_tokens <= result.original_tokens * (1 - ratio)


# one budget for several documents


@given(sources=st.lists(large_documents, min_size=1, max_size=3), limit=st.integers(300, 2000))
@examples(quick, max_examples=15)
def test_a_shared_budget_holds_for_all_documents_together(sources: list[bytes], limit: int) -> None:
    documents = [document(source, f"{number}.log") for number, source in enumerate(sources)]
    results = compress_shared(documents, [Settings()] * len(sources), limit)
    assert [result.name for result in results] == [doc.name for doc in documents]
    assert sum(map(exact, results)) == sum(result.compressed_tokens for result in results)
    whole = sum(result.original_tokens for result in results)
    assert sum(map(exact, results)) <= max(limit, 0 if any(result.changed for result in results) else whole)
    for result, source in zip(results, sources, strict=True):
        if result.changed:
            walk(result.data, source)


def test_a_shared_budget_goes_where_the_failure_is() -> None:
    green = "".join(f"{_line(n)}\n" for n in range(900))
    red, dull = compress_shared([document(BUILD, "red.log"), document(green, "green.log")], [Settings()] * 2, 400)
    assert ERROR in lines(red)
    assert red.kept > dull.kept


def test_a_shared_budget_that_is_too_small_is_refused() -> None:
    with pytest.raises(UsageError, match="too small"):
        compress_shared([document(BUILD, f"{n}.log") for n in range(5)], [Settings()] * 5, 60)


def test_a_shared_budget_leaves_alone_what_fits() -> None:
    small = [document("alpha\nbeta\n", "a"), document("gamma\n", "b")]
    assert [result.data for result in compress_shared(small, [Settings()] * 2, 100)] == [b"alpha\nbeta\n", b"gamma\n"]


@given(source=large_documents, limit=st.integers(200, 900))
@more
def test_a_larger_budget_never_shows_fewer_kinds(source: bytes, limit: int) -> None:
    few, many = run(source, max_tokens=limit), run(source, max_tokens=limit * 4)
    assume(few.changed and many.changed)
    assert many.blocks.shown >= min(few.blocks.shown, len(many.blocks.kinds))
