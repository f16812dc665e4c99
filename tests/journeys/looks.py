"""What is wrong with the look of a page: to axe, to a narrow window, to people who space their text out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page

Scheme = Literal["light", "dark"]

WIDTHS: Final = (1280, 390)
SCHEMES: Final[dict[int, Scheme]] = {1280: "light", 390: "dark"}
"""Each width once and each scheme once: axe takes longer than all the rest, and colours hardly know of widths."""
NARROWEST: Final = 320
"""A desk at 400 % zoom (WCAG 2.2, 1.4.10)."""

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}

RULES_OF_COLOUR_AND_SIZE: Final = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]},
    "resultTypes": ["violations"],
}
"""What the second look is for: the page is the same, only its colours and sizes differ."""

# What ends outside of the window, or of a box that cuts off; not what can be scrolled to or ends in an ellipsis.
STICKING_OUT: Final = """() => [...document.body.querySelectorAll("*:not(svg *)")].filter((element) => {
  const box = element.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) return false;
  let [left, right] = [0, innerWidth];
  for (let around = element.parentElement; around; around = around.parentElement) {
    const {overflowX, textOverflow} = getComputedStyle(around);
    if (textOverflow === "ellipsis" || ["auto", "scroll"].includes(overflowX)) return false;
    if (overflowX === "visible") continue;
    const frame = around.getBoundingClientRect();
    [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
  }
  return box.left < left - 1 || box.right > right + 1;
}).map(({tagName, className, textContent}) => `${tagName} ${className}: ${textContent.trim().slice(0, 40)}`)"""

# WCAG 2.2, 1.4.12: what people may set who read better so.
SPACED_OUT: Final = """() => {
  const sheet = new CSSStyleSheet();
  const text = "line-height: 1.5; letter-spacing: 0.12em; word-spacing: 0.16em";
  sheet.replaceSync(`* { ${text} } p { margin-block-end: 2em }`);
  document.adoptedStyleSheets.push(sheet);
}"""


def wrong_with(page: Page) -> list[str]:
    """In light and dark, on a desk and on a phone; on the narrowest screens, at least nothing is cut off."""
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another one is neither
    page.evaluate(AXE_SCRIPT)
    wrong = []
    for width in WIDTHS:
        wrong += _sticking_out(page, width)
        scheme, rules = SCHEMES[width], RULES if width == WIDTHS[0] else RULES_OF_COLOUR_AND_SIZE
        wrong += [f"{scheme}, {width} px: {found}" for found in _violations(page, scheme, rules)]
    wrong += _sticking_out(page, NARROWEST)
    page.evaluate(SPACED_OUT)
    wrong += [f"spaced out: {found}" for width in WIDTHS for found in _sticking_out(page, width)]
    return wrong


def _sticking_out(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = page.evaluate(STICKING_OUT)
    return [f"{width} px: {text} sticks out" for text in found]


def _violations(page: Page, scheme: Scheme, rules: Mapping[str, object]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    answer: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
