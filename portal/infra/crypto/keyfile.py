"""Secret files of the instance directory: made once, readable by their owner only."""

import base64
import binascii
import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
_MAKE_ONE: Final = "make one with: openssl rand -base64 32"


class KeyFileError(Exception):
    """A secret file can't be used; the text is one line that names the file and the fix."""


def load_or_create(path: Path) -> bytes:
    """The 32 bytes in a secret file, made at the first start; processes that start together agree on one.

    Raises:
        KeyFileError: it can't be read or made, others may read it, or it holds no key.
    """
    try:
        return load(path)
    except FileNotFoundError:
        _create(path)
        return load(path)


def load(path: Path) -> bytes:
    """The 32 bytes in a secret file that must be there.

    Raises:
        FileNotFoundError: there is none.
        KeyFileError: it can't be read, others may read it, or it holds no key.
    """
    try:
        # Without O_NONBLOCK a named pipe in its place would hold up the start for ever.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise KeyFileError(f"{path} can't be read ({problem.strerror}); check who owns it") from None
    try:
        _refuse_if_shared(path, os.fstat(handle))
        text = os.read(handle, 1024)
    finally:
        os.close(handle)
    key = decode_key(text.decode("ascii", "replace"))
    if key is None:
        raise KeyFileError(
            f"{path} holds no key of {KEY_BYTES} bytes; restore it from a backup, or {_MAKE_ONE}"
        )
    return key


def decode_key(text: str) -> bytes | None:
    """32 bytes written in base64 (either alphabet) or in hexadecimal, or nothing if it is not that."""
    text = text.strip()
    try:
        if len(text) == 2 * KEY_BYTES:
            key = bytes.fromhex(text)
        else:
            key = base64.b64decode(text.replace("-", "+").replace("_", "/").rstrip("=") + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES and any(key) else None


def _refuse_if_shared(path: Path, status: os.stat_result) -> None:
    """Only its owner may read it, or, where root has mounted a secret for us, only our group."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{path} is not a file; move it away")
    mounted = status.st_uid == 0 and os.geteuid() != 0
    too_open = 0o027 if mounted else 0o077
    if status.st_mode & too_open:
        raise KeyFileError(f"{path} can be read by others on this machine; run: chmod 600 {path}")


def _create(path: Path) -> None:
    """Write it aside and link it into place: the link fails if another process was faster; its key holds."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(draft, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        try:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink()
    except OSError as problem:
        fix = f"let the portal write to its folder, or {_MAKE_ONE} > {path}"
        raise KeyFileError(f"{path} can't be made ({problem.strerror}); {fix}") from None


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
