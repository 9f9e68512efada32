"""What a path says of its file: written by hand, by a tool, by somebody else, or a test. Names alone decide, so it holds for every format.

    web/package-lock.json    -> generated        vendor/yaml/scan.go   -> vendored
    dist/app.min.js          -> generated        tests/test_cart.py    -> test
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["built_folders", "common_directory", "is_generated", "is_prose", "is_test", "is_vendored"]

_LOCKS = frozenset({
    "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "packages.lock.json", "go.sum", "go.work.sum", "bun.lockb",
    "gradle.lockfile", ".terraform.lock.hcl", "cargo.lock", "yarn.lock", "poetry.lock",
})  # fmt: skip
_GENERATED_ENDS = (
    ".lock", ".map", ".snap", ".min.js", ".min.mjs", ".min.cjs", ".min.css", ".bundle.js", ".chunk.js", ".pb.go", ".pb.cc", ".pb.h",
    "_pb2.py", "_pb2.pyi", "_pb2_grpc.py",
    ".g.dart", ".freezed.dart", ".designer.cs", ".g.cs", ".generated.ts", ".generated.cs", ".tsbuildinfo",
)  # fmt: skip
_GENERATED_PARTS = frozenset({
    "dist", "esm", "cjs", "umd", "bundle", "bundles", "__snapshots__", "__generated__", "generated", ".yarn", ".next",
    "htmlcov", "__pycache__",
})  # fmt: skip
# Those of them that nobody gives to a folder for what is written by hand.
_SURE_PARTS = frozenset({"__snapshots__", "__generated__", ".yarn", ".next", "htmlcov", "__pycache__"})
# What library builders write beside src.
_GENERATED_PAIRS = frozenset({("lib", "commonjs"), ("lib", "module"), ("lib", "typescript"), ("lib", "esm"), ("lib", "cjs")})
_VENDORED_PARTS = frozenset({
    "node_modules", "vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "bower_components", "pods",
    "site-packages", "external_libs",
})  # fmt: skip
_TEST_PARTS = frozenset({
    "test", "tests", "testing", "spec", "specs", "__tests__", "__mocks__", "fixtures", "testdata", "e2e", "examples",
    "example", "benchmarks", "bench", "docs", "doc",
})  # fmt: skip
_PROSE_ENDS = (".md", ".rst", ".txt", ".adoc", ".html", ".tex", ".mdx", ".org")


def _parts(path: str) -> list[str]:
    return path.lower().replace("\\", "/").split("/")


def is_generated(path: str) -> bool:
    """Whether a tool writes this file: locks, source maps, snapshots, minified and built files."""
    *folders, name = _parts(path)
    if name in _LOCKS or name.endswith(_GENERATED_ENDS):
        return True
    if any(part in _GENERATED_PARTS or _is_esm(part) for part in folders):
        return True
    return any(pair in _GENERATED_PAIRS for pair in pairwise(folders))


def built_folders(path: str) -> tuple[str, str]:
    """Where nothing but a folder's name says that a tool wrote the file: (the path to that folder, what is below it); else ("", "")."""
    parts = path.replace("\\", "/").split("/")
    *folders, name = _parts(path)
    if name in _LOCKS or name.endswith(_GENERATED_ENDS) or any(part in _SURE_PARTS for part in folders):
        return "", ""
    pairs = [*pairwise(folders), ("", "")]
    first = next((at for at, part in enumerate(folders) if part in _GENERATED_PARTS or _is_esm(part) or pairs[at] in _GENERATED_PAIRS), -1)
    if first < 0:
        return "", ""
    below = first + (2 if folders[first] == "lib" else 1)
    while below < len(folders) and (folders[below] in _GENERATED_PARTS or _is_esm(folders[below]) or folders[below] == "types"):
        below += 1
    return "/".join(parts[: first + 1]), "/".join(parts[below:])


def _is_esm(part: str) -> bool:
    return part[:3] == "esm" and part[3:].isdigit()


def is_vendored(path: str) -> bool:
    """Whether the file is a copy of somebody else's."""
    return any(part in _VENDORED_PARTS for part in _parts(path)[:-1])


def is_test(path: str) -> bool:
    """Whether the file tests, documents or shows the product rather than being it."""
    *folders, name = _parts(path)
    stem = name.partition(".")[0]
    return (
        any(part in _TEST_PARTS for part in folders)
        or stem.startswith("test_")
        or (stem.endswith(("_test", "_spec", "test", "tests")) and stem not in ("latest", "contest"))
        or ".test." in name
        or ".spec." in name
    )  # fmt: skip


def is_prose(path: str) -> bool:
    """Whether its lines are paragraphs."""
    return path.lower().endswith(_PROSE_ENDS)


def common_directory(paths: Sequence[str]) -> str:
    """The longest directory that all of `paths` are in, with its final `/`; "" where there is none."""
    if not paths:
        return ""
    low, high = min(paths), max(paths)
    same = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), min(len(low), len(high)))
    return low[: low.rfind("/", 0, same) + 1]
