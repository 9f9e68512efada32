r"""Savings, quality and retention over labelled cases: does the answer survive, at what price, and does quality predict it?

    CASE/input.log    the source
    CASE/case.json    {"kind": "ci-log", "question": "Why?", "must_keep": ["tests/a.py::test_b", {"regex": "exit (code )?137"}]}

An item is retained where it stands in the output after colour and control characters are taken off and white space is one blank;
its JSON- or HTML-unescaped spelling counts too. Tokens are counted exactly. No configuration is read, no clock, no network.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.errors import InputError
from headroom_cli.settings import Settings, Strategy, target_tokens
from headroom_cli.tokens import count_buffer, get_counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headroom_cli.tokens import TokenCounter

__all__ = ["Case", "Decile", "Score", "Summary", "Way", "builtin_cases", "deciles", "folder_cases", "predicts", "run", "summary"]

HIT = 0.6  # share of the tokens that a hit60 saves
TARGET = Strategy("hitT", None, 0.22, 800, 6000)  # what a hitT may be large: balanced's target
DECILES = 10

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Label = str | dict[str, str]


class Case(NamedTuple):
    """A source and what an answer needs of it."""

    name: str
    kind: str
    question: str
    must_keep: tuple[Any, ...]  # texts, or {"regex": ...}
    should_keep: tuple[Any, ...]
    ext: str  # of the input's name
    path: str = ""  # of the input; "" where `data` holds it
    data: bytes = b""

    def read(self) -> bytes:
        """The input. Raises InputError."""
        if not self.path:
            return self.data
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=self.path) from error


class Way(NamedTuple):
    """How a case is made smaller: by a strategy, or by another program's command line."""

    name: str
    command: str = ""  # "": the strategy `name`
    timeout: float = 120.0  # seconds, for a command
    tokenizer: str = "o200k_base"
    ask: bool = False  # pass each case's question as the query


class Score(NamedTuple):
    """One way on one case."""

    way: str
    case: str
    kind: str
    before: int  # tokens
    after: int
    must: int  # labelled items
    kept: int  # of them, in the output
    should: int
    should_kept: int
    missing: tuple[str, ...] = ()
    quality: float | None = None  # what the engine says of a compressed output; None where there is none
    error: str = ""  # why the way failed: it saved and kept nothing

    @property
    def saved(self) -> float:
        """Share of the tokens, negative where the output is larger."""
        return 0.0 if self.error else 1 - self.after / self.before if self.before else 0.0

    @property
    def whole(self) -> bool:
        """Whether every must_keep item is retained."""
        return self.kept == self.must and not self.error

    @property
    def retained(self) -> float:
        """Share of the must_keep items."""
        return self.kept / self.must if self.must else 1.0


class Summary(NamedTuple):
    """Many scores as one line. Shares are 0-1."""

    cases: int
    saved_median: float
    saved_tokens: float  # of all tokens
    all_must: float  # cases with every must_keep item
    must_items: float
    should_items: float | None  # None where no case has any
    hit60: float  # every item, and at least 60 % saved
    hit_target: float  # every item, and at most min(6000, max(.22 n, min(800, .4 n))) tokens
    p90: int  # 90th percentile of output tokens
    failed: int


class Decile(NamedTuple):
    """A tenth of the compressed outputs, by quality."""

    low: float  # quality
    high: float
    outputs: int
    retained: float  # mean share of must_keep items
    all_must: float  # share of outputs with every item


def folder_cases(folder: str) -> list[Case]:
    """The cases of a folder of folders, by name. Raises InputError for a case that cannot be read or has no labels."""
    import os

    try:
        names = sorted(name for name in os.listdir(folder) if os.path.exists(os.path.join(folder, name, "case.json")))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", place=folder) from error
    if not names:
        raise InputError("has no cases", place=folder, hint="a case is a folder with input.EXT and case.json")
    return [_folder_case(os.path.join(folder, name), name) for name in names]


def _folder_case(folder: str, name: str) -> Case:
    import json
    import os

    place = os.path.join(folder, "case.json")
    source = next((each for each in sorted(os.listdir(folder)) if each.startswith("input.")), None)
    if source is None:
        raise InputError("has no input.*", place=folder)
    try:
        with open(place, encoding="utf-8") as file:
            return _case(json.load(file), name, place, source.partition(".")[2], path=os.path.join(folder, source))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", place=place) from error


def builtin_cases() -> list[Case]:
    """The cases that come with the program."""
    import gzip
    import json
    import os

    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchcases", "cases.jsonl.gz")
    with gzip.open(place, "rt", encoding="ascii") as file:
        read = [json.loads(line) for line in file]
    return [_case(each, each["id"], place, each["ext"], data=each["input"].encode()) for each in read]


def _case(read: Any, name: str, place: str, ext: str, *, path: str = "", data: bytes = b"") -> Case:
    if not isinstance(read, dict) or not isinstance(read.get("must_keep"), list):
        raise InputError("must be an object with a list `must_keep`", place=place)
    must, should = read["must_keep"], read.get("should_keep") or []
    for label in (*must, *should):
        if not isinstance(label, str) and not (isinstance(label, dict) and isinstance(label.get("regex"), str)):
            raise InputError('must_keep and should_keep hold texts and {"regex": "..."}', place=place)
        pattern = label["regex"] if isinstance(label, dict) else ""
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(f"{pattern!r} is no regular expression: {error}", place=place) from None
    question = str(read.get("question", ""))
    return Case(str(read.get("id", name)), str(read.get("kind", "other")), question, tuple(must), tuple(should), ext, path, data)


def run(case: Case, ways: Sequence[Way]) -> list[Score]:
    """Every way on one case. Raises InputError where the input cannot be read."""
    data = case.read()
    return [_commanded(case, way, data) if way.command else _compressed(case, way, data) for way in ways]


def _compressed(case: Case, way: Way, data: bytes) -> Score:
    from headroom_cli.api import compress_document
    from headroom_cli.source import read_document

    counter = get_counter(way.tokenizer)
    settings = Settings(strategy=way.name, tokenizer=way.tokenizer, query=(case.question or None) if way.ask else None)
    result = compress_document(read_document(data, name=f"input.{case.ext}", path=case.path or f"input.{case.ext}"), settings, counter)
    quality = None if result.reason else result.quality
    return _score(case, way, result.original_tokens, result.compressed_tokens, result.text, quality=quality)


def _commanded(case: Case, way: Way, data: bytes) -> Score:
    counter = get_counter(way.tokenizer)
    before = _tokens(counter, data)
    output, error = filtered(case, way, data)
    return _score(case, way, before, before if error else _tokens(counter, output), output.decode("utf-8", "replace"), error=error)


def _tokens(counter: TokenCounter, data: bytes) -> int:
    from headroom_cli.source import read_document

    return count_buffer(counter, read_document(data, name="output", path=None).data) if data else 0


def filtered(case: Case, way: Way, data: bytes) -> tuple[bytes, str]:
    """What the way's command makes of `data`, and why it failed. `{input}` and `{output}` are files, else stdin and stdout."""
    import os
    import shlex
    import tempfile

    with tempfile.TemporaryDirectory(prefix="headroom-bench-") as folder:
        names = {"input": os.path.join(folder, f"input.{case.ext}"), "output": os.path.join(folder, "output")}
        values = {**names, "kind": case.kind, "question": case.question, "id": case.name}
        with open(names["input"], "wb") as file:
            file.write(data)
        command = re.sub(r"\{(input|output|kind|question|id)\}", lambda found: shlex.quote(values[found[1]]), way.command)
        output, error = _shell(command, names["input"] if "{input}" not in way.command else os.devnull, way.timeout)
        if not error and "{output}" in way.command:
            if not os.path.exists(names["output"]):
                return b"", "wrote no {output}"
            with open(names["output"], "rb") as file:
                return file.read(), ""
        return output, error


def _shell(command: str, stdin: str, timeout: float) -> tuple[bytes, str]:
    """stdout of a shell command, and why it failed. All that it started ends with it."""
    import os
    import signal
    import subprocess

    with (
        open(stdin, "rb") as source,
        subprocess.Popen(
            ["/bin/sh", "-c", command], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as process,
    ):
        try:
            output, messages = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return b"", f"not done after {timeout:g} s"
        finally:
            if process.poll() is None:  # too long, or Ctrl-C
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
    if process.returncode:
        last = messages.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return b"", f"exit code {process.returncode}{': ' + last[-200:] if last else ''}"
    return output, ""


def _score(case: Case, way: Way, before: int, after: int, output: str, *, quality: float | None = None, error: str = "") -> Score:
    text = normal(output)
    missing = [label for label in case.must_keep if error or not retained(label, text)]
    should_kept = 0 if error else sum(retained(label, text) for label in case.should_keep)
    must, should = len(case.must_keep), len(case.should_keep)
    named = tuple(label if isinstance(label, str) else label["regex"] for label in missing)
    return Score(way.name, case.name, case.kind, before, after, must, must - len(missing), should, should_kept, named, quality, error)


def normal(text: str) -> str:
    """Text without colour and control characters, white space as one blank."""
    return " ".join(_CONTROL.sub("", text).split())


def retained(label: Label, text: str) -> bool:
    """Whether an item stands in normal `text`."""
    if isinstance(label, dict):
        return bool(re.search(label["regex"], text))
    return any(spelling in text for spelling in _spellings(label))


@lru_cache(maxsize=10_000)
def _spellings(label: str) -> frozenset[str]:
    """An item as it is written, out of HTML, and out of a JSON text."""
    import html
    import json

    try:
        quoted = str(json.loads(f'"{label}"'))
    except ValueError:
        quoted = ""
    return frozenset(filter(None, map(normal, (label, html.unescape(label), quoted))))


def summary(scores: Sequence[Score]) -> Summary:
    """Scores of one way as one line; there is at least one."""
    from statistics import median

    count = len(scores)
    before = sum(score.before for score in scores)
    after = sum(score.before if score.error else score.after for score in scores)
    items, should = sum(score.must for score in scores), sum(score.should for score in scores)
    whole = [score for score in scores if score.whole]
    return Summary(
        cases=count,
        saved_median=median(score.saved for score in scores),
        saved_tokens=1 - after / before if before else 0.0,
        all_must=len(whole) / count,
        must_items=sum(score.kept for score in scores) / items if items else 1.0,
        should_items=sum(score.should_kept for score in scores) / should if should else None,
        hit60=sum(score.saved >= HIT for score in whole) / count,
        hit_target=sum(score.after <= (target_tokens(TARGET, score.before) or 0) for score in whole) / count,
        p90=sorted(score.after for score in scores)[int(0.9 * (count - 1))],
        failed=sum(bool(score.error) for score in scores),
    )


def deciles(scores: Iterable[Score]) -> list[Decile]:
    """Compressed outputs in up to ten equal parts, the worst quality first."""
    rated = [(score.quality, score.retained, score.whole) for score in scores if score.quality is not None]
    ranked = sorted(rated, key=lambda each: each[0])  # equals stay in the order of the cases: retention must not sort them
    parts = min(DECILES, len(ranked))
    found = []
    for place in range(parts):
        part = ranked[len(ranked) * place // parts : len(ranked) * (place + 1) // parts]
        kept = sum(share for _, share, _ in part) / len(part)
        found.append(Decile(part[0][0], part[-1][0], len(part), kept, sum(whole for *_, whole in part) / len(part)))
    return found


def predicts(scores: Iterable[Score]) -> float | None:
    """Spearman's rank correlation of quality and retention over compressed outputs; None where one of them never varies."""
    pairs = [(score.quality, score.retained) for score in scores if score.quality is not None]
    if len(pairs) < 2:
        return None
    one, other = (_ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middle = (len(pairs) + 1) / 2
    spread = [sum((rank - middle) ** 2 for rank in ranks) for ranks in (one, other)]
    if not all(spread):
        return None
    return float(sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True)) / (spread[0] * spread[1]) ** 0.5)


def _ranks(values: Sequence[float]) -> list[float]:
    """1 for the smallest; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and values[order[stop]] == values[order[start]]:
            stop += 1
        for at in order[start:stop]:
            ranks[at] = (start + stop + 1) / 2
        start = stop
    return ranks
