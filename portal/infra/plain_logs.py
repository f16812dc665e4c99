"""Imported first by what serves: structlog takes up rich wherever it is installed, for colours that no server prints.

Rich and the highlighter that it brings are 75 modules and 4 MB. The command line, which does print in colours, loads
them by itself.
"""

import sys
from typing import Final

_COLOURS: Final = "rich"

if _COLOURS not in sys.modules:
    # how the import system is told that there is no such module
    sys.modules[_COLOURS] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules[_COLOURS]
