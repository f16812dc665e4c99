"""Templates, compiled once for all processes and starts: Jinja takes 20 ms for a page, and reads it back in one."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """One file for each template in a folder of our own. Jinja itself compares the sources, so one that has changed is
    compiled again; what can't be read or written is compiled as if there were no folder.

    What lies there is run, as the portal's own code is: the folder belongs where its keys are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # whole or not at all: another process may be reading
            with tempfile.NamedTemporaryFile("wb", dir=self._folder, delete=False) as file:
                bucket.write_bytecode(file)
            Path(file.name).replace(self._file(bucket))

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / bucket.key
