"""The packet as JSON, schema moeaudit/packet/v1: every section, and the inputs that it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.json_text import read_object
from moeaudit.limits import PACKET_VALUES
from moeaudit.reports.packet.inputs import Inputs
from moeaudit.reports.packet.model import SCHEMA, Packet
from moeaudit.text import quoted


def document(packet: Packet, inputs: Inputs) -> dict[str, Any]:
    """The whole document. The embedded files stand in it as text, so that their digests can be checked."""
    return {"schema": SCHEMA, **asdict(packet), "inputs": asdict(inputs)}


def render(packet: Packet, inputs: Inputs) -> str:
    """As text, one final newline. ASCII only: foreign text cannot steer a terminal."""
    return json.dumps(document(packet, inputs), indent=2, ensure_ascii=True) + "\n"


def read_packet(data: bytes, file: str) -> tuple[dict[str, Any], Inputs]:
    """A packet as written, and its inputs. UsageError where it is none."""
    from pydantic import ValidationError

    from moeaudit.reports.packet.schema import PacketDocument

    content = read_object(data, file, most=PACKET_VALUES)
    if content.get("schema") != SCHEMA:
        raise UsageError(
            f"{ascii(content.get('schema'))[:60]} is not the schema of a packet",
            place=Place(file),
            hint=f"Expected '{SCHEMA}'.",
        )
    try:
        read = PacketDocument.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(step) for step in first["loc"])
        raise UsageError(
            f"not a whole packet: {first['msg'][:1].lower()}{first['msg'][1:]}",
            place=Place(file, path=path),
            hint="Make it again with moeaudit packet.",
        ) from None
    _refuse_unknown_persona(read.inputs.persona, file)
    named = "currency" in content["inputs"].get("asked", {})
    return content, read.inputs if named else _in_dollars(read.inputs)


def _in_dollars(inputs: Inputs) -> Inputs:
    """The inputs of a packet that was made before currencies were named: a price without one was one of dollars."""
    from moeaudit.costs.fleet_file import parse_fleet

    fleet = inputs.asked.fleet
    own = parse_fleet(fleet.text, fleet.file).prices.currency if fleet is not None else None
    return replace(inputs, asked=replace(inputs.asked, currency=own or "USD"))


def _refuse_unknown_persona(named: str, file: str) -> None:
    from moeaudit.checks.rule import Persona

    if named.upper() not in Persona.__members__:
        from moeaudit.nearest import did_you_mean

        raise UsageError(
            f"persona {quoted(named, 40)} is not known",
            place=Place(file, path="inputs.persona"),
            hint=did_you_mean(named, map(str.lower, Persona.__members__)),
        )
