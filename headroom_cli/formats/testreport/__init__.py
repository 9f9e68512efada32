"""Test reports: go test -json, JUnit and NUnit and xUnit XML, TRX, JSON of jest, vitest, mocha and pytest.

    {"Action":"run","Package":"shop","Test":"TestTotal"}                                 [step shop TestTotal]
    {"Action":"output","Package":"shop","Test":"TestTotal","Output":"    a_test.go:9: want 3\\n"}    a_test.go:9: want 3
    {"Action":"output","Package":"shop","Test":"TestTotal","Output":"--- FAIL: TestTotal\\n"}     ->  --- FAIL: TestTotal
    {"Action":"pass","Package":"shop","Test":"TestOther"}                                [L4-9: 1 passed]

Every failing test stays with its name, message and trace; passing and skipped ones are counted where they stood. What is kept is the
report's own text: output, messages and tags with escapes and entities undone. TAP is read as a log, by the pack `tap`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "check", "read", "score"]

NAME = "testreport"
about = "test reports: go test -json, JUnit, NUnit, xUnit and TRX XML, JSON of jest, vitest, mocha and pytest"

_ACTION = rb'"Action": ?"(?:start|run|pause|cont|pass|bench|fail|output|skip|build-output|build-fail|attr)"'
_EVENT = rb'^\{ ?(?:"(?:Time|ImportPath|Package|Test)": ?".*)?' + _ACTION
_XML = rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*)*<(?:testsuites?|test-run|test-results|TestRun|assemblies)[\s>]"
_JEST = rb'"num(?:Failed|Total|Passed)Test(?:s|Suites)"\s*:\s*\d'
_MOCHA = rb'^\{\s*"stats"\s*:\s*\{\s*"suites"\s*:\s*\d+,\s*"tests"\s*:'
_PYTEST = rb'^\{\s*"created"\s*:\s*[\d.]+,\s*"duration"\s*:\s*[\d.]+,\s*"exitcode"\s*:\s*\d'
SEEN = 4000
"""Bytes from the start in which a report says what it is."""


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a test report, and what says so. One inside a runner's log is the log's."""
    if not lines or envelope.layers or lines[0].lstrip(b"\xef\xbb\xbf \t")[:1] not in (b"{", b"<"):
        return _events(lines) if lines and not envelope.layers and b'"Action":' in b"".join(lines[:20]) else (0.0, "")
    start = b"\n".join(lines[:40])[:SEEN]
    kind = _document(start)
    return (0.98, kind) if kind else _events(lines)


def _events(lines: Sequence[bytes]) -> tuple[float, str]:
    share = sum(1 for line in lines if compiled(_EVENT, re.DOTALL).match(line)) / len(lines)
    return (0.98 if share >= 0.7 else 0.0), f"{share:.0%} of sampled lines are events of go test -json"


def _document(start: bytes) -> str:
    """Which report of one document begins so, "" for none."""
    if compiled(_XML, re.DOTALL).match(start):
        return "XML of a test run"
    if start.lstrip()[:1] != b"{":
        return ""
    if compiled(_JEST, re.DOTALL).search(start) and start.lstrip()[:5].rstrip()[:1] == b"{":
        return "JSON of jest or vitest"
    return "JSON of mocha" if compiled(_MOCHA, re.DOTALL).match(start) else "JSON of pytest" if compiled(_PYTEST, re.DOTALL).match(start) else ""


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Proposal:
    """Tests with their outcome; a text that is none of the known reports is read as plain text."""
    from headroom_cli.formats import plain
    from headroom_cli.formats.testreport.reading import ReportReading

    start = bytes(document.data[:SEEN])
    kind = _document(start)
    try:
        if kind.startswith("XML"):
            from headroom_cli.formats.testreport.markup import read_xml as read_report
        elif kind:
            from headroom_cli.formats.testreport.documents import read_json as read_report
        else:
            from headroom_cli.formats.testreport.events import read_events as read_report
        return ReportReading(read_report(document.data), document, settings, counter)
    except (ValueError, RecursionError):
        proposal = plain.read(document, envelope, settings, counter, pack_dirs)
        proposal.draft.facts = [*proposal.draft.facts, "no whole test report: read as text"]
        return proposal


def check(output: bytes, document: Document, proposal: Proposal) -> list[str] | None:
    """What in `output` is not what the source holds: one sentence each; None where the text was read as plain."""
    from headroom_cli.formats.testreport.reading import ReportReading
    from headroom_cli.formats.testreport.verdict import check_report

    return check_report(output, document, proposal) if isinstance(proposal, ReportReading) else None
