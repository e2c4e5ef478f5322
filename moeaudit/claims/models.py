"""The claim file `*.claims.yaml`, schema `moeaudit/claims/v1`, as pydantic models. The JSON Schema is generated
from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, create_model

from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, Group
from moeaudit.claims.claim import Distribution, SourceKind
from moeaudit.evidence.yaml_text import as_written

SCHEMA = "moeaudit/claims/v1"

Text = Annotated[str, BeforeValidator(as_written)]
Words = Annotated[str, BeforeValidator(as_written), Field(min_length=1)]
Scalar = bool | int | float | Annotated[str, Field(min_length=1)]
Value = Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]


class Strict(BaseModel):
    """A table of the claim file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Statement(Strict):
    """A stated value with what it counts and where it comes from."""

    value: Value = Field(description="The value as its source prints it, such as 671B or ~27B")
    denominator: Text | None = Field(None, description="The id of the count that the source means, such as active.head")
    source: Words | None = Field(None, description="The id of an entry of sources, or an http(s) address")
    quote: Text = Field("", description="The source's own words, a sentence at most", max_length=400)
    note: Text = ""


class NotDisclosed(Strict):
    """The provider does not say; the reason given, or that none is given."""

    not_disclosed: Words


class NotApplicable(Strict):
    """The item does not apply to this model; why."""

    not_applicable: Words


def _form(value: Any) -> str:
    if isinstance(value, NotDisclosed | NotApplicable | Statement):
        return type(value).__name__
    if not isinstance(value, dict):
        return "bare"
    forms = {"not_disclosed": "NotDisclosed", "not_applicable": "NotApplicable"}
    return next((form for key, form in forms.items() if key in value), "Statement")


Item = Annotated[
    Annotated[Scalar | list[Scalar], Tag("bare")]
    | Annotated[Statement, Tag("Statement")]
    | Annotated[NotDisclosed, Tag("NotDisclosed")]
    | Annotated[NotApplicable, Tag("NotApplicable")],
    Discriminator(_form),
]


class ModelEntry(Strict):
    """Which model the claims are about."""

    id: Words = Field(description="Hub id, or the product's name for a hosted model")
    revision: Words | None = Field(None, description="The commit that the claims are about")
    variant: Words | None = Field(None, description="base, instruction-tuned, a quantised release …")
    release_date: Words | None = None
    distribution: Distribution = Distribution.DOWNLOADABLE
    evidence: Words | None = Field(None, description="An evidence file or folder beside this file")


class SourceEntry(Strict):
    """A document that a claim rests on."""

    id: Words
    title: Text = ""
    url: Annotated[Text, Field(pattern=r"^https?://[^\s<>\"]+$")] | None = None
    kind: SourceKind
    read: Words | None = Field(None, description="The date it was read")


class Suppression(Strict):
    """A rule that is not to fail the gate on this file. The finding stays counted."""

    rule: Words
    reason: Words
    path: Words | None = Field(None, description="Only for the claim at this path")


def _record(name: str, doc: str, fields: list[str]) -> type[Strict]:
    definitions: dict[str, Any] = dict.fromkeys(fields, (Item | None, None))
    return create_model(name, __base__=Strict, __doc__=doc, **definitions)


def _section(group: Group) -> type[Strict]:
    fields = [path.split(".")[1] for path in FIELDS if path.startswith(f"{group}.")]
    return _record(group.capitalize(), f"The {group} items of the checklist.", fields)


Architecture = _section(Group.ARCHITECTURE)
Runtime = _section(Group.RUNTIME)
Evaluation = _section(Group.EVALUATION)
Governance = _section(Group.GOVERNANCE)
Deployment = _record("Deployment", "The serving record: what is delivered, and how.", list(DEPLOYMENT_ITEMS))
EvaluationRecord = _record(
    "EvaluationRecord", "One evaluation: what was run, on what, by whom.", list(EVALUATION_ITEMS)
)


class ClaimFile(Strict):
    """What someone states about one model, item by item, each with its source."""

    schema_: Literal["moeaudit/claims/v1"] = Field(alias="schema")
    model: ModelEntry
    sources: list[SourceEntry] = []
    architecture: Architecture | None = None  # type: ignore[valid-type]
    runtime: Runtime | None = None  # type: ignore[valid-type]
    evaluation: Evaluation | None = None  # type: ignore[valid-type]
    governance: Governance | None = None  # type: ignore[valid-type]
    deployment: Deployment | None = None  # type: ignore[valid-type]
    evaluations: list[EvaluationRecord] = []  # type: ignore[valid-type]
    ignore: list[Suppression] = []
