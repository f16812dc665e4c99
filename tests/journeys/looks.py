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
HEIGHT: Final = 900
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
STICKING_OUT: Final = """() => {
  const frames = new Map([[null, [0, innerWidth]]]);
  const frameOf = (box) => {
    if (!frames.has(box)) {
      const {overflowX, textOverflow} = getComputedStyle(box);
      let frame = frameOf(box.parentElement);
      if (textOverflow === "ellipsis" || ["auto", "scroll"].includes(overflowX)) frame = null;
      if (frame && overflowX !== "visible") {
        const {left, right} = box.getBoundingClientRect();
        frame = [Math.max(frame[0], left), Math.min(frame[1], right)];
      }
      frames.set(box, frame);
    }
    return frames.get(box);
  };
  return [...document.body.querySelectorAll("*:not(svg *)")].filter((element) => {
    const box = element.getBoundingClientRect(), frame = frameOf(element.parentElement);
    return frame && box.width >= 2 && box.height >= 2 && (box.left < frame[0] - 1 || box.right > frame[1] + 1);
  }).map(({tagName, className, textContent}) => `${tagName} ${className}: ${textContent.trim().slice(0, 40)}`);
}"""

# WCAG 2.2, 1.4.12: what people may set who read better so.
SPACED_OUT: Final = """() => {
  const sheet = new CSSStyleSheet();
  const text = "line-height: 1.5; letter-spacing: 0.12em; word-spacing: 0.16em";
  sheet.replaceSync(`* { ${text} } p { margin-block-end: 2em }`);
  document.adoptedStyleSheets.push(sheet);
}"""

# What is cut off as the page comes, and when its text is spaced out: in one turn, and the page is as before.
CUT_OFF: Final = f"""() => {{
  const stickingOut = {STICKING_OUT};
  const comes = stickingOut();
  ({SPACED_OUT})();
  const spacedOut = stickingOut();
  document.adoptedStyleSheets.pop();
  return [comes, spacedOut];
}}"""


def wrong_with(page: Page) -> list[str]:
    """In light and dark, on a desk and on a phone; on the narrowest screens, at least nothing is cut off."""
    page.evaluate(AXE_SCRIPT)
    wrong = []
    for width in WIDTHS:
        comes, spaced_out = _cut_off(page, width)
        wrong += [*comes, *(f"spaced out: {found}" for found in spaced_out)]
        # without motion: a colour on its way to another one is neither
        page.emulate_media(color_scheme=SCHEMES[width], reduced_motion="reduce")
        rules = RULES if width == WIDTHS[0] else RULES_OF_COLOUR_AND_SIZE
        wrong += [f"{SCHEMES[width]}, {width} px: {found}" for found in _violations(page, rules)]
    return [*wrong, *_cut_off(page, NARROWEST)[0]]


def _cut_off(page: Page, width: int) -> list[list[str]]:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    found: list[list[str]] = page.evaluate(CUT_OFF)
    return [[f"{width} px: {text} sticks out" for text in texts] for texts in found]


def _violations(page: Page, rules: Mapping[str, object]) -> list[str]:
    answer: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
