"""What the makers of the recorded models state of their sizes. It stands in the claim files that ship; a generated
table holds those few figures, so that the first screen reads no YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.claim import Claim, Origin, SourceKind
from moeaudit.claims.figures import parse_figure
from moeaudit.errors import Place

FILE = "claims/published.json"
SIZES = ("architecture.total_parameters", "architecture.active_parameters")
OWN = (SourceKind.PRIMARY, SourceKind.PROVIDER)
"""Sources that speak for the makers."""


def published_claims(model_id: str) -> Iterator[Claim]:
    """The sizes that a model's makers state, where they are known."""
    from moeaudit.data import data_folder

    stated = json.loads(data_folder("fixtures").joinpath(FILE).read_text("utf-8")).get(model_id, {})
    for name, printed in stated.get("sizes", {}).items():
        path = f"architecture.{name}"
        field = FIELDS[path]
        place = Place(stated["source"], None, None, path)
        yield Claim(path, field.item, field.kind, printed, place, Origin.CLAIM_FILE, figure=parse_figure(printed))


def table(claims: Iterable[tuple[str, Iterable[Claim]]]) -> Mapping[str, object]:
    """The table of these models and their claims, for the generator."""
    found: dict[str, dict[str, object]] = {}
    for model_id, made in claims:
        own = {one.path: one for one in made if one.path in SIZES and is_own(one)}
        if own:
            source = next(iter(own.values())).source
            sizes = {path.rpartition(".")[2]: one.printed for path, one in own.items()}
            found[model_id] = {"source": source.url if source else "", "sizes": sizes}
    return found


def is_own(claim: Claim) -> bool:
    """A size that the makers print as such, and no share of another."""
    told = claim.source is not None and claim.source.kind in OWN
    return told and claim.figure is not None and not claim.figure.is_percent and claim.denominator is None
