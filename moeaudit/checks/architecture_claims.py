"""Claims on the architecture held against the counts: one rule per item, and the rules on denominators."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.claims.claim import Origin
from moeaudit.claims.figures import Value
from moeaudit.claims.verdicts import Judgement, Verdict
from moeaudit.text import exact, short, visible

FAMILY = "claims"

ITEMS: tuple[tuple[str, str, str, str, str], ...] = (
    ("total_parameters", "total", "Buyers compare models by it, and storage is planned on it.",
     "Mixtral 8x7B \"45B\" in third-party lists; its published total is 46.7B", "https://mistral.ai/news/mixtral-of-experts"),
    ("active_parameters", "active", "Speed and cost per token are read off it.",
     "Mistral-Large-3 \"22B active\"; the vendor's card says 41B", "https://github.com/vllm-project/recipes"),
    ("non_embedding_parameters", "non-embedding", "Scaling laws take it as N.", "", ""),
    ("routed_experts", "experts", "Expert-parallel layouts are planned on it.",
     "Kimi K2 experts \"unknown\": its config says 384", "https://github.com/MoonshotAI/Kimi-K2"),
    ("experts_per_token", "experts-per-token", "It decides the active parameters and the traffic between devices.",
     "DeepSeek-R1 \"shared + top-2\": 1 shared and 8 of 256", "https://github.com/deepseek-ai/DeepSeek-V3"),
    ("shared_experts", "shared-experts", "Shared experts are active for every token and replicated over devices.", "", ""),
    ("layers", "layers", "Cache, latency and pipeline stages follow from it.",
     "MoE-LLaVA: 32 layers in the paper, 24 in the config", "https://github.com/PKU-YuanGroup/MoE-LLaVA/issues/80"),
    ("moe_layers", "moe-layers", "The routed share is summed over these layers.", "", ""),
    ("dense_layers", "dense-layers", "They are active for every token.", "", ""),
)
"""Field of the claim file, name in the rule's id, why it matters, a wild example and its link."""


def _contradicted(path: str) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        for statement in facts.stated(path):
            if statement.claim.origin is not Origin.NAME and statement.judgement.verdict is Verdict.CONTRADICTED:
                yield contradiction(statement, facts)

    return check


def contradiction(statement: Statement, facts: Facts) -> Report:
    """Both sides of a contradicted claim, with the nearest count. Roles known by words alone prove nothing."""
    claim, nearest = statement.claim, statement.judgement.nearest
    assert nearest is not None
    gap = f"{float(100 * nearest.gap):+.1f} %"
    proved = facts.inspection is not None and facts.inspection.architecture is not None
    return Report(
        f"{visible(claim.printed, limit=80)} fits no count of its kind; the nearest is {nearest.denominator} = {shown(nearest.value)} ({gap})",
        claim.location, claimed=f"{visible(claim.printed, limit=80)}{_of(claim.denominator)}",
        derived=f"{nearest.denominator} = {shown(nearest.value)}", tip=f"Write {suggestion(nearest.denominator, nearest.value)}, or correct the evidence.",
        severity=None if proved else Severity.WARNING)


def _elsewhere(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        if statement.judgement.verdict is Verdict.REPRODUCED_ELSEWHERE and statement.claim.denominator:
            yield Report(
                f"{visible(statement.claim.printed, limit=80)} is not {statement.claim.denominator} as stated, but {fitting(statement.judgement)}",
                statement.claim.location, claimed=f"{visible(statement.claim.printed, limit=80)}{_of(statement.claim.denominator)}",
                derived=fitting(statement.judgement), tip=f"State the denominator: {statement.judgement.denominator}.")


def _unstated(facts: Facts) -> Iterable[Report]:
    for statement in facts.stated("architecture.total_parameters", "architecture.active_parameters"):
        if statement.judgement.verdict is Verdict.AMBIGUOUS and statement.claim.origin is not Origin.NAME:
            yield Report(f"{visible(statement.claim.printed, limit=80)} names no denominator and several counts fit: {fitting(statement.judgement)}",
                         statement.claim.location, claimed=visible(statement.claim.printed, limit=80), derived=fitting(statement.judgement))


def _inferred(facts: Facts) -> Iterable[Report]:
    for statement in facts.stated("architecture.total_parameters", "architecture.active_parameters"):
        if statement.judgement.verdict is Verdict.INFERRED and statement.claim.origin is not Origin.NAME:
            yield Report(f"{visible(statement.claim.printed, limit=80)} names no denominator; {statement.judgement.denominator} alone fits",
                         statement.claim.location, claimed=visible(statement.claim.printed, limit=80), derived=fitting(statement.judgement),
                         tip=f"State the denominator: {statement.judgement.denominator}.")


def _name(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        if statement.claim.origin is Origin.NAME and statement.judgement.verdict is Verdict.CONTRADICTED:
            yield contradiction(statement, facts)


def fitting(judgement: Judgement) -> str:
    """`active.head rounds, active.full truncates`."""
    return ", ".join(f"{name} {match}" for name, match in judgement.fits.items())


def shown(value: Value) -> str:
    """An exact value, or the ends of a range."""
    if isinstance(value, tuple):
        return f"{exact(int(value[0]))} to {exact(int(value[2]))}"
    return exact(int(value))


def suggestion(name: str, value: Value) -> str:
    """Text to put into a card: the short figure with its denominator."""
    return f"{short(int(value[1] if isinstance(value, tuple) else value))} ({name})"


def _of(denominator: str | None) -> str:
    return f" ({denominator})" if denominator else ""


ARCHITECTURE: tuple[Rule, ...] = (
    *(Rule(f"{word}-contradicted", FAMILY, f"the claimed {path.replace('_', ' ')} fits no count", why=why,
           decided="The printed figure, rounded or truncated at its own precision, is compared with every denominator of its kind; none fits.",
           fix="State a figure that the published files give, with its denominator.", check=_contradicted(f"architecture.{path}"),
           example=example, url=url, severity=Severity.ERROR)
      for path, word, why, example, url in ITEMS),
    Rule("denominator-wrong", FAMILY, "the figure is right for another denominator than the stated one",
         why="The reader takes the number for something it is not.",
         decided="The figure does not fit the stated denominator, but fits another of its kind.",
         example="DeepSeek-V3 \"36.7B including embedding and head\": that sum is 37.55B",
         url="https://github.com/deepseek-ai/DeepSeek-V3/blob/main/README_WEIGHTS.md",
         fix="State the denominator that the figure follows.", check=_elsewhere, severity=Severity.ERROR),
    Rule("denominator-unstated", FAMILY, "a size without a denominator, and several counts fit",
         why="Two models whose sizes follow different rules cannot be compared.",
         decided="No denominator is stated, and denominators with different values fit the printed figure.",
         example="\"how is the 37B computed?\"", url="https://github.com/deepseek-ai/DeepSeek-V3/issues/549",
         fix="Name the denominator beside the figure.", check=_unstated, outcome=Outcome.INCOMPLETE, severity=Severity.NOTE),
    Rule("denominator-inferred", FAMILY, "a size without a denominator, though exactly one count fits",
         why="The reader has to do the inference again.",
         decided="No denominator is stated, and exactly one value fits the printed figure.",
         example="Which parameters count as active?", url="https://github.com/deepseek-ai/DeepSeek-V2/issues/73",
         fix="Name the denominator beside the figure.", check=_inferred, outcome=Outcome.INCOMPLETE, severity=Severity.NOTE, persona=Persona.PEDANTIC),
    Rule("name-contradicted", FAMILY, "the size in the model's name fits no count",
         why="The name is what people remember and compare.",
         decided="Sizes in the repo's name (30B-A3B, 8x7B) are read as claims and compared like printed figures.",
         example="gpt-oss \"120B\" has 116.8B", url="https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
         fix="Say in the card which count the name follows.", check=_name, severity=Severity.NOTE),
)
