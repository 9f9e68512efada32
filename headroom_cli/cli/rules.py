"""`headroom rules`: check the configuration, list rules and packs, explain a path, test the packs' samples.

headroom rules explain tests/test_cart.py
tests/test_cart.py
  headroom-config.yaml:5  applies   pattern \\.py$  ->  min_compress_ratio: 0.5
  headroom-config.yaml:7  applies   pattern test_.*\\.py$  ->  compress: false
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from headroom_cli.cli.options import add_strength, overrides
from headroom_cli.cli.session import Session, config_of, packs_of, say
from headroom_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from headroom_cli.config import Found
    from headroom_cli.packs import Pack

__all__ = ["build", "run"]

_CHECK = """\
Say what is wrong with a configuration, as FILE:LINE:COLUMN: CODE SEVERITY: MESSAGE on stdout. Exit 1 where there are errors; \
warnings count only with --strict. docs/configuration.md lists the codes.

Without FILE the configuration that holds here is checked."""
_EXPLAIN = """\
Show for each PATH every rule, whether it matched, what it set, and which rule won each key. PATH need not exist; - is stdin. \
-v shows the settings that nobody set, too."""


def build(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    parser.description = "Rules say how files are compressed by their paths; packs say what lines of a tool's output mean."
    parser.epilog = "headroom rules check\nheadroom rules explain ci-logs/build.log"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, help="check, list, explain or test")
    check = actions.add_parser("check", help="find mistakes in a configuration", description=_CHECK)
    group = check.add_argument_group("input")
    group.add_argument("files", metavar="FILE", nargs="*", help="headroom-config.yaml, or a pyproject.toml with [tool.headroom]")
    group.add_argument("--against", metavar="DIR", help="also find rules that match no file in DIR")
    group = check.add_argument_group("report")
    group.add_argument(
        "--format", metavar="FORM", choices=("text", "json", "github"), default="text", help="text (the default), json or github"
    )
    group.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    group.add_argument("--strict", action="store_true", help="exit 1 for warnings too")
    about = "List the rules that hold here with their lines and keys, and the packs."
    _reporting(actions.add_parser("list", help="list rules and packs", description=about))
    explain = actions.add_parser("explain", help="say why a path has its settings", description=_EXPLAIN)
    explain.add_argument_group("input").add_argument("paths", metavar="PATH", nargs="+", help="a path as you would compress it")
    explain.add_argument("--line", metavar="N", type=int, help="say why line N of the file (- is stdin) was kept or cut")
    add_strength(explain)
    _reporting(explain)
    about = "Run the samples of every pack, built in or in the project's .headroom/rules. Exit 1 where one fails."
    _reporting(actions.add_parser("test", help="run the packs' samples", description=about))


def _reporting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument_group("report").add_argument("--json", action="store_true", help="as one JSON object on stdout")


def run(args: argparse.Namespace, session: Session) -> int:
    """Do what the sub-command says."""
    actions = {"check": _check, "list": _list, "explain": _explain, "test": _test}
    return actions[args.action](args, session)


def _check(args: argparse.Namespace, session: Session) -> int:
    from headroom_cli.cli.rulereport import RENDERERS, counted
    from headroom_cli.rulecheck import check

    findings = []
    for found in _chosen(args.files, session):
        config, problems = check(found, args.against)
        findings += [(found.name, problem) for problem in problems]
        errors = sum(problem.severity == "error" for problem in problems)
        told = f"{counted(errors, 'error')}, {counted(len(problems) - errors, 'warning')}" if problems else "no problems"
        say(session, f"{found.name}: {counted(len(config.rules), 'rule')}, {told}")
    RENDERERS[args.format](findings)
    return int(any(args.strict or problem.severity == "error" for _, problem in findings))


def _chosen(files: list[str], session: Session) -> list[Found]:
    """The configurations to check: those named, else the one that holds here."""
    from headroom_cli.config import find_config

    if files:
        return [found for name in files if (found := find_config(".", explicit=name))]
    found = None if session.no_config else find_config(".", explicit=session.config, env=session.env)
    if found is None:
        raise ConfigError("no configuration holds here", hint="`headroom init` writes a first headroom-config.yaml")
    return [found]


def _list(args: argparse.Namespace, session: Session) -> int:
    from headroom_cli.cli import rulereport
    from headroom_cli.packs import load_all

    config, packs = config_of(session, "."), load_all(packs_of(session, "."))
    if args.json:
        rulereport.put_json(rulereport.listed_json(config, packs))
    else:
        rulereport.put_lines(rulereport.listed(config, packs))
    return 0


def _explain(args: argparse.Namespace, session: Session) -> int:
    from headroom_cli.cli import rulereport
    from headroom_cli.explanation import explain

    if args.line is not None:
        return _explain_line(args, session)
    config, outside = config_of(session, "."), overrides(args, session)
    explanations = [explain(config, None if path == "-" else path, outside) for path in args.paths]
    if args.json:
        rulereport.put_json({"paths": [rulereport.explained_json(each) for each in explanations]})
    else:
        for each in explanations:
            rulereport.put_lines(rulereport.explained(each, everything=session.verbose > 0))
    return 0


def _explain_line(args: argparse.Namespace, session: Session) -> int:
    """Template, label, block, weight, stages and marker of one line."""
    from headroom_cli.api import explain_line
    from headroom_cli.cli import rulereport
    from headroom_cli.rules import resolve
    from headroom_cli.source import open_document, read_stdin

    if len(args.paths) != 1:
        raise UsageError("--line explains a line of one file", hint="name one PATH, or - for stdin")
    path = args.paths[0]
    document = read_stdin() if path == "-" else open_document(path)
    settings = resolve(config_of(session, "."), document.path, overrides(args, session)).settings
    path, told = document.name, explain_line(document, settings, args.line, pack_dirs=packs_of(session, "."))
    if args.json:
        rulereport.put_json({"path": path, "line": args.line, "decided": [{"what": what, "how": how} for what, how in told]})
    else:
        rulereport.put_lines([f"{path}:{args.line}", *(f"  {what:<9} {how}" for what, how in told)])
    return 0


def _test(args: argparse.Namespace, session: Session) -> int:
    from headroom_cli.cli import rulereport
    from headroom_cli.packs import check_samples, load_each

    good, broken = load_each(packs_of(session, "."))
    packs = [(pack, check_samples(pack)) for pack in good]
    failed = sum(len(problems) for _, problems in packs) + len(broken)
    if args.json:
        told = [{"name": pack.name, "samples": _samples(pack), "problems": problems} for pack, problems in packs]
        rulereport.put_json({"packs": told, "broken": list(map(str, broken)), "failed": failed})
        return int(failed > 0)
    rulereport.put_lines(map(str, broken))
    for pack, problems in packs:
        state = rulereport.counted(len(problems), "failure") if problems else "ok"
        rulereport.put_lines([f"{pack.name}: {rulereport.counted(_samples(pack), 'sample')}, {state}"])
        rulereport.put_lines(f"  {problem}" for problem in problems)
    total = sum(_samples(pack) for pack, _ in packs)
    numbers = rulereport.counted(len(packs), "pack"), rulereport.counted(total, "sample"), rulereport.counted(failed, "failure")
    say(session, ", ".join(numbers))
    return int(failed > 0)


def _samples(pack: Pack) -> int:
    lines = sum(len(rule.yes) + len(rule.no) for rule in (*pack.noise, *pack.evidence, *pack.summary))
    return lines + sum(len(block.yes) + len(block.no) + len(block.after) for block in pack.blocks)
