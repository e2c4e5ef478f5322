"""Reading a fleet file: positions from the YAML reader, meaning from the models, one clear line for whatever is
wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeaudit.costs.devices import PRECISIONS, Cell, Device, device, find
from moeaudit.costs.engines.read import engine
from moeaudit.costs.fleet import BETWEEN_NODES, HOST_LINK, Fleet, Prices, Settings, Workload, check_counts
from moeaudit.costs.layout import Layout
from moeaudit.errors import AuditError, NoEvidence, UsageError
from moeaudit.evidence.files import read_whole
from moeaudit.evidence.yaml_text import Node, read_yaml
from moeaudit.limits import FLEET_BYTES

if TYPE_CHECKING:
    from pydantic import ValidationError

    from moeaudit.costs.fleet_models import DevicesTable, EngineTable, FleetFile, LayoutTable

PLAIN_FLEET = "For a plain fleet, --gpus 8xH200 needs no file."
GIVEN = "given in the fleet file"


def read_fleet(path: Path) -> Fleet:
    """A fleet file from disk. UsageError with file, line and column where it cannot be used."""
    try:
        source = read_whole(path, FLEET_BYTES)
    except (NoEvidence, UsageError) as error:
        raise UsageError(error.message, place=error.place, hint=PLAIN_FLEET) from None
    return parse_fleet(source, str(path))


def parse_fleet(source: str | bytes, file: str) -> Fleet:
    """The text of a fleet file named `file`."""
    from pydantic import ValidationError

    from moeaudit.costs.fleet_models import SCHEMA, FleetFile

    root = read_yaml(source, file)
    content = root.content
    if not isinstance(content, dict) or "schema" not in content:
        raise UsageError("no schema is named", place=root.place, hint=f"Begin with 'schema: {SCHEMA}'.")
    if content["schema"].text != SCHEMA:
        raise UsageError(
            f"{ascii(content['schema'].text)[:60]} is not the schema of a fleet file",
            place=content["schema"].place,
            hint=f"Expected '{SCHEMA}'.",
        )
    try:
        read = FleetFile.model_validate(root.plain())
    except ValidationError as error:
        raise _usage_error(error, root) from None
    return _fleet(read, root, file)


def _fleet(read: FleetFile, root: Node, file: str) -> Fleet:
    _placed(root, ("devices", "per_node"), lambda: check_counts(read.devices.per_node, read.devices.nodes))
    chosen = _placed(root, ("devices", "type"), lambda: _device(read.devices))
    settings = _placed(root, ("engine", "name"), lambda: _settings(read.engine, chosen))
    layout = _placed(root, ("layout", "ep"), lambda: _layout(read.layout, read)) if read.layout else None
    if layout and layout.devices > read.devices.per_node * read.devices.nodes:
        raise UsageError(
            f"the layout takes {layout.devices} devices, the fleet has {read.devices.per_node * read.devices.nodes}",
            place=root.at(("layout",)).place,
            hint="tp · dp · pp · replicas must not exceed per_node · nodes.",
        )
    work, costs, host = read.workload, read.costs, read.host
    return Fleet(
        chosen,
        read.devices.per_node,
        read.devices.nodes,
        settings,
        read.links.inside_gb_s,
        read.links.between_gb_s or BETWEEN_NODES,
        layout,
        Workload(
            work.context,
            work.concurrency,
            work.input_tokens,
            work.output_tokens,
            work.expert_imbalance,
            "context" not in work.model_fields_set,
        ),
        Prices(costs.price_per_device_hour, costs.currency, costs.price_per_kwh, costs.power_overhead),
        read.devices.power_w,
        host.memory_gib if host else None,
        (host.link_gb_s if host else None) or HOST_LINK,
        file,
    )


def _device(table: DevicesTable) -> Device:
    """The catalogue's device with the file's own numbers in place, or one made of them alone."""
    own = {name: getattr(table, f"{name}_tflops") for name in PRECISIONS}
    found = find(table.type)
    if found is None and table.memory_gib is None:
        return device(table.type)
    missing = Cell(None, reason="not given in the fleet file")
    base = found or Device(
        table.type, missing, missing, dict.fromkeys(PRECISIONS, missing), missing, missing, domain=table.per_node
    )

    def cell(value: float | None, known: Cell) -> Cell:
        return known if value is None else Cell(value, GIVEN)

    return replace(
        base,
        memory=cell(table.memory_gib, base.memory),
        bandwidth=cell(table.bandwidth_gb_s, base.bandwidth),
        peaks={name: cell(own[name], base.peaks[name]) for name in PRECISIONS},
        power=cell(table.power_w, base.power),
    )


def _settings(table: EngineTable, chosen: Device) -> Settings:
    found = engine(table.name, table.version, memory_gib=chosen.memory.value, device=chosen.name)
    return Settings(
        found,
        table.memory_utilization or found.utilization,
        table.cache_dtype,
        table.cache_budget_gib,
        table.block_size,
        table.hybrid_allocator,
        table.prefix_caching,
        table.speculative_tokens,
        table.prediction_modules,
        table.max_num_seqs,
        table.max_batched_tokens,
        table.kernel,
        table.state_slots,
    )


def _layout(table: LayoutTable, read: FleetFile) -> Layout:
    """The layout in this project's words.

    SGLang's tp is the whole group and its dp splits the attention inside: sizes that only fit the fleet when read so
    are.
    """
    devices = read.devices.per_node * read.devices.nodes
    nested = (
        read.engine.name.lower() == "sglang" and table.tp * table.dp * table.pp > devices and table.tp % table.dp == 0
    )
    tp = table.tp // table.dp if nested else table.tp
    ranks = tp * table.dp
    if not isinstance(table.ep, bool) and table.ep not in (1, ranks):
        raise UsageError(
            f"ep is {table.ep}, but experts are spread over tp · dp = {ranks} ranks",
            hint=f"Write ep: true, or ep: {ranks}; other groups are not modelled.",
        )
    spread = table.ep if isinstance(table.ep, bool) else table.ep > 1
    return Layout(tp, spread, table.dp, table.pp, table.dcp, table.redundant_experts, table.replicas)


def _placed(root: Node, path: tuple[str, ...], make: Any) -> Any:
    """Whatever `make` gives; its complaints get the place of the value they are about."""
    try:
        return make()
    except AuditError as error:
        raise UsageError(error.message, place=root.at(path).place, hint=error.hint) from None


def _usage_error(error: ValidationError, root: Node) -> UsageError:
    """The first thing that is wrong, in words, with its place; how many more there are."""
    problems = error.errors(include_url=False)
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    path = tuple(step for step in first["loc"] if isinstance(step, str | int))
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    place, last = root.at(path).place, str(path[-1])
    if first["type"] == "extra_forbidden":
        table = root.at(path[:-1])
        return UsageError(
            f"unknown key {ascii(last)[:60]}{more}",
            place=(table.keys or {}).get(last, place),
            hint=_near(last, path[:-1]),
        )
    if first["type"] == "missing":
        return UsageError(f"'{'.'.join(str(step) for step in path)}' is missing{more}", place=place)
    name = next((step for step in reversed(path) if isinstance(step, str)), last)
    name = name if name in str(place.path or "") or not place.path else str(place.path)
    said = PATTERNS.get(str(first.get("ctx", {}).get("pattern")), first["msg"])
    return UsageError(f"{name}: {said[:1].lower()}{said[1:]}{more}", place=place)


PATTERNS = {"^[A-Z]{3}$": "it is the currency's three capital letters, such as EUR"}
"""What a form is called where a value is not of it."""


def _near(key: str, path: tuple[str | int, ...]) -> str:
    """The key that was meant: often the same word with its unit."""
    from moeaudit.costs import fleet_models

    tables = {name: field.annotation for name, field in fleet_models.FleetFile.model_fields.items()}
    model: Any = fleet_models.FleetFile if not path else tables.get(str(path[0]))
    model = next(
        (kind for kind in getattr(model, "__args__", (model,)) if hasattr(kind, "model_fields")), fleet_models.FleetFile
    )
    known = [field.alias or name for name, field in model.model_fields.items()]
    with_unit = [name for name in known if name.startswith(f"{key}_") or key in name]
    if with_unit:
        return f"Did you mean {with_unit[0]}? Every number carries its unit in its key."
    from moeaudit.nearest import did_you_mean

    return did_you_mean(key, known, otherwise=f"Known keys: {', '.join(known)}.")
