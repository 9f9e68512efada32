"""write_atomic: the old file or the new one, never half of one; mode, links and devices as they were."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headroom_cli.errors import InputError
from headroom_cli.files import write_atomic


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomic(str(tmp_path / "new"), b"data")
    finally:
        os.umask(old)
    assert (tmp_path / "new").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert names(tmp_path) == ["new"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666])
def test_an_old_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomic(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomic(str(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_the_backup_is_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    write_atomic(str(path), b"two", backup=".orig")
    assert (tmp_path / "file.orig").read_bytes() == b"one"
    write_atomic(str(path), b"three", backup=".orig")
    assert (tmp_path / "file.orig").read_bytes() == b"two"
    assert names(tmp_path) == ["file", "file.orig"]


def test_a_backup_that_already_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.link(path, tmp_path / "file.orig")
    write_atomic(str(path), b"two", backup=".orig")
    assert (tmp_path / "file.orig").read_bytes() == b"one"
    assert names(tmp_path) == ["file", "file.orig"]


def test_a_device_is_written_to() -> None:
    write_atomic("/dev/null", b"data")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    read, write = os.pipe()
    write_atomic(f"/dev/fd/{write}", b"through")
    os.close(write)
    assert os.read(read, 100) == b"through"
    os.close(read)


@pytest.mark.parametrize(
    ("name", "hint"), [("missing/file", "its folder does not exist"), ("folder", "name a file, not a folder")]
)
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError) as caught:
        write_atomic(str(tmp_path / name), b"data")
    assert caught.value.hint == hint
    assert caught.value.exit_code == 3
    assert names(tmp_path) == ["folder"]


def test_a_failure_leaves_the_old_file_whole(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "file"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    pid = os.fork()
    if pid == 0:  # a file may grow to 10 bytes here: as on a full disk, the write fails in the middle
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        try:
            write_atomic(str(path), b"n" * 1000)
        except InputError:
            os._exit(3)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_write_that_fails_leaves_no_backup_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with resource_limit(1 << 20), pytest.raises(InputError, match="cannot be written"):
        write_atomic(str(path), b"x" * (2 << 20), backup=".orig")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]
    (tmp_path / "file.orig").write_bytes(b"older")
    with resource_limit(1 << 20), pytest.raises(InputError, match="cannot be written"):
        write_atomic(str(path), b"x" * (2 << 20), backup=".orig")
    assert (tmp_path / "file.orig").read_bytes() == b"older"


@contextmanager
def resource_limit(size: int) -> Iterator[None]:
    """No file may become larger than `size` bytes: what a full disk does."""
    held, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, held[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, held)
        signal.signal(signal.SIGXFSZ, handler)
