"""What a tool says while it prints a table, matches or a page stays, though it is none of the format's lines."""

from __future__ import annotations

import pytest

from headroom_cli.api import compress_document
from headroom_cli.model import Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

MATCHES = [f"src/err/m{n}.rs:{n}:    return Err(Error::Failed({n}));" for n in range(400)]
PATHS = [f"charts/error-{n}/values.yaml: valid ({n} keys)" for n in range(300)]
ROWS = ["id,node,state,ms", *(f"{n},node-{n % 7},{('ok', 'retry_ok')[n % 2]},{n * 7 % 900}" for n in range(1500))]
PODS = [
    "NAME                         READY   STATUS    RESTARTS   AGE",
    *(f"error-svc-{n:05}-abcde        1/1     Running   0          {n}s" for n in range(500)),
]
QUERY = [" id | total ", "----+-------", *(f" {n:2} | {n * 3:5} " for n in range(700)), "(700 rows)"]
PAGE = [
    "<!DOCTYPE html>",
    "<html><body><h1>Errors</h1>",
    *(f"<p>error page row {n} of the report, as it was</p>" for n in range(300)),
    "</body></html>",
]
CHANGES = [
    line
    for n in range(120)
    for line in (f"## Release {n}", "", f"* fix: prices of order {n} are right again", f"Some prose on release {n}: more of it.", "")
]

CASES = {
    "search, middle": ([*MATCHES[:200], "grep: src/secret: Permission denied", *MATCHES[200:]], ["grep: src/secret: Permission denied"]),
    "search, last words": ([*MATCHES, "license-check: src/vendor/lzma.rs has no SPDX header", "exit status 4"], ["no SPDX header", "exit status 4"]),
    "paths, middle": (
        [*PATHS[:150], "kubeconform: schema download failed: GET https://schemas.dev/x.json: 401 Unauthorized", "stopped.", *PATHS[150:]],
        ["401 Unauthorized", "stopped."],
    ),
    "paths, one result": ([*(f"dist/error-{n}.whl: OK" for n in range(200)), "dist/core.whl: FAILED", *(f"dist/b{n}.whl: OK" for n in range(200))], ["dist/core.whl: FAILED"]),
    "csv": ([*ROWS[:700], "FATAL deploy.go:402: canary aborted: p99 1840ms > 900ms budget", *ROWS[700:]], ["canary aborted"]),
    "pods": ([*PODS[:300], 'error: Internal error occurred: failed calling webhook "validate.svc"', *PODS[300:]], ["failed calling webhook"]),
    "psql": ([*QUERY, "", 'psql:migrate/0042.sql:17: ERROR:  column "fee" contains null values', "ROLLBACK"], ['column "fee" contains null values', "ROLLBACK"]),
    "html": ([*PAGE, "smoke: upstream pay-eu-2 refused TLS handshake: unknown CA"], ["refused TLS handshake"]),
    "markdown": (
        [*CHANGES, "[10:00:01] [semantic-release] Cannot push to the Git repository.", "semantic-release cannot push the version tag to main"],
        ["Cannot push to the Git repository", "cannot push the version tag"],
    ),
}  # fmt: skip


def compressed(lines: list[str], **settings: object) -> Result:
    document = read_document("".join(f"{line}\n" for line in lines).encode(), name="input", path="input")
    return compress_document(document, Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_line_of_the_format_stays(name: str) -> None:
    lines, wanted = CASES[name]
    result = compressed(lines)
    assert result.format not in ("plain", "ci_log", "app_log")
    assert result.savings_pct > 50
    for text in wanted:
        assert text in result.text


@pytest.mark.parametrize("name", ["search, middle", "paths, middle", "csv", "pods", "psql"])
def test_what_a_limit_hides_is_counted(name: str) -> None:
    lines, _ = CASES[name]
    document = read_document("".join(f"{line}\n" for line in lines).encode(), name="input", path="input")
    settings = Settings(max_tokens=120)
    result = compress_document(document, settings)
    assert result.blocks.found == result.blocks.shown + result.blocks.named
    assert verify(result.data, document, settings) == []


def test_words_that_most_lines_hold_are_no_alarm() -> None:
    result = compressed([f"src/a{n}.py: raise ValueError('error {n}')" for n in range(400)])
    assert [kind for kind, _ in result.blocks.kinds] == ["match"]
