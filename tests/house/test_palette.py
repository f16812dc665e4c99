"""The colours of portal.css, measured: every text on every ground it may stand on, in both themes, for any brand."""

import math
import re
from functools import cache

import pytest

from tests.house.source import ROOT

Colour = tuple[float, float, float]

SURFACES = ("canvas", "surface", "surface-sunken", "surface-overlay", "surface-hover", "surface-pressed")
GROUNDS = SURFACES[:5]
RULES = (
    ("ink", SURFACES, 7.0),
    ("ink", ("accent-soft", "danger-soft", "warning-soft"), 4.5),
    ("ink-muted", (*SURFACES, "accent-soft"), 4.5),
    ("ink-faint", GROUNDS, 4.5),
    ("accent", (*GROUNDS, "accent-soft"), 4.5),
    ("on-accent", ("accent-solid", "danger-solid"), 4.5),
    ("success", ("surface", "success-soft"), 4.5),
    ("warning", ("surface", "warning-soft"), 4.5),
    ("danger", ("surface", "canvas", "danger-soft"), 4.5),
    ("line-control", ("surface", "canvas"), 3.0),
    ("focus", SURFACES[:4], 3.0),
    ("accent-solid", ("surface", "canvas"), 3.0),
)
FIXED = re.compile(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)")
OF_BRAND = re.compile(r"oklch\(from var\(--brand\) ([\d.]+) (?:calc\(c \* ([\d.]+)\)|c) h\)")


@cache
def tokens() -> dict[str, tuple[str, str]]:
    """Each colour token as it is written, for light and for dark."""
    css = (ROOT / "static" / "css" / "portal.css").read_text(encoding="utf-8")
    found: dict[str, tuple[str, str]] = {}
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((oklch\(.*?\)), (oklch\(.*)\);", css):
        found[name] = (light, dark)
    for name, value in re.findall(r"--([a-z-]+): (oklch\(.*?\));", css):
        found[name] = (value, value)
    return found


def colour(written: str, brand: Colour) -> Colour:
    """Lightness, chroma and hue of a token, once the brand is known."""
    if fixed := FIXED.fullmatch(written):
        return float(fixed[1]), float(fixed[2]), float(fixed[3])
    derived = OF_BRAND.fullmatch(written)
    assert derived, written
    return float(derived[1]), brand[1] * float(derived[2] or 1), brand[2]


def luminance(of: Colour) -> float:
    """Relative luminance (WCAG 2.2) of an OKLCH colour, cut to sRGB as browsers do."""
    lightness, chroma, hue = of
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return sum(w * min(1.0, max(0.0, c)) for w, c in ((0.2126, red), (0.7152, green), (0.0722, blue)))


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of WCAG 2.2, section 1.4.3."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def too_faint(brand: Colour) -> list[str]:
    """Pairs of the palette whose contrast is below what they need."""
    return [
        f"{theme}: {text} on {ground}"
        for index, theme in enumerate(("light", "dark"))
        for text, grounds, needed in RULES
        for ground in grounds
        if contrast(colour(tokens()[text][index], brand), colour(tokens()[ground][index], brand)) < needed
    ]


def test_the_palette_can_be_read() -> None:
    lightness, chroma, hue = colour(tokens()["brand"][0], (0.0, 0.0, 0.0))
    assert too_faint((lightness, chroma, hue)) == []


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_it_can_be_read_in_the_colour_of_any_operator(hue: int) -> None:
    """But for fills on a dark page, which some hues leave below 3:1: what they say is the white upon them."""
    assert [pair for pair in too_faint((0.49, 0.185, float(hue))) if "accent-solid on" not in pair] == []


def test_a_pale_text_is_caught() -> None:
    assert contrast((0.8, 0.0, 0.0), (1.0, 0.0, 0.0)) < 2
    assert contrast((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)) == pytest.approx(21.0)
