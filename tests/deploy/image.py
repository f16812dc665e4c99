"""deploy/Dockerfile, read: its stages, what the last one is made of, and what a container of it starts with."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
HOME = "/opt/portal"
STATE = "/run/portal"
"""What a container may write, besides /tmp."""


@dataclass(frozen=True)
class Step:
    """One instruction: `Step("USER", "1000:1000")`."""

    word: str
    rest: str


@dataclass(frozen=True)
class Stage:
    """From one FROM to the next."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [step.rest for step in self.steps if step.word == word]

    def last(self, word: str) -> str:
        """The one that counts, for instructions of which the last one does."""
        return self.all(word)[-1]

    def words(self, word: str) -> list[str]:
        """An instruction in the form that needs no shell: a JSON list."""
        return list(json.loads(self.last(word)))

    @property
    def environment(self) -> Mapping[str, str]:
        words = [word for rest in self.all("ENV") for word in shlex.split(rest)]
        return {name: value for name, _, value in (word.partition("=") for word in words)}


@cache
def stages() -> tuple[Stage, ...]:
    """As they stand in the file."""
    found: list[Stage] = []
    for step in _steps(DOCKERFILE.read_text("utf-8")):
        if step.word == "FROM":
            base, _, name = step.rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append(step)
    return tuple(found)


def _steps(text: str) -> Iterator[Step]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        yield Step(word, " ".join(rest.split()))


def copied() -> list[str]:
    """What of the checkout comes into the image; packages and assets are installed there."""
    sources = [shlex.split(rest)[:-1] for rest in stages()[0].all("COPY")]
    return [source.rstrip("/") for names in sources for source in names]
