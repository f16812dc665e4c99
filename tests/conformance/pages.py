"""What a simple browser makes of a page: forms, fields and buttons by their ids."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

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

    def __init__(self, url: str, text: str, status: int, policy: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.url, self.status = url, status
        self.policy = {words[0]: words[1:] for part in policy.split(";") if (words := part.split())}
        """What the page's Content-Security-Policy says, by directive."""
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self.inputs: dict[str, tuple[Form, str]] = {}
        self.buttons: dict[str, tuple[Form, Attributes]] = {}
        self.links: list[str] = []
        self.named_links: dict[str, str] = {}
        self.frames: list[str] = []
        self.nonces: list[str] = []
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

    @property
    def goes_on_to(self) -> str | None:
        """Where the page's own script sends the browser when all of it is there."""
        return next(
            (
                href
                for name, href in self.named_links.items()
                if f'location.replace(document.getElementById("{name}").href)' in self.scripts
            ),
            None,
        )

    def allows(self, directive: str, url: str) -> bool:
        """Whether the page's policy lets a browser use this address of another site."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" in self.policy.get(directive, ())

    @property
    def scripts_run(self) -> bool:
        """Whether the policy lets the page's own scripts run."""
        allowed = self.policy.get("script-src", ())
        return all(f"'nonce-{nonce}'" in allowed for nonce in self.nonces) and bool(self.nonces)

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
                self.named_links[given.get("id", "")] = given.get("href", "")
            case "iframe" | "img":
                (self.frames if tag == "iframe" else self.images).append(given.get("src", ""))
            case "script":
                self._take_script(given)

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

    def _take_script(self, given: Attributes) -> None:
        self._in_script = True
        if "src" not in given:
            self.nonces.append(given.get("nonce", ""))

    def _take_input(self, given: Attributes) -> None:
        if self._form is None or not given.get("name"):
            return
        if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
            return
        self._form.fields.append((given["name"], given.get("value", "")))
        if "id" in given:
            self.inputs[given["id"]] = (self._form, given["name"])
