"""CycloneDX 1.6 ML-BOM: the model as the subject, its model card, the files that were read, the facts as properties.

The library writes everything but the model card, which it does not know yet; the card is set into the JSON afterwards
and repeats, in the fields that exist, what the properties say. (CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moeaudit.reports.packet.bom.facts import (
    day,
    facts,
    identity,
    licences,
    missing,
    owner_and_name,
    version,
    whole_files,
)
from moeaudit.reports.packet.model import Packet
from moeaudit.text import visible

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import DisjunctiveLicense

MODEL, CARD = "model", "model-card"
CARD_FIELDS = {"family": "architectureFamily", "model_type": "modelArchitecture"}
"""Architecture fact → field of `modelParameters`."""


def render(packet: Packet) -> str:
    """JSON, ASCII only, one final newline."""
    try:
        from cyclonedx.output.json import JsonV1Dot6
    except ImportError:
        raise missing("cyclonedx-python-lib") from None
    bom = document(packet)
    written: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    subject = written["metadata"]["component"]
    subject["modelCard"] = card(packet)
    made = day(packet.appendix.date)
    written["metadata"] = {
        **({"timestamp": made.isoformat()} if made else {}),
        **{key: value for key, value in written["metadata"].items() if key != "timestamp"},
    }
    return json.dumps(written, indent=2, ensure_ascii=True, sort_keys=True) + "\n"


def document(packet: Packet) -> Bom:
    """The bill: the model, and the files that its facts were read from."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType

    maker = Component(
        name=packet.appendix.tool, version=packet.appendix.version, type=ComponentType.APPLICATION, bom_ref="tool"
    )
    subject = model(packet)
    files = [
        Component(
            name=visible(one.file),
            type=ComponentType.FILE,
            bom_ref=f"file-{place}",
            description=visible(one.origin) or None,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one.sha256)] if is_digest(one.sha256) else [],
        )
        for place, one in enumerate(whole_files(packet), 1)
    ]
    bom = Bom(components=files, serial_number=identity(packet), metadata=BomMetaData(component=subject))
    bom.metadata.tools.components.add(maker)
    bom.register_dependency(subject, files)
    return bom


def model(packet: Packet) -> Component:
    """The model as a component of type machine-learning-model."""
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    owner, name = owner_and_name(packet)
    public = owner and packet.subject.distribution == "downloadable"
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=MODEL,
        name=name,
        group=owner or None,
        version=version(packet) or None,
        purl=PackageURL("huggingface", owner, name, version(packet) or None) if public else None,
        licenses=[declared(stated) for stated in licences(packet)[:1]],
        properties=[Property(name=name, value=value) for name, value in facts(packet)],
    )


def declared(stated: str) -> DisjunctiveLicense:
    """The licence as stated: by its SPDX identifier where it is one, else by name."""
    from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement
    from cyclonedx.spdx import fixup_id

    listed = fixup_id(stated)
    return DisjunctiveLicense(
        id=listed, name=None if listed else stated, acknowledgement=LicenseAcknowledgement.DECLARED
    )


def card(packet: Packet) -> dict[str, Any]:
    """The model card: what its fields can hold; the rest of the architecture as its properties."""
    known = {fact.name: visible(fact.value) for fact in packet.architecture.facts if fact.value}
    parameters = {field: known[name] for name, field in CARD_FIELDS.items() if name in known}
    rest = [
        {"name": f"moeaudit:architecture:{name}", "value": value}
        for name, value in known.items()
        if name not in CARD_FIELDS
    ]
    return {
        "bom-ref": CARD,
        **({"modelParameters": parameters} if parameters else {}),
        **({"properties": rest} if rest else {}),
    }


def is_digest(text: str) -> bool:
    """Whether it is a SHA-256 in hexadecimal."""
    return len(text) == 64 and all(character in "0123456789abcdef" for character in text)
