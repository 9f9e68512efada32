"""Writes a file so that whoever looks sees the old one or the new one, never half of one.

    write_atomic("build.log", data, backup=".orig")    build.log is new, build.log.orig is the old file

The new bytes go to a temporary file in the same directory, reach the disk, take over the old file's mode and owner, and
are renamed into place. A symbolic link stays one; a device or a pipe is written to as it is.
"""

from __future__ import annotations

import os
import stat

from headroom_cli.errors import InputError

__all__ = ["write_atomic"]


def write_atomic(path: str, data: bytes, *, backup: str = "") -> None:
    """Put `data` into `path`; `backup` is a suffix under which the old file stays. Raises InputError, old file whole."""
    try:
        old = _status(path)
        if old is not None and (path.startswith(("/dev/", "/proc/")) or not stat.S_ISREG(old.st_mode)):
            _write_through(path, data)
            return
        real = os.path.realpath(path)
        _replace(real, data, old, real + backup if backup and old is not None else "")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", place=path, hint=_advice(error)) from error


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_through(path: str, data: bytes) -> None:
    """Append: /dev/stdout may be a file that the shell opened with >>."""
    with open(path, "ab") as stream:
        stream.write(data)


def _replace(path: str, data: bytes, old: os.stat_result | None, kept: str) -> None:
    """`kept`: the name under which the old file stays, from when the new bytes have reached the disk."""
    temporary = _beside(path)
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if old is not None:
                _take_over(temporary, old)
            os.fsync(stream.fileno())
        if kept:
            _keep_old(path, kept)
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too leaves no litter
        os.unlink(temporary)
        raise
    _sync_directory(os.path.dirname(path))


def _take_over(temporary: str, old: os.stat_result) -> None:
    new = os.stat(temporary)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) and hasattr(os, "chown"):
        try:
            os.chown(temporary, old.st_uid, old.st_gid)
        except PermissionError:
            os.chmod(temporary, stat.S_IMODE(old.st_mode) & 0o777)  # another owner: never hand on setuid
            return
    os.chmod(temporary, stat.S_IMODE(old.st_mode))


def _keep_old(path: str, kept: str) -> None:
    """Give the old file a second name; where the file system has no hard links, copy it."""
    temporary = _beside(kept)
    try:
        os.link(path, temporary)
    except OSError:
        import shutil

        shutil.copy2(path, temporary)
    try:
        os.replace(temporary, kept)
    finally:
        if os.path.lexists(temporary):  # rename does nothing when both names already are the same file
            os.unlink(temporary)


def _beside(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:200]}.{os.getpid()}.tmp")


def _sync_directory(folder: str) -> None:
    try:
        handle = os.open(folder or ".", os.O_RDONLY)
    except OSError:  # not every system lets a directory be opened
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def _advice(error: OSError) -> str:
    import errno

    advice = {
        errno.ENOENT: "its folder does not exist",
        errno.EACCES: "the folder or the file does not let you write",
        errno.ENOSPC: "free some space; the old file is whole",
        errno.EISDIR: "name a file, not a folder",
    }
    return advice.get(error.errno or 0, "the old file is whole")
