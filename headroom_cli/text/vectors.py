"""Meanings of texts as vectors that need no model run: the mean of static word vectors (the extra `[rag]`).

    "film"  .  "movie"   ->   0.8, though no word is shared

Vectors and tokenizer are the data files that the package wordllama ships in its wheel; none of its code is loaded and nothing is fetched.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import sqrt
from typing import TYPE_CHECKING, Any

from headroom_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cosines", "embed"]

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


@lru_cache(maxsize=1)
def _loaded() -> tuple[Any, Any]:
    """The table of vectors (float16, mapped from its file) and the tokenizer. UsageError where the extra is missing."""
    spec = find_spec("wordllama")
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec else ""
    try:
        numpy, tokenizers = import_module("numpy"), import_module("tokenizers")
        weights, vocabulary = os.path.join(folder, _WEIGHTS), os.path.join(folder, _TOKENIZER)
        with open(weights, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = import_module("json").loads(file.read(size))
        entry = next(own for name, own in header.items() if name != "__metadata__")
        table = numpy.memmap(weights, numpy.float16, "r", 8 + size + entry["data_offsets"][0], tuple(entry["shape"]))
        tokenizer = tokenizers.Tokenizer.from_file(vocabulary)
    except (ImportError, OSError) as error:
        raise UsageError("static embeddings need the extra `rag`", hint="pip install 'headroom-compress[rag]'") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return table, tokenizer


def embed(texts: Sequence[str]) -> list[list[float]]:
    """One vector for each text. UsageError where the extra `[rag]` is not installed."""
    table, tokenizer = _loaded()
    out: list[list[float]] = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        out.append(table[ids].astype("float32").mean(0).tolist() if ids else [0.0] * table.shape[1])
    return out


def cosines(vector: Sequence[float], others: Sequence[Sequence[float] | None]) -> list[float]:
    """The cosine of `vector` to each of `others`; 0.0 for None. UsageError where lengths differ."""
    own = _length(vector)
    out: list[float] = []
    for other in others:
        if other is None:
            out.append(0.0)
            continue
        if len(other) != len(vector):
            raise UsageError(f"an embedding has {len(other)} numbers, but {len(vector)} were expected")
        size = own * _length(other)
        out.append(sum(a * b for a, b in zip(vector, other, strict=True)) / size if size else 0.0)
    return out


def _length(vector: Sequence[float]) -> float:
    return sqrt(sum(value * value for value in vector))
