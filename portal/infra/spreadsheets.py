"""Lines of CSV (RFC 4180) that a spreadsheet opens as what they say, and never runs."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


def csv_line(cells: Iterable[object]) -> str:
    """One line with its end. Nothing is an empty cell; a text that a spreadsheet would take for a formula gets an
    apostrophe before it (ASVS 5.0 1.2.10).
    """
    line = StringIO()
    csv.writer(line).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
