"""The packet as bills of materials: CycloneDX 1.6 (ML-BOM) and SPDX 3.0.1 (AI profile), through their own libraries.

Both carry every fact of the packet as a property named `moeaudit:…`, and besides fill the fields that the formats have
for it. The same packet gives the same bytes: identifiers are derived from its content.
"""

from __future__ import annotations

from moeaudit.reports.packet.model import Packet


def cyclonedx(packet: Packet) -> str:
    """CycloneDX 1.6 as JSON. UsageError where its library is not installed."""
    from moeaudit.reports.packet.bom.cyclonedx import render

    return render(packet)


def spdx(packet: Packet) -> str:
    """SPDX 3.0.1 as JSON-LD. UsageError where its library is not installed."""
    from moeaudit.reports.packet.bom.spdx import render

    return render(packet)
