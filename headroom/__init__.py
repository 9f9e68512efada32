"""Takes the tokens out of logs and tool output that a model does not need.

    import headroom
    result = headroom.compress(log_text, strategy="balanced")
    result.text, result.original_tokens, result.compressed_tokens, result.savings_pct, result.quality

Names are loaded from the engine when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headroom_cli.api import Compressor, compress
    from headroom_cli.errors import ConfigError, HeadroomError, InputError, UsageError
    from headroom_cli.model import BlockCount, Result
    from headroom_cli.rag import ContextCompressor, RagResult, rag_compress

__all__ = [
    "BlockCount", "Compressor", "ConfigError", "ContextCompressor", "HeadroomError", "InputError", "RagResult", "Result", "UsageError",
    "__version__", "compress", "rag_compress",
]  # fmt: skip

_HOMES = {
    "Compressor": "headroom_cli.api",
    "compress": "headroom_cli.api",
    "ContextCompressor": "headroom_cli.rag",
    "RagResult": "headroom_cli.rag",
    "rag_compress": "headroom_cli.rag",
    "ConfigError": "headroom_cli.errors",
    "HeadroomError": "headroom_cli.errors",
    "InputError": "headroom_cli.errors",
    "UsageError": "headroom_cli.errors",
    "BlockCount": "headroom_cli.model",
    "Result": "headroom_cli.model",
    "__version__": "headroom_cli",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'headroom' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
