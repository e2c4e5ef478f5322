"""What reading the config and its quantisation already noticed: one rule per notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.needs import Need
from moeaudit.checks.rule import Report, Rule
from moeaudit.errors import Place
from moeaudit.ledger.inspection import Inspection
from moeaudit.text import visible

FAMILY = "evidence integrity"

WHEN_SETTLED = {
    "wrapper-unknown": "Nothing has to be mended: what the weights hold beside the language model is counted apart.",
    "config-section-uncounted": "Nothing has to be mended: what the weights hold of the part is counted.",
    "quantization-unknown": "Use a documented scheme.",
    "quantization-overrides": "Nothing has to be mended: the bytes are those of the weights.",
}
"""Instead of the advice to read the headers."""


TOLD_BY_HEADERS = frozenset({"dtype-assumed"})
"""What is assumed only until the headers of the weight files, which list the type of each tensor, are read."""


def _noticed(rule: str) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        evidence = facts.seen.evidence
        if rule in TOLD_BY_HEADERS and evidence.headers is not None and not evidence.synthesised:
            return
        for notice in facts.seen.notices:
            if notice.rule == rule:
                yield Report(
                    visible(notice.message),
                    Place(notice.file, path=notice.path or None),
                    claimed="; ".join(f"{name} = {visible(str(value), limit=80)}" for name, value in notice.values)
                    or None,
                    tip=_tip(rule, facts.seen),
                )

    return check


def _tip(rule: str, inspection: Inspection) -> str:
    """What else to do where the headers were read, or are not needed: the rule's own advice is to read them."""
    evidence = inspection.evidence
    seen = evidence.headers is not None or evidence.index is not None
    return WHEN_SETTLED.get(rule, "") if seen and inspection.account.needs is None else ""


def _rule(
    id: str,
    title: str,
    why: str,
    decided: str,
    fix: str,
    *,
    severity: Severity = Severity.WARNING,
    outcome: Outcome = Outcome.CONTRADICTED,
    example: str = "",
    url: str = "",
    since: str = "0.1",
) -> Rule:
    return Rule(
        id,
        FAMILY,
        title,
        why=why,
        decided=decided,
        fix=fix,
        check=_noticed(id),
        needs=(Need.EVIDENCE,),
        severity=severity,
        outcome=outcome,
        example=example,
        url=url,
        since=since,
    )


NOTICED: tuple[Rule, ...] = (
    _rule(
        "config-aliases-contradict",
        "two names of one config field disagree",
        "Loaders differ in which name they read, so one repo is two models.",
        "Both aliases are present in config.json and their values differ.",
        "Keep one of the two, or make them equal.",
        example="expert counts stand under four different keys",
        url="https://github.com/anthony-chaudhary/fak/issues/1027",
    ),
    _rule(
        "config-model-type",
        "model_type does not name the model",
        "Tools that trust model_type read a sparse model as dense, or not at all.",
        "model_type is unknown or names another family than `architectures` and the expert fields do.",
        "Set model_type to the family's own.",
        example="an unread expert key makes a sparse model count as dense",
        url="https://github.com/huggingface/trl/issues/7069",
    ),
    _rule(
        "config-other-head",
        "the class that saved the model keeps another head",
        "A classifier's head has a row for each label, a language model's one for each token: totals differ by that.",
        "The class in `architectures` is a classifier, a bare model or a draft, and the family's own head is counted.",
        "Read the weights' headers to count the head that is stored.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
    _rule(
        "wrapper-unknown",
        "only the language model inside an unknown wrapper is counted",
        "Encoders and projectors of the wrapper are parameters too; the total leaves them out.",
        "model_type and architectures name no known family, and a section of config.json does.",
        "Read the weights' headers to count the rest.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
    _rule(
        "params-contradict",
        "config.json and params.json describe different models",
        "A repo with both layouts is loaded by either, and the two loaders then run two models.",
        "Both are read as the families' code reads them, and total or active parameters differ.",
        "Correct the one that the weights do not bear out.",
    ),
    _rule(
        "second-description",
        "the folder describes more than one model",
        "Tools choose between them in different orders, and one name then stands for two counts.",
        "config.json is read before params.json, adapter_config.json and model_index.json, and safetensors files "
        "before converted ones beside them; what else is there is named.",
        "Give what is meant by itself: the adapter, the pipeline or the converted file in a folder of its own.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        since="0.2",
    ),
    _rule(
        "adapter-misfit",
        "the adapter's weights do not fit its config or its base",
        "An adapter is loaded onto its base by names and sizes; what does not fit is refused, or silently left out.",
        "Its matrices have another rank than adapter_config.json states, or are of layers, experts or sizes that the "
        "base has not.",
        "Name the base that it was trained on, and its own rank.",
        severity=Severity.ERROR,
    ),
    _rule(
        "default-assumed",
        "config.json leaves open a number that moves a count",
        "Loaders fill the gap with a default of their own; another value makes another model.",
        "A number is not stated, and another value of it moves total or active parameters by more than 1 %.",
        "Write the number into config.json.",
        outcome=Outcome.INCOMPLETE,
    ),
    _rule(
        "mtp-undeclared",
        "the weights hold prediction modules that config.json does not declare",
        "Loaders that follow the config leave them out, and totals differ by whether they count.",
        "Nothing in config.json asks for these tensors, and with the field set they are all explained.",
        "Set the field to the number of modules that are stored.",
    ),
    _rule(
        "config-unusable",
        "config.json contradicts its own family",
        "Only the weights say then what the model is; there is no second witness.",
        "A field has a value that the family's code cannot build, and the headers were counted instead.",
        "Correct the field that the message names.",
    ),
    _rule(
        "config-field-ignored",
        "config.json sets a field that this family's code ignores",
        "A reader who trusts the field counts another model than the code builds.",
        "The family's published code never reads the field, or overrides it.",
        "Remove the field, or set it to what the code does.",
        example="mlp_only_layers is read by some tools and ignored by others",
        url="https://github.com/huggingface/trl/issues/7069",
    ),
    _rule(
        "config-section-missing",
        "config.json lacks the section of a part that its class builds",
        "The part's parameters cannot be derived, so totals leave it out.",
        "The class named in architectures builds an encoder whose section is not in config.json.",
        "Add the section.",
        outcome=Outcome.INCOMPLETE,
    ),
    _rule(
        "config-section-uncounted",
        "a section of config.json describes a part that is not counted",
        "Totals leave the part out, and the message says so.",
        "The section is known to exist, but its tensors are not derived.",
        "Read the weights' headers to count it.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
    _rule(
        "config-layers-differ",
        "two fields of config.json give different numbers of layers",
        "Which layers are sparse, and how many there are, then depends on who reads the file.",
        "The layer pattern's length is held against num_hidden_layers.",
        "Make the pattern and the number of layers agree.",
        example="MoE-LLaVA: 32 layers in the paper, 24 in the config",
        url="https://github.com/PKU-YuanGroup/MoE-LLaVA/issues/80",
    ),
    _rule(
        "config-list-longer",
        "a list of config.json goes beyond the layers there are",
        "What stands behind the last layer does nothing; a reader who counts it counts another model.",
        "Lists with an entry for each layer, and lists of layer numbers, are held against the number of layers. "
        "Entries of prediction modules count as theirs.",
        "Cut the list to the layers there are, or correct the number of layers.",
        severity=Severity.NOTE,
    ),
    _rule(
        "config-list-shorter",
        "a list of config.json ends before the layers do",
        "Nobody can tell what the last layers are, and no loader builds them.",
        "Lists with an entry for each layer are held against the number of layers; the headers were counted instead.",
        "Write an entry for every layer, or correct the number of layers.",
        severity=Severity.ERROR,
    ),
    _rule(
        "placement-differs",
        "two fields place the sparse layers differently",
        "Loaders that read the one or the other build two models.",
        "The stated number of sparse layers is held against the one that the stated step makes.",
        "Make the number and the step agree.",
        example="the rule for sparse layers is off by one",
        url="https://github.com/huggingface/trl/issues/7069",
    ),
    _rule(
        "dtype-assumed",
        "config.json does not say in which type the weights are stored",
        "Bytes and bits per parameter rest on an assumption.",
        "Neither torch_dtype nor dtype names a known type.",
        "Write torch_dtype (dtype) into config.json.",
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        example="bits per parameter reveal a wrong count only where the stored type is known",
        url="https://github.com/0xBakeer/inference-atlas/issues/153",
    ),
    _rule(
        "quantization-unknown",
        "part of the quantisation is not understood",
        "Stored bytes and element counts of these weights cannot be derived.",
        "The method, scheme or group of quantization_config is none of the known ones.",
        "Use a documented scheme, or read the weights' headers.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        example="stored types that a counter does not know: Kimi-K2.5 counted as 170B instead of 1.03T",
        url="https://github.com/huggingface/huggingface.js/issues/2003",
    ),
    _rule(
        "quantization-method-missing",
        "quantization_config names no method",
        "Loaders guess, and guess differently.",
        "quantization_config has settings but no quant_method.",
        "Write quant_method.",
        outcome=Outcome.INCOMPLETE,
        example="quantization_config holds a version and no quant_method",
        url="https://github.com/vllm-project/compressed-tensors/pull/174",
    ),
    _rule(
        "quantization-modules-missing",
        "quantization_config does not say which modules it covers",
        "Whether experts or attention are quantised decides the bytes.",
        "The section names an algorithm and neither targets nor exclusions.",
        "List the modules that are quantised, or those that are not.",
        outcome=Outcome.INCOMPLETE,
    ),
    _rule(
        "quantization-pattern-refused",
        "a module pattern of quantization_config cannot be applied",
        "The pattern selects nothing here and something elsewhere.",
        "The pattern is no valid expression, or is refused as too costly to evaluate.",
        "Write plain module names.",
        outcome=Outcome.UNVERIFIABLE,
    ),
    _rule(
        "quantization-contradicts",
        "two parts of the quantisation settings disagree",
        "Bytes follow from one of them and loaders may follow the other.",
        "The algorithm in config.json is held against the one in hf_quant_config.json.",
        "Make them agree.",
        example="DeepSeek-V4-Pro: expert_dtype outside quantization_config, 0.86T counted of 1.60T",
        url="https://github.com/huggingface/huggingface.js/issues/2323",
    ),
    _rule(
        "quantization-block-assumed",
        "the block size of the scales is not stated",
        "The number of scales, and so the bytes, rests on the method's default.",
        "The method needs a block size and quantization_config gives none.",
        "Write weight_block_size.",
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
    ),
    _rule(
        "quantization-overrides",
        "single modules are quantised in their own way",
        "One figure of bits per weight does not describe the checkpoint.",
        "quantization_config sets modules apart in a way that is not followed module by module.",
        "Read the weights' headers for exact bytes.",
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
    ),
)
