"""Which settings hold for a path: the documented example, the order of sources, and a naive model of the cascade."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.config import Found, read_config
from headroom_cli.errors import UsageError
from headroom_cli.explanation import explain
from headroom_cli.rules import match_path, resolve
from headroom_cli.schema import Config, Rule, Value
from headroom_cli.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FIELDS = Settings._fields


def config_of(folder: Path, text: str) -> Config:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    config, problems = read_config(Found(str(path), "c.yaml", str(folder)))
    assert problems == []
    return config


def documented_example() -> str:
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", docs, re.S)
    assert block
    return block[1]


def changed(
    config: Config | None, path: str | None, overrides: Mapping[str, tuple[object, str]] | None = None
) -> dict[str, object]:
    plan = resolve(config, path, overrides or {})
    return {key: value for key, value in plan.settings._asdict().items() if plan.origins[key] != "default"}


BALANCED = {"strategy": "balanced"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/cart.py", {"min_compress_ratio": 0.5}),
        ("cart.pyc", {}),
        ("tests/test_cart.py", {"min_compress_ratio": 0.5, "compress": False}),
        ("./test_cart.py", {"min_compress_ratio": 0.5, "compress": False}),
        ("ci-logs/build.log", {"strategy": "aggressive", "max_tokens": 500}),
        ("nightly/ci-logs/deep/build", {"strategy": "aggressive", "max_tokens": 500}),
        ("ci-logs/test_x.py", {"min_compress_ratio": 0.5, "compress": False, "strategy": "aggressive", "max_tokens": 500}),
        ("api/openapi.yaml", {"compress": False, "dedup": True}),
        ("openapi-v2.yaml", {"compress": False, "dedup": True}),
        ("openapi.json", {}),
        ("logs/a.log", {"keep": ("TICKET-\\d+",)}),
        ("logs/2024/12/a.log", {"keep": ("TICKET-\\d+",)}),
        ("old/logs/a.log", {}),  # a glob with a slash starts at the file's folder
        ("static/jquery.min.js", {"compress": False}),
        ("jquery.min.js", {"compress": False}),
        ("jquery.js", {}),
        (None, {}),
    ],
)
def test_the_documented_example_does_what_its_comments_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | None, expected: dict[str, object]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert changed(config_of(tmp_path, documented_example()), path) == {**BALANCED, **expected}


def test_every_setting_knows_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = config_of(tmp_path, documented_example())
    plan = resolve(
        config, "ci-logs/test_x.py", {"max_tokens": (900, "--max-tokens"), "tokenizer": ("estimate", "HEADROOM_TOKENIZER")}
    )
    assert set(plan.origins) == set(FIELDS)
    assert {key: origin for key, origin in plan.origins.items() if origin != "default"} == {
        "strategy": "c.yaml:11",
        "compress": "c.yaml:8",
        "min_compress_ratio": "c.yaml:6",
        "max_tokens": "--max-tokens",
        "tokenizer": "HEADROOM_TOKENIZER",
    }
    assert plan.rule == "c.yaml:9"
    assert resolve(config, "README.md", {}).origins["strategy"] == "defaults c.yaml:2"
    assert resolve(config, "README.md", {}).rule == ""
    assert resolve(config, "x.min.js", {}).origins["compress"] == resolve(config, "x.min.js", {}).rule == "c.yaml:3"


@pytest.mark.parametrize(
    ("text", "overrides", "expected"),
    [
        ("defaults: {strategy: off}", {}, {"strategy": "off", "compress": False}),
        ("defaults: {strategy: off}", {"strategy": ("lossless", "--strategy")}, {"strategy": "lossless"}),
        ("defaults: {compress: false}", {"strategy": ("lossless", "--strategy")}, {"strategy": "lossless", "compress": False}),
        ("rules: [{glob: '*', compress: false}, {glob: '*.x', compress: true}]", {}, {"compress": True}),
        ("rules: [{glob: '*', strategy: off}, {glob: '*.x', strategy: balanced}]", {}, {"strategy": "balanced"}),
        (
            "{exclude: ['*'], rules: [{glob: '*', compress: true}]}",
            {"strategy": ("lossless", "-s")},
            {"strategy": "lossless", "compress": False},
        ),
        ("exclude: ['*', '!a.x']", {}, {}),
        ("exclude: ['!a.x', '*']", {}, {"compress": False}),
        ("rules: [{glob: '*', keep: [a, b]}, {glob: '*', keep: [c]}]", {}, {"keep": ("c",)}),
        ("rules: [{glob: '*', max_tokens: 5}, {glob: '*', max_tokens: null}]", {}, {"max_tokens": None}),
        ("rules: [{glob: '*', drop: x}]", {"force_drop": (("y",), "--drop")}, {"drop": ("x",), "force_drop": ("y",)}),
    ],
)
def test_off_excludes_and_lists(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    overrides: dict[str, tuple[object, str]],
    expected: dict[str, object],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert changed(config_of(tmp_path, text), "a.x", overrides) == expected


def test_without_configuration_only_overrides_hold() -> None:
    assert changed(None, "a", {"max_tokens": (5, "--max-tokens")}) == {"max_tokens": 5}
    with pytest.raises(UsageError, match="max_tokens is 0"):
        resolve(None, None, {"max_tokens": (0, "--max-tokens")})


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("a.log", "sub/a.log"),
        ("./a.log", "sub/a.log"),
        ("../a.log", "a.log"),
        ("../sub/./x/../a.log", "sub/a.log"),
        ("{folder}/q/a.log", "q/a.log"),
        ("/elsewhere/a.log", "/elsewhere/a.log"),
        ("../../a.log", "../../a.log"),
        ("{folder}-other/a.log", "{folder}-other/a.log"),
        ("{folder}/link/a.log", "link/a.log"),
        ("{alias}/sub/a.log", "sub/a.log"),
        ("odd name\udcff.log", "sub/odd name\udcff.log"),
    ],
)
def test_rules_see_the_path_from_their_files_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, seen: str
) -> None:
    folder, alias = tmp_path / "repo", tmp_path / "alias"
    (folder / "sub").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    alias.symlink_to(folder)
    monkeypatch.chdir(folder / "sub")
    names = {"folder": str(folder), "alias": str(alias)}
    assert match_path(Config("c.yaml", str(folder)), path.format(**names)) == seen.format(**names)


def test_a_path_outside_loses_its_leading_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert match_path(Config("/etc/c.yaml", "/etc"), ".//./ci-logs/a") == "ci-logs/a"
    assert match_path(Config("/c.yaml", "/"), "/var/a") == "var/a"


def test_explain_tells_each_rule_and_who_won(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "defaults: {strategy: lossless}\nexclude: ['*.bin']\nrules:\n  - glob: '*.log'\n    max_tokens: 5\n    dedup: false\n"
        "  - pattern: 'a'\n    max_tokens: 6\n  - pattern: 'zzz'\n    dedup: true\n"
    )
    found = explain(config_of(tmp_path, text), "a.log", {"strategy": ("balanced", "--strategy")})
    assert [(step.kind, step.place, step.matched, step.won) for step in found.steps] == [
        ("defaults", "c.yaml:1", True, ()),
        ("glob", "c.yaml:4", True, ("dedup",)),
        ("pattern", "c.yaml:7", True, ("max_tokens",)),
        ("pattern", "c.yaml:9", False, ()),
        ("exclude", "c.yaml:2", False, ()),
    ]
    assert found.seen == "a.log"
    assert explain(None, "a.log", {}).steps == ()
    nameless = explain(config_of(tmp_path, text), None, {})
    assert [step.matched for step in nameless.steps] == [True, False, False, False, False]


NAMES = st.sampled_from(["a", "b", "c.log", "d/a", "d/c.log"])
PATTERNS = st.sampled_from(["a", "^d/", "log$", "", "zz"])
SETS = st.fixed_dictionaries(
    {},
    optional={
        "strategy": st.sampled_from(["lossless", "balanced", "aggressive"]),
        "max_tokens": st.sampled_from([None, 1, 2]),
        "keep": st.sampled_from([(), ("x",), ("y", "z")]),
        "dedup": st.booleans(),
        "compress": st.booleans(),
    },
)


@given(st.lists(st.tuples(PATTERNS, SETS), max_size=6), SETS, SETS, NAMES)
@examples(max_examples=200)
def test_the_last_match_wins_key_by_key(
    rules: list[tuple[str, dict[str, object]]], defaults: dict[str, object], flags: dict[str, object], path: str
) -> None:
    def values(sets: dict[str, object], line: int) -> dict[str, Value]:
        return {key: Value(value, line, 1) for key, value in sets.items()}

    listed = tuple(Rule("pattern", pattern, n + 2, 1, values(sets, n + 2)) for n, (pattern, sets) in enumerate(rules))
    config = Config("c", str(Path.cwd()), values(defaults, 1), (), listed)
    plan = resolve(config, path, {key: (value, "flag") for key, value in flags.items()})

    sources: list[tuple[str, dict[str, object]]] = [("flag", flags)]
    sources += [(f"c:{n + 2}", sets) for n, (pattern, sets) in reversed([*enumerate(rules)]) if re.search(pattern, path)]
    sources += [("defaults c:1", defaults), ("default", Settings()._asdict())]
    for key in FIELDS:
        origin, sets = next(source for source in sources if key in source[1])
        assert (getattr(plan.settings, key), plan.origins[key]) == (sets[key], origin)
