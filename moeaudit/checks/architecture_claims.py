"""Claims on the architecture held against the counts: one rule per item, and the rules on denominators."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.mistaken_figures import explanation
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import contradiction, fitting, left_open, of, once, printed, report, shown, written
from moeaudit.claims.claim import Origin
from moeaudit.claims.verdicts import Verdict

FAMILY = "claims"

ITEMS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "total_parameters",
        "total",
        "Buyers compare models by it, and storage is planned on it.",
        'Mixtral 8x7B "45B" in third-party lists; its published total is 46.7B',
        "https://mistral.ai/news/mixtral-of-experts",
    ),
    (
        "active_parameters",
        "active",
        "Speed and cost per token are read off it.",
        'Mistral-Large-3 "22B active"; the vendor\'s card says 41B',
        "https://github.com/vllm-project/recipes",
    ),
    ("non_embedding_parameters", "non-embedding", "Scaling laws take it as N.", "", ""),
    (
        "active_non_embedding_parameters",
        "active-non-embedding",
        "Scaling laws of sparse models take it as N.",
        "DeepSeek-V2-Lite 2.4B active; a reader counts 2.6B with embeddings",
        "https://github.com/deepseek-ai/DeepSeek-V2/issues/73",
    ),
    (
        "embedding_parameters",
        "embedding",
        "Models with large vocabularies are compared without their tables.",
        "the embedding field holds the size of the vision encoder",
        "https://github.com/embeddings-benchmark/mteb/issues/4592",
    ),
    (
        "attention_parameters",
        "attention",
        "It is active for every token, and says how much of a model is not experts.",
        "gpt-oss-20b: attention 0.64B beside MLP 19.12B",
        "https://arxiv.org/abs/2508.10925",
    ),
    (
        "mlp_parameters",
        "mlp",
        "It says how much of the model the experts and dense feed-forward layers are.",
        "gpt-oss-20b: MLP 19.12B of 20.91B",
        "https://arxiv.org/abs/2508.10925",
    ),
    (
        "expert_parameters",
        "expert-size",
        "Expert-parallel memory is planned on it.",
        "",
        "",
    ),
    (
        "stored_parameters",
        "stored",
        "Storage and weight security are planned on it.",
        "safetensors.total = 333,312 for a 7.6B model",
        "https://github.com/huggingface/huggingface_hub/issues/4221",
    ),
    (
        "mtp_parameters",
        "mtp",
        "It says what a total with prediction modules includes.",
        "DeepSeek-V3 14B: 11.6B of its own, 13.5B with copies",
        "https://github.com/deepseek-ai/DeepSeek-V3",
    ),
    (
        "vision_parameters",
        "vision",
        "It says what a total with encoders includes.",
        "a vision tower given as 3.3B has about 1.8B",
        "https://github.com/manjunathshiva/turboquant-mlx/issues/85",
    ),
    ("audio_parameters", "audio", "It says what a total with encoders includes.", "", ""),
    (
        "routed_experts",
        "experts",
        "Expert-parallel layouts are planned on it.",
        "MoE-LLaVA and others: paper and config differ",
        "https://github.com/JieShibo/MoLE/issues/7",
    ),
    (
        "experts_per_token",
        "experts-per-token",
        "It decides the active parameters and the traffic between devices.",
        "MoLE: top-10 in the paper, top-2 in the config",
        "https://github.com/JieShibo/MoLE/issues/7",
    ),
    (
        "shared_experts",
        "shared-experts",
        "Shared experts are active for every token and replicated over devices.",
        "Nemotron 3 Nano: 1 in one document, 2 in another",
        "https://github.com/NVIDIA-NeMo/Nemotron",
    ),
    (
        "layers",
        "layers",
        "Cache, latency and pipeline stages follow from it.",
        "MoE-LLaVA: 32 layers in the paper, 24 in the config",
        "https://github.com/PKU-YuanGroup/MoE-LLaVA/issues/80",
    ),
    (
        "moe_layers",
        "moe-layers",
        "The routed share is summed over these layers.",
        "a layer rule off by one, mlp_only_layers ignored",
        "https://github.com/huggingface/trl/issues/7069",
    ),
    ("dense_layers", "dense-layers", "They are active for every token.", "", ""),
)
"""Field of the claim file, name in the rule's id, why it matters, a wild example and its link."""


def _contradicted(path: str) -> Callable[[Facts], Iterable[Report]]:
    """Contradicted figures that no other rule explains better."""

    def check(facts: Facts) -> Iterable[Report]:
        for statement in facts.written(path):
            plain = statement.judgement.verdict is Verdict.CONTRADICTED and statement.claim.denominator is None
            if plain and explanation(statement, facts) is None:
                yield contradiction(statement, facts)

    return check


def _definition(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        stated = statement.claim.denominator
        if statement.judgement.verdict is Verdict.CONTRADICTED and stated and explanation(statement, facts) is None:
            value = facts.known.get(stated)
            if value is None:
                yield contradiction(statement, facts)
            else:
                yield report(
                    statement,
                    facts,
                    f"{printed(statement.claim)} is said to be {stated}, but that sum is {shown(value)}, and no other "
                    f"fits",
                    f"{stated} = {shown(value)}",
                    f"{written(stated, value, facts)}.",
                )


def _undecided(facts: Facts) -> Iterable[Report]:
    for statement in once(facts.statements):
        name = statement.judgement.unsettled
        if statement.judgement.verdict is Verdict.UNVERIFIABLE and name:
            value = facts.known.get(name)
            yield Report(
                f"{printed(statement.claim)} can be neither borne out nor disproved: {statement.judgement.reason}",
                statement.claim.location,
                claimed=f"{printed(statement.claim)}{of(statement.claim.denominator)}",
                derived=f"{name} = {shown(value)}{left_open(name, facts)}" if value is not None else None,
            )


def _elsewhere(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        if statement.judgement.verdict is Verdict.REPRODUCED_ELSEWHERE and statement.claim.denominator:
            yield report(
                statement,
                facts,
                f"{printed(statement.claim)} is not {statement.claim.denominator} as stated, but {fitting(statement)}",
                fitting(statement),
                f"State the denominator: {statement.judgement.denominator}.",
            )


def _unstated(facts: Facts) -> Iterable[Report]:
    for statement in _sizes(facts, Verdict.AMBIGUOUS):
        yield Report(
            f"{printed(statement.claim)} names no denominator and several counts fit: {fitting(statement)}",
            statement.claim.location,
            claimed=printed(statement.claim),
            derived=fitting(statement),
        )


def _inferred(facts: Facts) -> Iterable[Report]:
    for statement in _sizes(facts, Verdict.INFERRED):
        yield Report(
            f"{printed(statement.claim)} names no denominator; {statement.judgement.denominator} alone fits",
            statement.claim.location,
            claimed=printed(statement.claim),
            derived=fitting(statement),
            tip=f"State the denominator: {statement.judgement.denominator}.",
        )


def _sizes(facts: Facts, verdict: Verdict) -> Iterable[Statement]:
    """Total and active parameters with this verdict, repetitions left out."""
    return (
        statement
        for statement in once(facts.written("architecture.total_parameters", "architecture.active_parameters"))
        if statement.judgement.verdict is verdict
    )


def _name(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        if statement.claim.origin is Origin.NAME and statement.judgement.verdict is Verdict.CONTRADICTED:
            claim, nearest = statement.claim, statement.judgement.nearest
            assert nearest is not None
            yield Report(
                f"the name says {printed(claim)}{of(claim.denominator)}; the nearest count is {nearest.denominator} = "
                f"{shown(nearest.value)}",
                claim.location,
                claimed=printed(claim),
                derived=f"{nearest.denominator} = {shown(nearest.value)}",
            )


ARCHITECTURE: tuple[Rule, ...] = (
    *(
        Rule(
            f"{word}-contradicted",
            FAMILY,
            f"the claimed {path.replace('_', ' ')} fits no count",
            why=why,
            decided="The printed figure, rounded or truncated at its own precision, is compared with every "
            "denominator of its kind; none fits.",
            fix="State a figure that the published files give, with its denominator.",
            check=_contradicted(f"architecture.{path}"),
            example=example,
            url=url,
            severity=Severity.ERROR,
        )
        for path, word, why, example, url in ITEMS
    ),
    Rule(
        "definition-contradicted",
        FAMILY,
        "the stated sum is not the stated figure",
        why="A definition is given so that the figure can be checked, and it fails the check.",
        decided="The figure fits neither the stated denominator nor any other of its kind.",
        example='DeepSeek-V3 "36.7B including embedding and head": that sum is 37.55B',
        url="https://github.com/deepseek-ai/DeepSeek-V3/blob/main/README_WEIGHTS.md",
        fix="Correct the figure, or the definition.",
        check=_definition,
        severity=Severity.ERROR,
    ),
    Rule(
        "claim-unsettled",
        FAMILY,
        "the count that would decide the claim is not settled",
        why="A figure is held against proof alone; here the files leave part of the count open.",
        decided="The figure fits no count as it is, and lies within what is open of one.",
        fix="Settle the count first: read deeper, or complete the files.",
        check=_undecided,
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        example="the true size of an EXL3 repo, called false by a count of its packed elements",
        url="https://github.com/FlashML-org/FreeToken/issues/362",
    ),
    Rule(
        "denominator-wrong",
        FAMILY,
        "the figure is right for another denominator than the stated one",
        why="The reader takes the number for something it is not.",
        decided="The figure does not fit the stated denominator, but fits another of its kind.",
        example="GLM-4.5's 355B is the total without embeddings and with prediction modules",
        url="https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
        fix="State the denominator that the figure follows.",
        check=_elsewhere,
        severity=Severity.ERROR,
    ),
    Rule(
        "denominator-unstated",
        FAMILY,
        "a size without a denominator, and several counts fit",
        why="Two models whose sizes follow different rules cannot be compared.",
        decided="No denominator is stated, and denominators with different values fit the printed figure.",
        example='"how is the 37B computed?"',
        url="https://github.com/deepseek-ai/DeepSeek-V3/issues/549",
        fix="Name the denominator beside the figure.",
        check=_unstated,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
    ),
    Rule(
        "denominator-inferred",
        FAMILY,
        "a size without a denominator, though exactly one count fits",
        why="The reader has to do the inference again.",
        decided="No denominator is stated, and exactly one value fits the printed figure.",
        example="Which parameters count as active?",
        url="https://github.com/deepseek-ai/DeepSeek-V2/issues/73",
        fix="Name the denominator beside the figure.",
        check=_inferred,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "name-contradicted",
        FAMILY,
        "the size in the model's name fits no count",
        why="The name is what people remember and compare.",
        decided="Sizes in the repo's name (30B-A3B, 17B-16E) are read as claims and compared like printed figures.",
        example='gpt-oss "120b" has 116.8B',
        url="https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
        fix="Say in the card which count the name follows.",
        check=_name,
        severity=Severity.NOTE,
    ),
)
