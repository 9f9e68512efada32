"""What every command knows of its surroundings: configuration choice, colour, talkativeness, environment.

Answers go to stdout through `put`, messages to stderr only. `-q` leaves out notes, `-qq` warnings too; errors always show:

    headroom: warning: build.log is binary: passed through
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, NamedTuple

from headroom_cli.errors import ConfigError, InputError

if TYPE_CHECKING:
    from headroom_cli.schema import Config

__all__ = ["Session", "colour", "complain", "config_of", "note", "packs_of", "put", "say", "warn"]

COLOURS = ("auto", "always", "never")


class Session(NamedTuple):
    """The global options and the environment of one call."""

    config: str | None = None  # --config FILE
    no_config: bool = False
    color: str = "auto"
    quiet: int = 0  # times -q was given
    verbose: int = 0  # times -v was given
    env: Mapping[str, str] = {}


def colour(session: Session, stream: IO[str] | None) -> bool:
    """Whether our own colour may go to `stream`: --color > HEADROOM_COLOR > NO_COLOR > FORCE_COLOR > a terminal."""
    env = session.env
    chosen = session.color if session.color != "auto" else env.get("HEADROOM_COLOR") or "auto"
    if chosen not in COLOURS:
        raise ConfigError(f"{chosen!r} must be one of {', '.join(COLOURS)}", place="HEADROOM_COLOR")
    if stream is None or chosen != "auto":
        return stream is not None and chosen == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR", "0") != "0" or env.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and env.get("TERM") != "dumb"


def put(answer: str | bytes | Iterable[bytes]) -> None:
    """Write an answer to stdout: text as UTF-8 whatever the locale; bytes of a file's name that are no text stay what they are."""
    if sys.stdout is None:
        raise InputError("is closed", place="<stdout>")
    if isinstance(answer, str):
        answer = answer.encode("utf-8", "surrogateescape")
    for piece in (answer,) if isinstance(answer, bytes) else answer:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def say(session: Session, text: str) -> None:
    """One line (or a whole report) on stderr, unless -q was given."""
    if not session.quiet:
        _write(text)


def note(session: Session, text: str, level: int = 1) -> None:
    """One line on stderr where -v was given at least `level` times."""
    if session.verbose >= level and not session.quiet:
        from headroom_cli.report import clean

        _write(f"headroom: {clean(text)}")


def warn(session: Session, text: str) -> None:
    """A warning on stderr, unless -qq was given."""
    if session.quiet < 2:
        complain(session, "warning", text)


def complain(session: Session, kind: str, text: str) -> None:
    """`headroom: KIND: text` on stderr, the kind in colour where that is allowed."""
    from headroom_cli.report import clean

    text = clean(text)
    if colour(session, sys.stderr):
        kind = f"\x1b[{31 if kind == 'error' else 33};1m{kind}\x1b[0m"
    _write(f"headroom: {kind}: {text}")


def config_of(session: Session, start_dir: str) -> Config | None:
    """The configuration that holds for files under `start_dir`, or None with --no-config. Raises ConfigError."""
    if session.no_config:
        return None
    from headroom_cli.config import load_config

    return load_config(start_dir, explicit=session.config, env=session.env)


def packs_of(session: Session, start_dir: str) -> tuple[str, ...]:
    """The project's own folder of packs; --no-config leaves it out, as it comes with the code it judges."""
    if session.no_config:
        return ()
    from headroom_cli.config import project_packs

    folder = project_packs(start_dir)
    return (folder,) if folder else ()


def _write(text: str) -> None:
    """A closed or full stderr must not fail the work that is reported on."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except UnicodeEncodeError:
        _write(text.encode("ascii", "backslashreplace").decode())
    except (OSError, ValueError, AttributeError):
        return
