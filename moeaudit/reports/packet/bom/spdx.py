"""SPDX 3.0.1 with the AI profile: an AI package, its licences, the files that were read, the facts as properties.

Properties stand in the extension that SPDX defines for them (CdxPropertiesExtension). The AI profile asks every AI
package for a supplier, a place to download, a version, a purpose and a release time; the document declares the profile
only where all five are known. (https://spdx.github.io/spdx-spec/v3.0.1/model/AI/Classes/AIPackage/)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moeaudit.reports.packet.bom.cyclonedx import is_digest
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

SPECIFICATION = "3.0.1"
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
"""The format asks for a date. A packet without one carries this, so that the same input gives the same bytes."""

HUB = "https://huggingface.co/"
TYPES = {"moe": "mixture of experts", "dense": "dense"}
TRAINING = ("governance.training_", "governance.gpu_hours", "governance.energy")
"""Fields of the claim file that speak of training."""


def render(packet: Packet) -> str:
    """JSON-LD, ASCII only, one final newline."""
    try:
        from spdx_python_model import v3_0_1
    except ImportError:
        raise missing("spdx-python-model") from None
    elements = Bill(v3_0_1, packet).elements()
    objects = v3_0_1.SHACLObjectSet(elements)
    written = v3_0_1.JSONLDSerializer().serialize_data(objects, force_at_graph=True)
    return json.dumps(written, indent=2, ensure_ascii=True) + "\n"


class Bill:
    """One document under way. `spdx` is the library's binding of the specification."""

    def __init__(self, spdx: Any, packet: Packet) -> None:
        self.spdx = spdx
        self.packet = packet
        self.base = f"urn:uuid:{identity(packet)}"
        created = day(packet.appendix.date) or UNDATED
        self.creation = spdx.CreationInfo(_id="_:creation", specVersion=SPECIFICATION, created=created)

    def made(self, kind: str, key: str, /, **values: Any) -> Any:
        """An element with its identifier and creation."""
        given = {field: value for field, value in values.items() if value not in (None, "", [])}
        element = getattr(self.spdx, kind)(_id=f"{self.base}#{key}", **given)
        element.creationInfo = self.creation
        return element

    def elements(self) -> list[Any]:
        """Everything, in a fixed order."""
        tool = self.packet.appendix
        agent = self.made("SoftwareAgent", "agent", name=f"{tool.tool} {tool.version}")
        self.creation.createdBy.append(agent)
        owner, _ = owner_and_name(self.packet)
        supplier = self.made("Organization", "supplier", name=owner) if owner else None
        package = self.package(supplier)
        files = list(self.files())
        parts = [agent, *([supplier] if supplier else []), package, *files, *self.relations(package, files)]
        bill = self.made(
            "software_Sbom", "bill", rootElement=[package], element=parts, profileConformance=self.profiles(package)
        )
        bill.software_sbomType.append(self.spdx.software_SbomType.analyzed)
        document = self.made(
            "SpdxDocument",
            "document",
            rootElement=[bill],
            element=[*parts, bill],
            profileConformance=self.profiles(package),
        )
        return [document, bill, *parts]

    def package(self, supplier: Any) -> Any:
        """The model. Architecture facts are its hyperparameters; everything else is a property."""
        spdx, packet = self.spdx, self.packet
        owner, name = owner_and_name(packet)
        known = {fact.name: visible(fact.value) for fact in packet.architecture.facts if fact.value}
        kinds = [TYPES[packet.summary.state]] if packet.summary.state in TYPES else []
        public = owner and packet.subject.distribution == "downloadable"
        package = self.made(
            "ai_AIPackage",
            "model",
            name=name,
            software_packageVersion=version(packet),
            suppliedBy=supplier,
            software_primaryPurpose=spdx.software_SoftwarePurpose.model,
            releaseTime=day(packet.subject.release_date),
            software_downloadLocation=f"{HUB}{owner}/{name}" if public else None,
            ai_typeOfModel=[*kinds, *(known[one] for one in ("family", "model_type") if one in known)],
            ai_informationAboutTraining=training(packet),
        )
        for key, value in known.items():
            package.ai_hyperparameter.append(spdx.DictionaryEntry(key=key, value=value))
        properties = [
            spdx.extension_CdxPropertyEntry(extension_cdxPropName=key, extension_cdxPropValue=value)
            for key, value in facts(packet)
        ]
        package.extension.append(spdx.extension_CdxPropertiesExtension(extension_cdxProperty=properties))
        return package

    def files(self) -> Iterator[Any]:
        """The files that were read whole, with their digests."""
        for place, one in enumerate(whole_files(self.packet), 1):
            file = self.made("software_File", f"file-{place}", name=visible(one.file), comment=visible(one.origin))
            if is_digest(one.sha256):
                file.verifiedUsing.append(
                    self.spdx.Hash(algorithm=self.spdx.HashAlgorithm.sha256, hashValue=one.sha256)
                )
            yield file

    def relations(self, package: Any, files: list[Any]) -> Iterator[Any]:
        """What the package contains, and its licences: declared as stated, concluded by nobody here."""
        kind = self.spdx.RelationshipType
        if files:
            yield self.made("Relationship", "contains", from_=package, to=files, relationshipType=kind.contains)
        unsaid = self.spdx.expandedlicensing_IndividualLicensingInfo.NoAssertionLicense
        declared = list(self.declared())
        yield from declared
        yield self.made(
            "Relationship",
            "declared",
            from_=package,
            to=[declared[0] if declared else unsaid],
            relationshipType=kind.hasDeclaredLicense,
        )
        yield self.made(
            "Relationship", "concluded", from_=package, to=[unsaid], relationshipType=kind.hasConcludedLicense
        )

    def declared(self) -> Iterator[Any]:
        """The licence as stated: an identifier of the SPDX list, or a reference to the stated text."""
        try:
            from cyclonedx.spdx import fixup_id
        except ImportError:
            raise missing("cyclonedx-python-lib") from None

        for stated in licences(self.packet)[:1]:
            listed = fixup_id(stated)
            if listed:
                yield self.made(
                    "simplelicensing_LicenseExpression", "licence", simplelicensing_licenseExpression=listed
                )
                return
            text = self.made("simplelicensing_SimpleLicensingText", "licence-text", simplelicensing_licenseText=stated)
            own = self.spdx.DictionaryEntry(key="LicenseRef-stated", value=text._id)
            yield self.made(
                "simplelicensing_LicenseExpression",
                "licence",
                simplelicensing_licenseExpression="LicenseRef-stated",
                simplelicensing_customIdToUri=[own],
            )
            yield text

    def profiles(self, package: Any) -> list[Any]:
        """The profiles that this document keeps to. `extension` cannot be named: in the published JSON-LD context that
        word means the property of that name, so a document that lists the profile does not validate."""
        known = self.spdx.ProfileIdentifierType
        asked = (
            package.suppliedBy,
            package.software_downloadLocation,
            package.software_packageVersion,
            package.software_primaryPurpose,
            package.releaseTime,
        )
        return [known.core, known.software, known.simpleLicensing, *([known.ai] if all(asked) else [])]


def training(packet: Packet) -> str:
    """What is stated of the training, claim by claim."""
    return "; ".join(
        f"{claim.path}: {visible(claim.printed)}"
        for claim in packet.claims
        if claim.path.startswith(TRAINING) and claim.printed
    )
