"""Addresses of the application, whose builders are compiled when the first link to one is made.

Werkzeug compiles two for each rule as it is added, through a syntax tree: for a portal with hundreds of rules that is
a good part of its start, and memory for many addresses that nobody ever links to.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any

from werkzeug.routing import Rule


class LazyRule(Rule):
    """A rule that matches at once, and learns to build its address when it is first asked to."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        compiled = super()._compile_builder
        place = "_build_unknown" if append_unknown else "_build"

        def first(rule: LazyRule, **values: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever the rule's parts are
            builder: Callable[..., tuple[str, str]] = MethodType(compiled(append_unknown), rule)
            setattr(rule, place, builder)
            return builder(**values)

        return first
