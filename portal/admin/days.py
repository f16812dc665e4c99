"""Days that operators enter: the last one on which something holds. The schemas make its last second of it, in UTC."""

from datetime import datetime
from typing import Final

from wtforms import StringField
from wtforms.widgets import DateInput

ZONE_HINT: Final = "Until the end of that day (UTC). Without a date it has no end."


class LastDayField(StringField):  # type: ignore[misc]
    """A native date input. What was typed stays as it was typed, even where it is no date."""

    widget = DateInput()

    def _value(self) -> str:
        """What stands in the input."""
        return self.data.date().isoformat() if isinstance(self.data, datetime) else str(self.data or "")
