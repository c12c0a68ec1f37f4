"""Where the key ring comes from: SECRET_KEYS, SECRET_KEYS_FILE, or in development the file `keys` in DATA_DIR.

The rule that is easy to break: only `run` in development makes a key file, before it starts any child. A process
that made one of its own would seal with a key that the others do not have.
"""

import os
from pathlib import Path

from rtc_server.adapters.seal import BadKeyRing, KeyRing
from rtc_server.config import BadSetting, Settings


def key_file(settings: Settings) -> Path:
    return Path(settings.secret_keys_file) if settings.secret_keys_file else settings.data_path / "keys"


def load_ring(settings: Settings) -> KeyRing:
    """Raises BadSetting when there is no usable key ring."""
    text = settings.secret_keys
    if not text:
        try:
            text = key_file(settings).read_text()
        except OSError as error:
            raise BadSetting(
                "No keys: set SECRET_KEYS or SECRET_KEYS_FILE, or let `run` make them in development"
            ) from error
    try:
        return KeyRing(text)
    except BadKeyRing as error:
        raise BadSetting(str(error)) from error


def make_key_file(settings: Settings) -> None:
    """Make `DATA_DIR/keys` (0600) unless there are keys already. Not for production."""
    if settings.is_production or settings.secret_keys or settings.secret_keys_file:
        return
    make_private_file(key_file(settings), KeyRing.generate())


def make_private_file(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; one that exists is left as it is."""
    if path.exists():
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)  # fails when another process was first: theirs counts
    except FileExistsError:
        pass
    finally:
        partial.unlink()
