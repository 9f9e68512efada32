"""Finding, reading and refusing headroom-config.yaml."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headroom_cli.config import FILE_NAME, Found, find_config, load_config, project_packs, read_config
from headroom_cli.errors import ConfigError, UsageError
from headroom_cli.schema import CODES, KEYS, Config, Problem
from headroom_cli.settings import Settings, checked

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "configuration.md"


def put(path: Path, text: str = "version: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(tmp_path: Path, text: str, name: str = FILE_NAME) -> tuple[Config, list[Problem]]:
    return read_config(Found(str(put(tmp_path / name, text)), name, str(tmp_path)))


def codes(tmp_path: Path, text: str) -> list[str]:
    return [f"{p.line}:{p.column} {p.code}" for p in read(tmp_path, text)[1]]


@pytest.mark.parametrize(
    ("files", "start", "expected"),
    [
        ([], "", None),
        (["headroom-config.yaml"], "", "headroom-config.yaml"),
        (["headroom-config.yaml"], "a/b", "../../headroom-config.yaml"),
        (["headroom-config.yaml", "a/headroom-config.yaml"], "a/b", "../headroom-config.yaml"),
        (["headroom-config.yaml", "a/.git/HEAD"], "a/b", None),
        (["headroom-config.yaml", "a/.git"], "a/b", None),  # a worktree's .git is a file
        (["pyproject.toml"], "a", "../pyproject.toml"),
        (["headroom-config.yaml", "a/pyproject.toml"], "a", "../headroom-config.yaml"),
        (["headroom-config.yaml/x"], "", None),  # a folder of that name
        (["home/.config/headroom/headroom-config.yaml"], "", "home/.config/headroom/headroom-config.yaml"),
        (
            ["xdg/headroom/headroom-config.yaml", "home/.config/headroom/headroom-config.yaml"],
            "",
            "xdg/headroom/headroom-config.yaml",
        ),
        (["pyproject.toml", "xdg/headroom/headroom-config.yaml"], "", "pyproject.toml"),
    ],
)
def test_the_nearest_file_up_to_the_repository_root_is_found(
    tmp_path: Path, files: list[str], start: str, expected: str | None
) -> None:
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    (repo / start).mkdir(parents=True, exist_ok=True)
    for name in files:
        put(repo / name, "[tool.headroom]\n" if name.endswith(".toml") else "")
    env = {
        "HOME": str(repo / "home"),
        "XDG_CONFIG_HOME": str(repo / "xdg") if any("xdg" in name for name in files) else "relative",
    }
    found = find_config(str(repo / start), env=env)
    wanted = None if expected is None else (repo / start / expected).resolve()
    assert (None if found is None else Path(found.path).resolve()) == wanted
    if found and "config/headroom" not in found.path and "xdg" not in found.path:
        assert found.name == expected
        assert Path(found.folder) == Path(wanted).parent if wanted else False


def test_a_user_file_sees_paths_from_the_working_directory(tmp_path: Path) -> None:
    put(tmp_path / "home" / ".config" / "headroom" / FILE_NAME)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    found = find_config(str(tmp_path / "work"), env={"HOME": str(tmp_path / "home")})
    assert found is not None
    assert found.folder == str(tmp_path / "work")


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("[tool.headroom]\nversion = 1\n", True),
        ("[tool]\nheadroom = {version = 1}\n", True),
        ("[project]\ndependencies = ['headroom-compress']\n", False),
        ("[tool.headroom\n", True),  # broken, and ours: it is reported
        ("# headroom\n[broken\n", False),
        ("", False),
    ],
)
def test_a_pyproject_counts_only_with_our_table(tmp_path: Path, text: str, counts: bool) -> None:
    (tmp_path / ".git").mkdir()
    put(tmp_path / "pyproject.toml", text)
    assert (find_config(str(tmp_path)) is not None) is counts


def test_an_explicit_file_goes_before_the_variable_and_that_before_the_nearest(tmp_path: Path) -> None:
    for name in ("flag.yaml", "variable.yaml", FILE_NAME):
        put(tmp_path / name)
    env = {"HEADROOM_CONFIG": "variable.yaml"}
    names = [find_config(str(tmp_path), explicit=flag, env=e) for flag, e in (("flag.yaml", env), (None, env), (None, {}))]
    assert [found.name if found else None for found in names] == ["flag.yaml", "variable.yaml", FILE_NAME]


def test_a_missing_file_is_named_but_never_the_value_of_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^no-such.yaml: no configuration there: No such file"):
        load_config(str(tmp_path), explicit="no-such.yaml")
    with pytest.raises(ConfigError) as raised:
        load_config(str(tmp_path), env={"HEADROOM_CONFIG": "s3cret\0path"})
    assert "s3cret" not in str(raised.value)
    assert raised.value.place == "HEADROOM_CONFIG"


def test_without_a_file_no_yaml_is_loaded_and_little_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    script = (
        "import os, sys\n"
        "from headroom_cli.config import load_config\n"
        "from headroom_cli.rules import resolve\n"
        "calls = 0\n"
        "def count(event, args):\n"
        "    global calls\n"
        "    calls += event in ('open', 'os.listdir', 'os.scandir')\n"
        "sys.addaudithook(count)\n"
        f"resolve(load_config({str(tmp_path / 'a')!r}, env={{}}), 'x.log', {{}})\n"
        "assert not calls, calls\n"
        "print(sorted({'yaml', 'pathspec', 'difflib', 'tomllib', 'headroom_cli.schema', 'dataclasses'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "version: 1\n", "rules:\n", "defaults:\nexclude: []\n", "---\nversion: 1\n", "\ufeffrules: []"]
)
def test_a_file_may_say_little(tmp_path: Path, text: str) -> None:
    config, problems = read(tmp_path, text)
    assert problems == []
    assert (config.defaults, config.exclude, config.rules) == ({}, (), ())


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("strategy: off", "strategy", "off"),
        ("strategy: 'off'", "strategy", "off"),
        ("compress: no", "compress", False),
        ("compress: False", "compress", False),
        ("dedup: on", "dedup", True),
        ("dedup_threshold: 1", "dedup_threshold", 1),
        ("min_compress_ratio: .5", "min_compress_ratio", 0.5),
        ("max_tokens: 12_000", "max_tokens", 12000),
        ("max_tokens: 0500", "max_tokens", 500),
        ("max_tokens: null", "max_tokens", None),
        ("max_tokens: ~", "max_tokens", None),
        ("max_savings: 7e1", "max_savings", 70.0),
        ("min_quality: 0", "min_quality", 0),
        ("format: ci_log", "format", "ci_log"),
        ("keep: 'a b'", "keep", ("a b",)),
        ("keep: [a, no]", "keep", ("a", "no")),
        ("drop: []", "drop", ()),
        ("packs: pytest", "packs", ("pytest",)),
        ("packs: [pytest, gcc]", "packs", ("pytest", "gcc")),
        ("markers: short", "markers", "short"),
        ("!!str strategy: !!str lossless", "strategy", "lossless"),
    ],
)
def test_values_come_out_as_settings_have_them(tmp_path: Path, line: str, key: str, value: object) -> None:
    config, problems = read(tmp_path, f"defaults:\n  {line}\n")
    assert problems == []
    found = config.defaults[key]
    assert (found.value, type(found.value), found.line, found.at) == (value, type(value), 2, (2, line.index(":") + 5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", ["2:1 R001"]),
        ("\tversion: 1", ["1:1 R001"]),
        ("[]", ["1:1 R001"]),
        ("just text", ["1:1 R001"]),
        ("rules: {}", ["1:8 R001"]),
        ("rules: [x]", ["1:9 R001"]),
        ("defaults: [x]", ["1:11 R001"]),
        ("exclude: x", ["1:10 R001"]),
        ("version: 1\n---\nversion: 1", ["2:1 R001"]),
        ("rules: *gone", ["1:8 R001"]),
        ("rules: &r [*r]", ["1:12 R001"]),
        ("version: !!python/name:os.system x", ["1:10 R001"]),
        ("version: \x00", ["1:10 R001"]),
        ("rule: []", ["1:1 R002"]),
        ("? [a]\n: 1", ["1:3 R002"]),
        ("defaults:\n  store: x\n", ["2:3 R002"]),
        ("defaults: {pattern: x}", ["1:12 R002"]),
        ("defaults: {tokenizer: x}", ["1:12 R002"]),
        ("rules:\n  - patern: x\n", ["2:5 R002"]),
        ("rules:\n  - pattern: '('\n", ["2:14 R003"]),
        (f"rules: [{{pattern: '{'x' * 1001}'}}]", ["1:19 R003"]),
        ("rules: [{glob: ''}]", ["1:16 R003"]),
        ("rules: [{pattern: ''}]", ["1:19 R003"]),
        ("rules: [{pattern: '(a+)+$'}]", ["1:19 R009"]),
        ("defaults: {keep: [ok, '(a+)+$'], drop: '(x|x)*y'}", ["1:23 R009", "1:40 R009"]),
        ("rules: [{glob: '*.{a,b}'}]", ["1:16 R003"]),
        ("rules: [{glob: '#x'}, {glob: '/'}, {glob: '!x'}, {glob: '['}]", ["1:16 R003", "1:30 R003", "1:43 R003", "1:57 R003"]),
        ("exclude: ['!x', '{a,b}']", ["1:17 R003"]),
        ("defaults: {keep: ['[', ok, '\\u00e9']}", ["1:19 R003", "1:28 R003"]),
        ("rules: [{pattern: '*.py'}, {pattern: 'a/**'}]", ["1:19 R005", "1:38 R005"]),
        ("defaults: {strategy: hard}", ["1:22 R007"]),
        ("defaults: {strategy: null}", ["1:22 R007"]),
        ("defaults: {compress: 1}", ["1:22 R007"]),
        ("defaults: {max_tokens: 0}", ["1:24 R007"]),
        ("defaults: {max_tokens: 2.5}", ["1:24 R007"]),
        ("defaults: {max_tokens: true}", ["1:24 R007"]),
        ("defaults:\n  max_tokens:\n", ["2:14 R007"]),
        ("defaults: {max_savings: 101}", ["1:25 R007"]),
        ("defaults: {min_quality: .nan, dedup_threshold: -1}", ["1:25 R007", "1:48 R007"]),
        ("defaults: {keep: [1], drop: {a: b}, packs: ['']}", ["1:19 R007", "1:29 R007", "1:45 R007"]),
        ("defaults: {markers: long, format: 3}", ["1:21 R007", "1:35 R007"]),
        ("version: 1\nversion: 1", ["2:1 R010"]),
        ("rules:\n  - glob: x\n    glob: y\n", ["3:5 R010"]),
        ("rules: [{strategy: off}]", ["1:9 R011"]),
        ("rules: [{pattern: a, glob: b}]", ["1:9 R011"]),
        ("version: 2", ["1:10 R012"]),
        ("version: true", ["1:10 R012"]),
        ("version: '1'", ["1:10 R012"]),
    ],
)
def test_every_mistake_has_its_code_line_and_column(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert codes(tmp_path, text) == expected


def test_hostile_files_are_refused_not_crashed_on(tmp_path: Path) -> None:
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert {code.split()[1] for code in codes(tmp_path, laughs)} == {"R002"}
    for text in ("[" * 200_000, "{a: " * 50_000, "- " * 50_000, "x" * 1_000_001):
        assert [code.split()[1] for code in codes(tmp_path, text)] == ["R001"]
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"rules: \xff\xfe")
    assert read_config(Found(str(path), "bytes.yaml", "/"))[1][0].code == "R001"


def test_all_mistakes_are_collected_and_the_right_parts_still_read(tmp_path: Path) -> None:
    text = (
        "version: 3\ndefaults: {strategy: of, dedup: no}\nrules:\n"
        "  - pattern: a\n    max_tokens: -1\n    min_quality: 0.5\n  - glob: 3\n"
    )
    config, problems = read(tmp_path, text)
    assert [problem.code for problem in problems] == ["R012", "R007", "R007", "R007"]
    assert {key: value.value for key, value in config.defaults.items()} == {"dedup": False}
    assert [dict(rule.values).keys() for rule in config.rules] == [{"min_quality"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules:\n  - patern: x\n", "f.yaml:2:5: unknown key 'patern' (did you mean pattern?)"),
        (
            "defaults:\n  max_savings: 170\n",
            "f.yaml:2:16: max_savings is 170, but must be a percentage from 0 to 100 (`headroom rules check` shows all)",
        ),
        ("strategy: off", "f.yaml:1:1: unknown key 'strategy' (put it under defaults: defaults: {strategy: ...})"),
        (
            "defaults: {strategy: balancd}",
            "f.yaml:1:22: strategy is 'balancd', but must be one of off, lossless, conservative, balanced, aggressive (did you mean balanced?)",
        ),
        (
            "defaults: {strategy: zzz}",
            "f.yaml:1:22: strategy is 'zzz', but must be one of off, lossless, conservative, balanced, aggressive (`headroom rules check` shows all)",
        ),
        (
            "defaults: {keep: '(a+)+$'}",
            "f.yaml:1:18: '(a+)+$' can take exponential time: a repetition inside a repetition, with nothing between two rounds that tells them "
            "apart (end each round with something the next cannot begin with)",
        ),
        (
            "defaults: {min_compress_ratio: 50}",
            "f.yaml:1:32: min_compress_ratio is 50, but must be a share from 0 to 1 (50 % is 0.5)",
        ),
        (
            "rules: [{pattern: '*.py', compress: false}]",
            "f.yaml:1:19: '*.py' is a glob, but pattern takes a regular expression (write glob: '*.py')",
        ),
    ],
)
def test_loading_refuses_the_first_mistake_with_place_and_next_step(tmp_path: Path, text: str, message: str) -> None:
    put(tmp_path / "f.yaml", text)
    with pytest.raises(ConfigError) as raised:
        load_config(str(tmp_path), explicit="f.yaml")
    assert str(raised.value) == message
    assert raised.value.exit_code == 2


def test_pyproject_says_the_same_with_its_own_lines(tmp_path: Path) -> None:
    text = (
        "[project]\nname = 'x'\n\n[tool.headroom]\nversion = 1\nexclude = ['*.lock']\ndefaults = {strategy = 'lossless'}\n"
        "[[tool.headroom.rules]]\npattern = 'a'\ncompress = false\n"
        "[[tool.headroom.rules]]\nglob = 'b'\nmax_tokens = 7\nwrong = 1\n"
    )
    config, problems = read(tmp_path, text, "pyproject.toml")
    assert [(p.code, p.line, p.column) for p in problems] == [("R002", 14, 1)]
    assert config.defaults["strategy"].value == "lossless"
    assert [(r.kind, r.pattern, r.line, {k: (v.value, v.line) for k, v in r.values.items()}) for r in config.rules] == [
        ("pattern", "a", 8, {"compress": (False, 10)}),
        ("glob", "b", 11, {"max_tokens": (7, 13)}),
    ]


@pytest.mark.parametrize(
    ("text", "place"), [("[tool.headroom]\na = \n", (2, 5)), ("[tool.headroom]\nmax = " + "[" * 5000, (1, 1))]
)
def test_a_broken_pyproject_is_told_with_its_place(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    problem = read(tmp_path, text, "pyproject.toml")[1][0]
    assert problem.code == "R001"
    assert place == (1, 1) or (problem.line, problem.column) == place


def test_a_projects_packs_are_looked_for_up_to_the_repository_root(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "a").mkdir()
    assert project_packs(str(tmp_path / "repo" / "a")) is None
    (tmp_path / "repo" / ".headroom" / "rules").mkdir(parents=True)
    assert project_packs(str(tmp_path / "repo" / "a")) == str(tmp_path / "repo" / ".headroom" / "rules")


def test_keys_are_fields_of_settings_with_the_words_of_checked() -> None:
    assert set(KEYS) == set(Settings._fields) - {"force_drop", "tokenizer", "boilerplate"}
    for name in KEYS:
        if KEYS[name].kind in ("count", "number"):
            with pytest.raises(UsageError) as raised:
                checked(Settings()._replace(**{name: -1}))  # type: ignore[arg-type]
            assert str(raised.value) == f"{name} is -1, but must be {KEYS[name].wanted}"


def test_the_documented_tables_are_those_of_the_code() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name, key in KEYS.items():
        default = getattr(Settings(), name)
        shown = "not set" if default is None else "none" if default == () else str(default).lower()
        assert f"| `{name}` | {key.wanted} | {key.unit} | {shown} | {key.about} |\n" in text
    rows = [line for line in text.splitlines() if line.startswith("| R0")]
    assert rows == [f"| {code} | {each.severity} | {each.about} |" for code, each in CODES.items()]


def test_relative_names_are_those_a_terminal_can_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / FILE_NAME, "rule: x")
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with pytest.raises(ConfigError) as raised:
        load_config(os.curdir)
    assert raised.value.place == f"../{FILE_NAME}:1:1"
