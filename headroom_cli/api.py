"""What `import headroom`, the command line and the servers call. Values in, results out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli import engine
from headroom_cli.settings import STRATEGIES, Settings, checked
from headroom_cli.source import read_document
from headroom_cli.tokens import get_counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document, Result
    from headroom_cli.tokens import TokenCounter

__all__ = ["compress_document", "compress_shared", "preview"]


def compress_document(
    document: Document, settings: Settings, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = (), rule: str = ""
) -> Result:
    """Compress one document under `settings`. Raises UsageError for a value out of range."""
    checked(settings)
    return engine.run(document, settings, counter or get_counter(settings.tokenizer), pack_dirs, rule)


def preview(document: Document, settings: Settings, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = ()) -> dict[str, int]:
    """Tokens that each strategy would leave of `document`, by strategy."""
    counter = counter or get_counter(settings.tokenizer)
    return {
        name: compress_document(document, settings._replace(strategy=name), counter, pack_dirs=pack_dirs).compressed_tokens for name in STRATEGIES
    }


def compress_shared(
    documents: Sequence[Document], settings: Sequence[Settings], max_tokens: int, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = ()
) -> list[Result]:
    """Compress several documents into one budget of `max_tokens`."""
    raise NotImplementedError


_ = read_document
