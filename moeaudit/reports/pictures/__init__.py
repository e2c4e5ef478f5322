"""The pictures of a packet: SVG of the same facts that its tables hold, for people who look rather than read.

Each picture is a pure function of a part of the packet. It carries a title and a description in words, tells its parts
apart by number, letter or pattern and never by hue alone, draws text in the colour of the page around it, and refers
to nothing outside itself. The same part gives the same bytes.
"""

from __future__ import annotations

from moeaudit.reports.packet.model import Packet


def pictures(packet: Packet) -> dict[str, str]:
    """Name → SVG, in the order of the packet; a picture that would be empty is left out.

    Names: `components`, `layers`, `memory`, `claims-total`, `claims-active`.
    """
    from moeaudit.reports.pictures.claims import KINDS, claim_positions
    from moeaudit.reports.pictures.components import component_bar
    from moeaudit.reports.pictures.layers import layer_map
    from moeaudit.reports.pictures.memory import device_memory

    drawn = {
        "components": component_bar(packet.architecture.components, packet.denominators),
        "layers": layer_map(packet.architecture.layers),
        "memory": device_memory(packet.estimates.memory if packet.estimates else ()),
        **{f"claims-{kind}": claim_positions(kind, packet.claims, packet.denominators) for kind in KINDS},
    }
    return {name: picture for name, picture in drawn.items() if picture}
