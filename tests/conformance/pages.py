"""What a simple browser makes of a page: forms, fields and buttons by their ids."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]


@dataclass
class Form:
    """A form with what would be sent if nobody typed anything."""

    action: str
    method: str
    id: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)

    def sent(self, button: Attributes | None = None) -> list[tuple[str, str]]:
        """Names and values, with those of the button that was pressed."""
        values = [(name, self.typed.get(name, value)) for name, value in self.fields]
        if button and button.get("name"):
            values.append((button["name"], button.get("value", "")))
        return values


class Page(HTMLParser):
    """A page, read once."""

    def __init__(self, url: str, text: str, status: int) -> None:
        super().__init__(convert_charrefs=True)
        self.url, self.status = url, status
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self.inputs: dict[str, tuple[Form, str]] = {}
        self.buttons: dict[str, tuple[Form, Attributes]] = {}
        self.links: list[str] = []
        self.images: list[str] = []
        self.scripts = ""
        self._words: list[str] = []
        self._form: Form | None = None
        self._in_script = False
        self.feed(text)

    @property
    def words(self) -> str:
        """What a person reads, in one line."""
        return " ".join(" ".join(self._words).split())

    @property
    def posts_itself(self) -> Form | None:
        """The form that the page's own script sends at once."""
        return next(
            (form for form in self.forms if form.id and f'"{form.id}").submit()' in self.scripts), None
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            assert given["id"] not in self.ids, f"two elements have the id {given['id']}"
            self.ids.add(given["id"])
        match tag:
            case "form":
                self._form = Form(
                    given.get("action", self.url), given.get("method", "get").lower(), given.get("id", "")
                )
                self.forms.append(self._form)
            case "input":
                self._take_input(given)
            case "button" if self._form is not None and given.get("type", "submit") == "submit":
                self.buttons[given.get("id", "")] = (self._form, given)
            case "a":
                self.links.append(given.get("href", ""))
            case "img":
                self.images.append(given.get("src", ""))
            case "script":
                self._in_script = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts += data
        else:
            self._words.append(data)

    def _take_input(self, given: Attributes) -> None:
        if self._form is None or not given.get("name"):
            return
        if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
            return
        self._form.fields.append((given["name"], given.get("value", "")))
        if "id" in given:
            self.inputs[given["id"]] = (self._form, given["name"])
