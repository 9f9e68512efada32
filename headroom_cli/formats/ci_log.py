"""CI and build logs: GitHub Actions, GitLab, Travis, Jenkins, and what build tools and test runners print by themselves.

2026-01-02T03:04:05.1234567Z ##[group]Run make test      envelope off, step "make test"
2026-01-02T03:04:06.1234567Z make: *** [all] Error 2     evidence in the failing step
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.logs import propose
from headroom_cli.text.regex import alternatives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.reading import LogReading
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "ci_log"
about = "CI and build logs: GitHub Actions, GitLab, Travis, Jenkins, build tools, test runners"

# A line that only a runner prints, with what it must hold.
_RUNNER = (
    (("##[",), r"^##\[(?:group|endgroup|error|warning|section|command|debug)\]"),
    (("section_",), r"^section_(?:start|end):\d+:"),
    (("travis_",), r"^travis_(?:fold|time):"),
    (("[Pipeline] ",), r"^\[Pipeline\] "),
    (("Running with gitlab",), r"^Running with gitlab-runner"),
    (("Started by ",), r"^Started by (?:user|timer|upstream|an SCM)"),
    (("Finished: ",), r"^Finished: (?:SUCCESS|FAILURE|UNSTABLE|ABORTED)"),
    (("Job succeeded", "Job failed"), r"^Job succeeded|^ERROR: Job failed"),
    (("TAP version ",), r"^TAP version \d+$"),
    (("Building ",), r"^Building (?:remotely|in workspace|on )"),
    (("Current runner version:", "Requested labels:"), r"^Current runner version:|^Requested labels:"),
    (("::",), r"^::(?:error|warning|group)"),
)
# A line as build tools and test runners print them, with what it must hold.
_TOOL = (
    (("make",), r"^make(?:\[\d+\])?: "),
    (("INFO", "ERROR", "WARNING", "DEBUG"), r"^\[(?:INFO|ERROR|WARNING|DEBUG)\] |^(?:DEBUG|INFO): "),
    (("> Task :",), r"^> Task :"),
    (("+ ", "$ "), r"^\+ [a-z/]|^\$ [a-z/]"),
    (("npm ", "yarn "), r"^npm (?:ERR|WARN|error|warn|notice)|^yarn "),
    (("Collecting ", "Downloading ", "Requirement ", "Installing ", "Building wheel"), r"^(?:Collecting|Downloading|Requirement already|Installing|Building wheels?) "),
    (("[gw",), r"^\[gw\d+\] "),
    (("test session", "FAILURES", "ERRORS", "short test"), r"^=+ (?:test session|FAILURES|ERRORS|short test)"),
    (("cc ", "++ ", "clang ", "ld ", "javac ", "rustc ", "go ", "python"), r"^(?:gcc|g\+\+|cc|c\+\+|clang|ld|javac|rustc|go|python\d?) .*-"),
    (("Compiling ",), r"^\s*Compiling \S+ v"),
    (("%] ",), r"^\[\s*\d+%\] "),
    (("ok",), r"^ *(?:not )?ok \d+\b|^ok\s+\S"),
    (("PASS", "FAIL", "---"), r"^(?:PASS|FAIL|---)\s+\S"),
    ((": error", ": fatal ", ": warning", ": note"), r"^\S+:\d+(?::\d+)?: (?:fatal error|error|warning|note)|^\S+\(\d+(?:,\d+)?\) ?: (?:fatal )?(?:error|warning) "),
    (("Get:", "Hit:", "Ign:"), r"^(?:Get|Hit|Ign):\d+ "),
    (("Unpacking ", "Setting up ", "Preparing to "), r"^(?:Unpacking|Setting up|Preparing to unpack) "),
    (("remote: ", "Cloning into "), r"^remote: |^Cloning into "),
    ((".py ",), r"^\S+\.py [.FsxEX]+"),
    ((" ... ",), r"^(?:test|bench) \S+ \.\.\. |^\S+ \(\S+\) \.\.\. "),
    (("Tests run: ", "Ran "), r"^Tests run: |^Ran \d+ tests? in"),
    (("at ",), r"^\s+at \S+\(.*\)$"),
    (("Traceback ", "Executing(%"), r"^Traceback |^Executing\(%"),
    (("✓", "✔"), r"^\s+✓|^\s+✔"),
)


def score(lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled bodies come from a CI run or a build, and what says so."""
    texts = [line.decode("utf-8", "replace") for line in lines]
    whole = "\n".join(texts)
    pattern = alternatives(_RUNNER, whole)
    runner = next((text for text in _outside(texts) if pattern.search(text)), None) if pattern is not None else None
    if runner is not None:
        return 0.95, f"a runner's line: {runner[:50]!r}"
    tool = alternatives(_TOOL, whole)
    tools = sum(1 for text in texts if tool.search(text)) if tool is not None else 0
    share = tools / max(1, len(texts))
    return min(0.9, 0.3 + 2 * share) if tools >= 2 or share >= 0.2 else 0.0, f"{tools} of {len(texts)} sampled lines are a build tool's"


def _outside(texts: Sequence[str]) -> Sequence[str]:
    """The lines that stand in no fence of Markdown: a document that shows a log is none. A fence that is not closed is none."""
    if not any(text.startswith(("```", "~~~")) for text in texts):
        return texts
    out: list[str] = []
    inside: list[str] | None = None
    for text in texts:
        fence = text.strip().startswith(("```", "~~~"))
        if inside is None or (fence and text.strip("`~ ")):  # a language opens a fence, whatever a sample has left out
            out += inside or ()
            inside = [text] if fence else None
            out += () if fence else (text,)
        elif fence:
            inside = None
        else:
            inside.append(text)
    return [*out, *(inside or ())]


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> LogReading:
    """Lines with steps."""
    return propose(document, envelope, settings, counter, pack_dirs, structure=True)
