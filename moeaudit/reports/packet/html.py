"""The packet as one HTML file that needs nothing else: no request leaves it, and only its own style and script run."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from markupsafe import Markup

from moeaudit.reports.packet.model import Packet
from moeaudit.reports.pictures import pictures
from moeaudit.reports.writers.templates import Templates

POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded from anywhere; what is inline runs by its digest alone."""


def render(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    """The whole file."""
    templates = templates or Templates()
    style, script = templates.text("html/style.css"), templates.text("html/script.js")
    return templates.render(
        "packet.html.jinja", "html", packet, preset,
        style=Markup(style), script=Markup(script),
        policy=POLICY.format(style=digest(style), script=digest(script)),
        pictures={name: Markup(picture) for name, picture in pictures(packet).items()},
    )  # fmt: skip


def digest(text: str) -> str:
    """What a policy calls the inline text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
