"""Expected failures: a sentence, a place, a next step, and the exit code that tells a script about it."""

__all__ = ["ConfigError", "HeadroomError", "InputError", "Refused", "UsageError"]


class HeadroomError(Exception):
    """Something the user can mend. `place` is `file`, `file:line` or `file:line:column`; `hint` is what to do next."""

    exit_code = 2

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.message, self.place, self.hint)


class UsageError(HeadroomError):
    """The command line or an argument of the library is wrong; nothing was written."""


class ConfigError(HeadroomError):
    """headroom-config.yaml, pyproject.toml, an environment variable or a pack is wrong; nothing was written."""


class InputError(HeadroomError):
    """One input could not be read or one output not written; the others are done."""

    exit_code = 3


class Refused(HeadroomError):
    """The answer is no: `--check`, `--strict`, `--fail-under`, `verify`, an unknown retrieve key."""

    exit_code = 1


def _restore(kind: type[HeadroomError], message: str, place: str, hint: str) -> HeadroomError:
    return kind(message, place=place, hint=hint)
