"""What a batch reads and where it writes is settled before any work; the manifest knows what is done."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from headroom_cli import manifest
from headroom_cli.batch import Done, Input, Job, entry_of, expand, fingerprint, looked_in, plan
from headroom_cli.errors import UsageError
from headroom_cli.model import BlockCount, Result
from headroom_cli.report import Row
from headroom_cli.rules import Plan
from headroom_cli.settings import Settings


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str, text: str = "x\n") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def paths(operands: Iterable[str], output: str = "out") -> list[str]:
    return [file.path for file in expand(list(operands), output).files]


def targets(operands: Iterable[str], output: str = "out", settings: Settings | None = None, **options: object) -> list[str]:
    files = expand(list(operands), output).files
    plans = [Plan(settings or Settings(), {}, "")] * len(files)
    return [job.output for job in plan(files, plans, output, **options)]  # type: ignore[arg-type]


TREE = ("logs/a.log", "logs/b.txt", "logs/.hidden.log", "logs/sub/c.log", "logs/sub/deep/d.log", "logs/.git/config", "x[1].log")


@pytest.mark.parametrize(
    ("operands", "found"),
    [
        (["./logs/*.log"], ["./logs/a.log"]),
        (["logs/a.log", "logs/b.txt"], ["logs/a.log", "logs/b.txt"]),
        (["logs/*.log", "logs/a.log", "./logs/a.log"], ["logs/a.log"]),
        (["logs/**/*.log"], ["logs/a.log", "logs/sub/c.log", "logs/sub/deep/d.log"]),
        (["logs/.*.log"], ["logs/.hidden.log"]),
        (["logs/sub"], ["logs/sub/c.log", "logs/sub/deep/d.log"]),
        (["logs"], ["logs/.hidden.log", "logs/a.log", "logs/b.txt", "logs/sub/c.log", "logs/sub/deep/d.log"]),
        (["x[1].log"], ["x[1].log"]),
        (["logs/su?"], ["logs/sub/c.log", "logs/sub/deep/d.log"]),
        (["nowhere/*.log"], []),
    ],
)
def test_operands_are_paths_globs_and_folders(operands: list[str], found: list[str]) -> None:
    make(*TREE)
    assert paths(operands) == found


def test_what_matches_nothing_is_named() -> None:
    make("a.log")
    Path("empty").mkdir()
    assert expand(["a.log", "b.log", "*.txt", "empty"], "out").missing == ("b.log", "*.txt", "empty")


def test_where_it_looked_is_the_nearest_folder(inside: Path) -> None:
    make("logs/a.log")
    assert looked_in("logs/*/x.log") == str(inside / "logs")
    assert looked_in("logs/gone/*.log") == str(inside / "logs")
    assert looked_in("*.log") == str(inside)


@pytest.mark.parametrize("operand", [".", "./", "**/*.log", "*", "./**"])
def test_the_output_folder_inside_the_input_is_never_read(operand: str) -> None:
    make("a.log", "out/a.log", "out/deep/b.log")
    assert [os.path.normpath(path) for path in paths([operand], "out")] == ["a.log"]
    assert [os.path.normpath(path) for path in paths([operand], "./out/")] == ["a.log"]


def test_what_a_batch_wrote_is_not_read_even_if_the_shell_names_it() -> None:
    make("logs/a.log", "logs/a.min.log")
    done = Row("logs/a.log", Result(b"", "logs/a.log", 10, 5, "plain", "balanced"))
    job = Job("logs/a.log", "logs/a.min.log", Settings())
    entry = entry_of(Done(done, manifest.stamp_of("logs/a.log"), manifest.digest("logs/a.min.log")), job, "logs")
    assert entry is not None
    manifest.save("logs", [entry])
    found = expand(["logs/a.log", "logs/a.min.log", "logs/.headroom-manifest.json"], "logs")
    assert [file.path for file in found.files] == ["logs/a.log"]
    assert found.own == 2
    assert paths(["logs"], "elsewhere") == ["logs/a.log", "logs/a.min.log"]


@pytest.mark.parametrize(
    ("operands", "options", "outputs"),
    [
        (["logs/*.log"], {}, ["out/a.log"]),
        (["logs/a.log"], {}, ["out/a.log"]),
        (["logs"], {}, ["out/.hidden.log", "out/a.log", "out/b.txt", "out/sub/c.log", "out/sub/deep/d.log"]),
        (["logs/**/*.log"], {}, ["out/a.log", "out/sub/c.log", "out/sub/deep/d.log"]),
        (["logs/a.log", "x[1].log"], {}, ["out/logs/a.log", "out/x[1].log"]),
        (["logs/sub"], {}, ["out/c.log", "out/deep/d.log"]),
        (["logs/sub/deep/*", "logs/a.log"], {}, ["out/sub/deep/d.log", "out/a.log"]),
        (["logs/**/*.log"], {"flat": True}, ["out/a.log", "out/c.log", "out/d.log"]),
        (
            ["logs"],
            {"suffix": ".min"},
            ["out/.hidden.min.log", "out/a.min.log", "out/b.min.txt", "out/sub/c.min.log", "out/sub/deep/d.min.log"],
        ),
    ],
)
def test_outputs_mirror_the_inputs_below_their_common_root(
    operands: list[str], options: dict[str, object], outputs: list[str]
) -> None:
    make(*TREE)
    assert targets(operands, **options) == outputs


def test_paths_outside_the_working_directory_stay_inside_the_output(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    make("here/a.log", str(other / "b.log"))
    for target in targets(["here/a.log", str(other / "b.log"), "./here/../here/a.log"]):
        assert os.path.abspath(target).startswith(os.path.abspath("out") + "/")


def test_two_inputs_for_one_output_are_refused_by_name() -> None:
    make("a/x.log", "b/x.log")
    with pytest.raises(UsageError, match=r"a/x\.log and b/x\.log would both be written to out/x\.log"):
        targets(["a/x.log", "b/x.log"], flat=True)
    assert not os.path.exists("out")


def test_a_packed_input_becomes_text_and_loses_its_extension() -> None:
    import gzip

    make("notes.gz")
    Path("a.log.gz").write_bytes(gzip.compress(b"x\n"))
    assert targets(["a.log.gz", "notes.gz"]) == ["out/a.log", "out/notes.gz"]
    assert targets(["a.log.gz"], suffix=".min") == ["out/a.min.log"]
    assert targets(["a.log.gz"], settings=Settings(compress=False)) == ["out/a.log.gz"]
    make("a.log")
    with pytest.raises(UsageError, match="would both be written"):
        targets(["a.log", "a.log.gz"])


@pytest.mark.parametrize(("operand", "output"), [("a.log", "."), ("logs/*", "logs"), ("logs", "./logs/../logs")])
def test_an_output_never_replaces_an_input(operand: str, output: str) -> None:
    make("a.log", "logs/b.log")
    with pytest.raises(UsageError, match="written over the input"):
        targets([operand], output)
    assert targets([operand], output, suffix=".min")


def jobs_of(names: list[str], settings: Settings, origin: str) -> list[Job]:
    plans = [Plan(settings, {"dedup": origin}, "headroom-config.yaml:3")] * len(names)
    return plan([Input(name, ".") for name in names], plans, "out")


def test_a_rule_dedup_beside_compress_false_names_the_first_of_equal_files() -> None:
    make("a.yaml", "b.yaml", text="openapi: 3\n" * 99)
    make("c.yaml", text="openapi: 4\n" * 99)
    make("d.yaml", text="openapi: 3\n" * 99)
    names, off = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"], Settings(compress=False)
    assert [job.same_as for job in jobs_of(names, off, "headroom-config.yaml:4")] == ["", "a.yaml", "", "a.yaml"]
    assert {job.same_as for job in jobs_of(names, off, "default")} == {""}
    assert {job.same_as for job in jobs_of(names, off, "--dedup")} == {""}
    assert {job.same_as for job in jobs_of(names, off._replace(dedup=False), "headroom-config.yaml:4")} == {""}
    assert {job.same_as for job in jobs_of(names, Settings(), "headroom-config.yaml:4")} == {""}


def entry(settings: str = "s") -> manifest.Entry:
    make("in/a.log", "out/a.log")
    result = Result(
        b"data",
        "in/a.log",
        1000,
        100,
        "ci_log",
        "balanced",
        0.9,
        False,
        blocks=BlockCount(2, 1, 1, (("failed test", 2),)),
        warnings=("w",),
    )
    found = entry_of(
        Done(Row("in/a.log", result), manifest.stamp_of("in/a.log"), manifest.digest("out/a.log")),
        Job("in/a.log", "out/a.log", Settings()),
        "out",
    )
    assert found is not None
    return found._replace(settings=settings)


def test_the_manifest_keeps_everything_but_the_data() -> None:
    first = entry()
    manifest.save("out", [first])
    held = manifest.load("out")
    assert held == {"a.log": first._replace(result=first.result._replace(data=b""))}
    assert held["a.log"].source == "../in/a.log"


def test_only_a_change_makes_work() -> None:
    held = entry()
    assert manifest.unchanged(held, "out", "in/a.log", "s")
    os.utime("in/a.log", (1, 1))
    assert manifest.unchanged(held, "out", "in/a.log", "s"), "the same bytes with another time"
    assert not manifest.unchanged(held, "out", "in/a.log", "other settings")
    assert not manifest.unchanged(held, "out", "in/other.log", "s")
    make("out/a.log", text="edited\n")
    assert not manifest.unchanged(held, "out", "in/a.log", "s")
    make("out/a.log")
    make("in/a.log", text="y\n")
    assert not manifest.unchanged(held, "out", "in/a.log", "s")
    os.unlink("out/a.log")
    assert not manifest.unchanged(held, "out", "in/a.log", "s")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2, "files": []}', '{"version": 1, "files": [{"output": "a.log"}]}', "\xff"]
)
def test_a_damaged_manifest_holds_nothing(text: str) -> None:
    make("out/a.log")
    Path("out", manifest.NAME).write_bytes(text.encode("latin-1"))
    assert manifest.load("out") == {}


def test_the_manifest_forgets_outputs_that_are_gone() -> None:
    first = entry()
    manifest.save("out", [first, first._replace(output="gone.log")])
    assert list(manifest.load("out")) == ["a.log"]


def test_the_original_of_an_output_is_found() -> None:
    manifest.save("out", [entry()])
    original = manifest.original_of("out/a.log")
    assert original is not None
    assert original.path == os.path.abspath("in/a.log")
    assert manifest.original_of("in/a.log") is None


def test_the_fingerprint_knows_settings_and_packs() -> None:
    make("packs/x.yaml")
    job = Job("a.log", "out/a.log", Settings())
    others = [
        job._replace(settings=Settings(max_tokens=500)),
        job._replace(path="./a.log"),
        job._replace(same_as="b.log"),
        job._replace(pack_dirs=("packs",)),
    ]
    prints = {fingerprint(each) for each in [job, *others]}
    assert len(prints) == 5
    make("packs/x.yaml", text="longer\n")
    assert fingerprint(others[-1]) not in prints
    assert fingerprint(job._replace(output="elsewhere/a.log")) == fingerprint(job)
