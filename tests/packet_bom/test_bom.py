"""Bills of materials: valid by their libraries' own validators, and nothing is lost on a way through them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_python_model import v3_0_1

from moeaudit.errors import UsageError
from moeaudit.reports.packet.bom import cyclonedx, spdx
from moeaudit.reports.packet.bom.facts import facts
from moeaudit.reports.packet.model import Claim, EvidenceFile, Packet
from tests.packet_pictures.samples import FLEETS, HOSTILE, poisoned, sample

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def read_cyclonedx(text: str) -> Bom:
    found = Bom.from_json(json.loads(text))  # type: ignore[attr-defined]
    assert isinstance(found, Bom)
    return found


def read_spdx(text: str) -> Any:
    """The object set; the library checks types, patterns and cardinalities as it reads."""
    objects = v3_0_1.SHACLObjectSet()
    v3_0_1.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
    return objects


def package_of(objects: Any) -> Any:
    (package,) = objects.foreach_type("https://spdx.org/rdf/3.0.1/terms/AI/AIPackage")
    return package


def properties(package: Any) -> list[tuple[str, str]]:
    return [
        (one.extension_cdxPropName, one.extension_cdxPropValue)
        for extension in package.extension
        for one in extension.extension_cdxProperty
    ]


def complete() -> Packet:
    """DeepSeek-V3 with everything that the AI profile of SPDX asks for."""
    packet = sample("deepseek-v3")
    subject = replace(packet.subject, release_date="2024-12-26", commit="e" * 40)
    return replace(packet, subject=subject, appendix=replace(packet.appendix, date="2026-02-03"))


@pytest.mark.parametrize("name", FLEETS)
def test_cyclonedx_is_valid_and_its_library_keeps_every_fact(name: str) -> None:
    packet = sample(name)
    text = cyclonedx(packet)
    assert VALIDATOR.validate_str(text) is None
    subject = read_cyclonedx(text).metadata.component
    assert subject is not None and subject.type.value == "machine-learning-model"
    assert {(one.name, one.value) for one in subject.properties} == set(facts(packet))


@pytest.mark.parametrize("name", FLEETS)
def test_spdx_is_valid_and_its_library_keeps_every_fact(name: str) -> None:
    packet = sample(name)
    objects = read_spdx(spdx(packet))
    assert objects.missing_ids <= {"https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"}
    assert properties(package_of(objects)) == list(facts(packet))


def test_facts_name_their_denominators_and_are_exact() -> None:
    """Totals of DeepSeek-V3 by its published weights: 671,026,419,200 and 37,552,297,472."""
    known = dict(facts(sample("deepseek-v3")))
    assert known["moeaudit:denominator:total.full"] == "671026419200"
    assert known["moeaudit:denominator:active.full"] == "37552297472"
    assert known["moeaudit:architecture:experts_per_token"] == "8"


def test_the_model_card_holds_what_it_has_fields_for() -> None:
    packet = complete()
    document = json.loads(cyclonedx(packet))
    subject = document["metadata"]["component"]
    assert subject["modelCard"]["modelParameters"] == {
        "architectureFamily": "DeepSeek-V3",
        "modelArchitecture": "deepseek_v3",
    }
    assert subject["purl"] == f"pkg:huggingface/deepseek-ai/DeepSeek-V3@{'e' * 40}"
    assert document["metadata"]["timestamp"] == "2026-02-03T00:00:00+00:00"
    assert "timestamp" not in json.loads(cyclonedx(sample("deepseek-v3")))["metadata"]


def test_the_ai_profile_is_declared_where_its_fields_are_known() -> None:
    package = package_of(read_spdx(spdx(complete())))
    assert package.name == "DeepSeek-V3" and package.software_packageVersion == "e" * 40
    assert package.ai_typeOfModel[0] == "mixture of experts"
    assert {one.key: one.value for one in package.ai_hyperparameter}["routed_experts"] == "256"
    declared = [
        set(one["profileConformance"]) for one in json.loads(spdx(complete()))["@graph"] if "profileConformance" in one
    ]
    assert all("ai" in profiles for profiles in declared) and len(declared) == 2
    assert '"ai"' not in spdx(sample("gpt-4"))


def test_a_fact_without_a_value_is_left_out() -> None:
    packet = complete()
    facts = tuple(replace(one, value="" if one.name in {"family", "layers"} else one.value)
                  for one in packet.architecture.facts)  # fmt: skip
    package = package_of(read_spdx(spdx(replace(packet, architecture=replace(packet.architecture, facts=facts)))))
    held = {one.key: one.value for one in package.ai_hyperparameter}
    assert "layers" not in held and held["moe_layers"] == "58"
    assert list(package.ai_typeOfModel) == ["mixture of experts", "deepseek_v3"]


def licensed(printed: str) -> Packet:
    packet = sample("gpt-4")
    claim = Claim("G01", "governance.licence", "licence", printed, "", "stated")
    return replace(packet, claims=(claim,))


@pytest.mark.parametrize(
    ("printed", "expression"), [("apache-2.0", "Apache-2.0"), ("Model License", "LicenseRef-stated")]
)
def test_the_licence_is_the_declared_one(printed: str, expression: str) -> None:
    graph = json.loads(spdx(licensed(printed)))["@graph"]
    assert [
        one["simplelicensing_licenseExpression"] for one in graph if one["type"] == "simplelicensing_LicenseExpression"
    ] == [expression]
    (licence,) = json.loads(cyclonedx(licensed(printed)))["metadata"]["component"]["licenses"]
    assert licence["license"].get("id", licence["license"].get("name")) in (expression, printed)


def test_a_digest_of_a_header_is_not_given_as_the_files() -> None:
    packet = sample("gpt-4")
    read = (EvidenceFile("config.json", "a" * 64, 10, "hub"), EvidenceFile("model.safetensors", "b" * 64, 10, "hub"))
    packet = replace(packet, appendix=replace(packet.appendix, evidence=read))
    (file,) = json.loads(cyclonedx(packet))["components"]
    assert file["name"] == "config.json" and file["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert dict(facts(packet))["moeaudit:evidence:header-sha256:model.safetensors"] == "b" * 64
    assert "b" * 64 not in [
        one["hashValue"] for file in json.loads(spdx(packet))["@graph"] for one in file.get("verifiedUsing", [])
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_inert_and_kept(kind: str) -> None:
    packet = poisoned(complete(), HOSTILE[kind])
    bill, linked = cyclonedx(packet), spdx(packet)
    assert bill.isascii() and linked.isascii()
    assert VALIDATOR.validate_str(bill) is None
    subject = read_cyclonedx(bill).metadata.component
    assert subject is not None and {(one.name, one.value) for one in subject.properties} == set(facts(packet))
    assert properties(package_of(read_spdx(linked))) == list(facts(packet))
    assert not any(mark in value for _, value in facts(packet) for mark in "\x00\x1b\u202e\u200b\n")


def test_the_same_packet_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.packet_pictures.samples import sample;"
        "from moeaudit.reports.packet.bom import cyclonedx, spdx; packet = sample('mixtral-8x7b-v0.1');"
        "print(hashlib.sha256((cyclonedx(packet) + spdx(packet)).encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in "12"
    ]
    assert runs[0] == runs[1] != ""


@pytest.mark.parametrize(("render", "module"), [(cyclonedx, "cyclonedx.output.json"), (spdx, "spdx_python_model")])
def test_without_the_library_it_says_what_to_install(render: Any, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"pip install 'moeaudit\[bom\]'"):
        render(sample("gpt-4"))
