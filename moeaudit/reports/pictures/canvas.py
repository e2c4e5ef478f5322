"""A drawing sheet: shapes and text in, SVG out. The XML library escapes; invisible characters are written out."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from moeaudit.reports.pictures.tones import Pattern, Tone
from moeaudit.text import visible

WIDTH = 720
"""Units of every sheet; a page of 170 mm shows 12 of them as 8 points."""

FONTS = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
ADVANCE = 0.6
"""Width of a character over the font size, at most on average: text is cut so that it fits in any common face."""

DARK, LIGHT = "#14202b", "#ffffff"


class Sheet:
    """One picture under way. `name` starts every id, so that several pictures can stand in one page."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": FONTS})
        self.root.set("aria-labelledby", f"{name}-title {name}-desc")
        SubElement(self.root, "title", {"id": f"{name}-title"}).text = visible(title)
        self.description = SubElement(self.root, "desc", {"id": f"{name}-desc"})
        self.defs = SubElement(self.root, "defs")
        self.tones: set[str] = set()

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        anchor: str = "start",
        fill: str = "currentColor",
        bold: bool = False,
        width: float | None = None,
    ) -> None:
        """One line of text, cut where it would be wider than `width`."""
        limit = None if width is None else max(int(width / (size * ADVANCE)), 1)
        at = {"x": number(x), "y": number(y), "font-size": number(size), "text-anchor": anchor, "fill": fill}
        if bold:
            at["font-weight"] = "600"
        shown = visible(words)
        SubElement(self.root, "text", at).text = (
            shown if limit is None or len(shown) <= limit else f"{shown[: limit - 1]}…"
        )

    def box(self, x: float, y: float, width: float, height: float, tone: Tone, *, outline: bool = True) -> None:
        """A rectangle in a tone; its pattern is defined once."""
        at = {
            "x": number(x),
            "y": number(y),
            "width": number(width),
            "height": number(height),
            "fill": self.paint(tone),
        }
        if outline:
            at |= {"stroke": DARK, "stroke-width": "0.5"}
        SubElement(self.root, "rect", at)

    def band(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A see-through rectangle between two dashed edges."""
        at = {
            "x": number(x),
            "y": number(y),
            "width": number(width),
            "height": number(height),
            "fill": colour,
            "fill-opacity": "0.4",
        }
        SubElement(self.root, "rect", at)
        for edge in (x, x + width):
            self.line(edge, y, edge, y + height, width=0.8, dashes="4 2")

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        width: float = 1,
        dashes: str = "",
        faint: bool = False,
        colour: str = "currentColor",
    ) -> None:
        at = {
            "x1": number(x1),
            "y1": number(y1),
            "x2": number(x2),
            "y2": number(y2),
            "stroke": colour,
            "stroke-width": number(width),
        }
        if dashes:
            at["stroke-dasharray"] = dashes
        if faint:
            at["stroke-opacity"] = "0.35"
        SubElement(self.root, "line", at)

    def dot(self, x: float, y: float, *, filled: bool) -> None:
        at = {"cx": number(x), "cy": number(y), "r": "4.5", "stroke": "currentColor", "stroke-width": "1.5"}
        SubElement(self.root, "circle", at | ({"fill": "currentColor"} if filled else {"fill": "none"}))

    def paint(self, tone: Tone) -> str:
        """The value of a fill attribute: a colour, or a reference to the tone's pattern."""
        if tone.pattern is Pattern.PLAIN:
            return tone.colour
        identity = f"{self.name}-{tone.pattern.value}-{tone.colour[1:]}"
        if identity not in self.tones:
            self.tones.add(identity)
            self.define(identity, tone)
        return f"url(#{identity})"

    def define(self, identity: str, tone: Tone) -> None:
        size = "6"
        tile = SubElement(
            self.defs, "pattern", {"id": identity, "width": size, "height": size, "patternUnits": "userSpaceOnUse"}
        )
        SubElement(tile, "rect", {"width": size, "height": size, "fill": tone.colour})
        SubElement(tile, "path", {"d": tone.pattern.path, "stroke": tone.ink, "stroke-width": "1.1", "fill": "none"})

    def finish(self, height: float, description: Iterable[str]) -> str:
        """The SVG as text. `description` says in words what is drawn."""
        self.root.set("viewBox", f"0 0 {WIDTH} {number(height)}")
        self.root.set("width", str(WIDTH))
        self.root.set("height", number(height))
        self.description.text = visible(" ".join(description))
        if not len(self.defs):
            self.root.remove(self.defs)
        indent(self.root, space=" ")
        return tostring(self.root, encoding="unicode") + "\n"


def number(value: float) -> str:
    """At most two decimals, no trailing zeros: the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
