"""Tables of lines: they are recognised, their header stays, and the rows that stand out are kept."""

from __future__ import annotations

import pytest

from headroom_cli.api import compress_document
from headroom_cli.formats import table
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.verify import verify

NO_ENVELOPE = find_envelope([])
PODS = ["NAME       READY   STATUS    RESTARTS   AGE", *(f"web-{n:<6} 1/1     Running   {n % 2}          {n}d" for n in range(60))]
PS = ["USER       PID %CPU %MEM COMMAND", *(f"root     {n:5}  0.0  0.1 /sbin/thing --number {n}" for n in range(20))]
DF = ["Filesystem     1K-blocks  Used Available Use% Mounted on", *(f"/dev/sd{chr(97 + n)}           100000 {5000 + n}     95000   5% /mnt/{n}" for n in range(12))]
PSQL = [" id | name  | state ", "----+-------+-------", *(f" {n:2} | user{n % 10} | ok" for n in range(20))]
CSV = ["id,region,status,amount", *(f"{n},eu,{'failed' if n == 77 else 'paid'},{n * 3 % 91}.5" for n in range(150))]


def sure(lines: list[str]) -> float:
    return table.score([line.encode() for line in lines], NO_ENVELOPE)[0]


TIMED = ["ts\thost\tcpu", *(f"2026-01-02T00:{n // 60:02}:{n % 60:02}Z\tweb-1\t{n * 7 % 20 + 10}" for n in range(150))]
HEADLESS = [f"{n},2026-01-{n % 28 + 1:02},{n * 7 % 50 + 10},a{n}@shop.example" for n in range(150)]


@pytest.mark.parametrize(
    ("lines", "place", "row"),
    [(TIMED, 70, "2026-01-02T00:01:09Z\tweb-1\t99"), (HEADLESS, 70, "70,2026-01-15,9876,a70@shop.example"), (HEADLESS, 70, "70,2026-01-15,failed,a70@shop.example")],
    ids=["time first", "no head", "no head, a word"],
)
def test_a_time_is_a_column_and_a_head_is_not_needed(lines: list[str], place: int, row: str) -> None:
    text = "\n".join([*lines[:place], row, *lines[place + 1 :]]) + "\n"
    document = read_document(text.encode(), name="t", path="t")
    result = compress_document(document, Settings(strategy="aggressive"))
    assert result.format == "table"
    assert row.replace("\tweb-1", "").rpartition("\t")[2] in result.text.replace("\tweb-1", "")
    assert result.savings_pct > 60
    assert verify(result.data, document) == []


def test_how_many_rows_a_query_found_stays() -> None:
    document = read_document("\n".join([*PSQL[:2], *PSQL[2:] * 9, "(180 rows)", ""]).encode(), name="t", path="t")
    assert "(180 rows)" in compress_document(document, Settings(strategy="aggressive")).text


@pytest.mark.parametrize("lines", [PODS, PS, DF, PSQL, CSV, [line.replace(",", "\t") for line in CSV]], ids=["kubectl", "ps", "df", "psql", "csv", "tsv"])
def test_tables_are_recognised(lines: list[str]) -> None:
    assert sure(lines) > 0.7


@pytest.mark.parametrize(
    "lines",
    [
        ["Dear all, this is a letter, with commas, in it."] * 3 + ["And some more, here.", "The end."],
        ["def f(a, b, c):", "    return a, b, c", "", "x = f(1, 2, 3)", "y = 4"],
        ["2026-01-02 INFO a, b, c", "2026-01-02 INFO d", "2026-01-03 WARN e, f", "2026-01-03 INFO g, h, i, j"],
        ["a,b,c", "1,2,3"],
        [f"Then, on day {n}, we went on, and it rained." for n in range(20)],
        [f"call({n}, {n + 1}, name)" for n in range(20)],
        [f"10.0.0.{n} GET /a, 200, ok and more words" for n in range(20)],
    ],
    ids=["prose", "code", "log", "too short", "even prose", "calls", "words"],
)
def test_other_texts_are_not(lines: list[str]) -> None:
    assert sure(lines) == 0.0


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
@pytest.mark.parametrize(
    ("lines", "place", "row"),
    [(CSV, 78, "77,eu,failed,49.5"), (PODS, 31, "web-30     0/1     CrashLoopBackOff   57  30d")],
    ids=["csv", "kubectl"],
)
def test_the_row_that_stands_out_is_kept_under_its_header(lines: list[str], place: int, row: str, strategy: str) -> None:
    lines = [*lines[:place], row, *lines[place + 1 :]]
    document = read_document("\n".join(lines).encode() + b"\n", name="t.txt", path="t.txt")
    result = compress_document(document, Settings(strategy=strategy))
    shown = result.text.split("\n")
    assert result.format == "table"
    assert "failed" in result.text or "CrashLoopBackOff" in result.text
    assert shown[1].split()[0] in (lines[0].split()[0], "id,status,amount")
    assert verify(result.data, document) == []


def test_columns_of_one_value_are_said_once() -> None:
    document = read_document("\n".join(CSV).encode(), name="t.csv", path="t.csv")
    text = compress_document(document, Settings()).text
    assert "; cut: columns region=eu;" in text.split("\n")[0]
    assert text.split("\n")[1] == "id,status,amount"


def test_cells_with_quotes_are_one_cell() -> None:
    layout, _ = table.find_layout(["a,b,c", '1,"x, ""y""",3', "1,2,3", "1,2,3"])
    assert layout is not None
    assert layout.cells('1,"x, ""y""",3') == ["1", 'x, "y"', "3"]
