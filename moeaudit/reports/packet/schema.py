"""The packet's JSON Schema, from the content model itself. Loaded for schemas and for reading a packet back only."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from moeaudit.reports.packet.inputs import Inputs
from moeaudit.reports.packet.model import Packet


class Document(BaseModel):
    """What `moeaudit packet --format json` writes. Fields may be added to a version, never removed."""

    model_config = ConfigDict(extra="allow")

    schema_: Literal["moeaudit/packet/v1"] = Field(alias="schema")
    inputs: Inputs = Field(description="What the packet was made from; `moeaudit packet --verify` makes it again")


KINDS = get_type_hints(Packet)

SECTIONS: dict[str, Any] = {
    one.name: (KINDS[one.name], ... if one.default is MISSING else one.default) for one in fields(Packet)
}
"""What came later has a default: packets made before lack it."""

PacketDocument = create_model("PacketDocument", __base__=Document, __doc__=Document.__doc__, **SECTIONS)
