"""Text that stays text where it is posted: no mention, no reference, no link that its reader did not ask for."""

from __future__ import annotations

import re

from moeaudit.later import expression

LINKING = expression(
    r"(?<=[@#])(?=\w)"  # a mention, a mail address; an issue, of another repository too
    r"|(?<=\bgh-)(?=\d)"  # an issue in its older form
    r"|(?<=:)(?=//)"  # an address
    r"|(?<=www)(?=\.)"  # an address without its scheme
    r"|(?<=mailto)(?=:)|(?<=xmpp)(?=:)",
    re.IGNORECASE,
)
"""Where GitHub would make more of a text than it is. (GFM 0.29, section 6.9; docs.github.com: autolinked references)"""

NOTHING = "<!-- -->"
"""A comment: it shows nothing, and no link reaches across it."""


def unlinked(text: str) -> str:
    """Markdown that shows the same, without what the forge would link by itself."""
    return LINKING.sub(NOTHING, text)
