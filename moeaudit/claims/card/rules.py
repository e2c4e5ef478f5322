"""What the words around a figure in a sentence say it counts. The first rule that holds decides; no rule, no claim."""

from __future__ import annotations

import re
from dataclasses import dataclass

from moeaudit.claims.card.labels import CONTEXT, COUNT, HOURS, PARAMETERS, TOKENS

BEFORE = 90
"""Characters before a figure that a rule looks at."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A field, the sort of figure, and the words right before, right after, or anywhere in the sentence."""

    path: str
    sort: str
    after: re.Pattern[str] | None = None
    before: re.Pattern[str] | None = None
    needs: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None

    def holds(self, sentence: str, start: int, end: int) -> bool:
        head = sentence[max(0, start - BEFORE) : start]
        return bool(
            (self.after is None or self.after.match(sentence, end))
            and (self.before is None or self.before.search(head))
            and (self.needs is None or self.needs.search(sentence))
            and (self.never is None or not self.never.search(sentence))
        )


def _words(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def _rule(
    field: str,
    sort: str,
    *,
    after: str | None = None,
    before: str | None = None,
    needs: str | None = None,
    never: str | None = None,
) -> Rule:
    return Rule(field, sort, _words(after), _words(f"(?:{before})$") if before else None, _words(needs), _words(never))


_P = r"(?:trainable |model |unique |learnable )?param(?:eter)?s?\b"
_LINK = r"(?: is| are| of| at| to|:|：|=| only| just| about| around| approximately| roughly| over| \(|（|\s)*"
_CN_LINK = r"(?:为|是|约|仅|只|只有|达到?|高达|约为|仅为|：|:|超过|的|了|\s)*"
_MODEL = (
    r"\b(?:model|moe|mixture|it|architecture|llm|transformer|rout\w+|expert\w*|total|activ\w+)\b|模型|参数|专家|架构"
)
_NO_PEOPLE = (
    r"annotat|\bhir(?:e|ed|ing)\b|interview|consult|panel of"
    r"|human|domain experts?|review(?:er|ed)|specialists|in the field|专家学者|领域专家"
)
_NO_SETTING = (
    r"evaluat|benchmark|\bbench\b|tested|\bwe (?:use|set)\b|output (?:token|length)|max_|--\w|limited to"
    r"|infrastructure|"
    r"sliding|attention window|chunk|output length|thinking budget|\bscores?\b|validated|max steps"
    r"|\btrials\b|num_ctx|default setting|评测|评估"
)

RULES: tuple[Rule, ...] = (
    _rule(
        "architecture.active_non_embedding_parameters",
        PARAMETERS,
        before=r"activ[^.;]{0,60}non-?embedding[:\s]*(?:is |of )?",
    ),
    _rule("architecture.non_embedding_parameters", PARAMETERS, after=rf"[-\s]*non-?embedding {_P}"),
    _rule("architecture.non_embedding_parameters", PARAMETERS, after=r"\s*(?:个)?非嵌入参数"),
    _rule(
        "architecture.mtp_parameters",
        PARAMETERS,
        after=rf"\s*(?:{_P} )?(?:of|for|in) the (?:multi-token"
        rf"|MTP)|\s*MTP\b",
    ),
    _rule(
        "architecture.mtp_parameters",
        PARAMETERS,
        before=rf"(?:MTP|multi-token prediction)[^.;,]{{0,30}}{_LINK}",
        after=rf"[-\s]*{_P}",
    ),
    _rule(
        "architecture.vision_parameters",
        PARAMETERS,
        before=r"(?:vision|image|visual) (?:encoder|tower|transformer)[^.;]{0,30}|ViT[^.;]{0,20}",
    ),
    _rule("architecture.vision_parameters", PARAMETERS, after=rf"[-\s]*(?:{_P} )?(?:vision|visual|ViT)\b"),
    _rule("architecture.total_parameters", PARAMETERS, after=r"\s*(?:of|for|in) the main model\b"),
    _rule("architecture.stored_parameters", PARAMETERS, before=r"total size of .{0,60} is\s*"),
    _rule(
        "architecture.total_parameters",
        PARAMETERS,
        after=rf"[-\s]*(?:\(|（)?(?:in )?(?:total|overall)\b|[-\s]*{_P},?(?: in)? total|\s*(?:的)?总参数",
    ),
    _rule(
        "architecture.active_parameters",
        PARAMETERS,
        after=rf"[-\s]*(?:of (?:them|which|these) )?(?:{_P}\s*)?(?:\(|（)?(?:that |which )?(?:is |are "
        rf"|being |were |get |only )*activ(?:e|ated?|ations?)\b(?! users)"
        rf"|[-\s]*{_P} (?:used |engaged )?per token|\s*(?:个)?(?:的)?(?:参数)?(?:被)?激活|\s*(?:个)?(?:的)?活跃参数",
    ),
    _rule(
        "architecture.active_parameters",
        PARAMETERS,
        before=rf"activ(?:e|ated|ates|ating|ate|ation)(?: {_P}| count)?(?: per token| for each token)?{_LINK}",
    ),
    _rule(
        "architecture.active_parameters",
        PARAMETERS,
        before=rf"(?:激活|活跃(?=参数))(?:了|的)?(?:其中)?(?:参数)?(?:量|规模|数)?{_CN_LINK}",
    ),
    _rule(
        "architecture.total_parameters",
        PARAMETERS,
        before=rf"total(?:ing)? (?:of|{_P}(?: count)?){_LINK}|out of (?:a )?(?:total )?(?:of )?",
    ),
    _rule(
        "architecture.total_parameters",
        PARAMETERS,
        before=rf"(?:总参数|参数总量|参数规模|参数量|总量|总计|总共|总规模|共有?)(?:量|规模|数)?{_CN_LINK}",
    ),
    _rule(
        "architecture.total_parameters",
        PARAMETERS,
        after=rf"\s*(?:{_P} ?)?/\s*\d[\d.]*\s?(?:[BM]|billion|million)\s*(?:{_P} ?)?\(?activ(?:e|ated)\b(?! users)",
    ),
    _rule("architecture.total_parameters", PARAMETERS, after=rf"[-\s]*{_P}(?! (?:are |is )?activ)", needs=_MODEL),
    _rule("architecture.total_parameters", PARAMETERS, after=r"\s*(?:个)?参数(?!的?激活)", needs=_MODEL),
    _rule(
        "governance.training_tokens",
        TOKENS,
        after=r"[-\s]*(?:(?:[\w-]+,? |and ){0,6}?)tokens?\b"
        r"|\s*(?:个)?(?:高质量)?(?:的)?(?:多语言)?(?:训练)?\s?(?:token|词元)",
        needs=r"train|corpus|预训练|训练|语料",
        never=r"context|window|per second|/s\b|per day|throughput|experiment|ablation",
    ),
    _rule(
        "governance.gpu_hours",
        HOURS,
        after=r"[-\s]*(?:[A-Z]{1,6}\d{2,3}\w? )?GPU[- ]?hours?|[-\s]*[AHB]\d{3}[- ]hours?"
        r"|\s*(?:个)?(?:[AH]\d+\s?)?(?:GPU\s?(?:小时|时)|卡时)",
    ),
    _rule(
        "runtime.context_length",
        CONTEXT,
        after=r"[-\s]*(?:tokens?[- ])?(?:of )?(?:long[- ])?(?:context|ctx)\b|[-\s]*(?:tokens? )?(?:seq\w*"
        r"|sequence)[- ]?(?:length|len)|\s*tokens? (?:natively|with YaRN)|\s*length\b"
        r"|\s*(?:的)?(?:token\s?)?(?:的)?(?:超?长)?上下文",
        never=_NO_SETTING,
    ),
    _rule(
        "runtime.context_length",
        CONTEXT,
        before=rf"(?:context|sequence)[ -]?(?:window|length|size)?s?(?: (?:is|was|has|been|supports?"
        rf"|reaches|extends|extended|of|up|to|natively|the|model|full|now|lengths?)){{0,5}}{_LINK}(?:up to )?",
        never=_NO_SETTING,
    ),
    _rule(
        "runtime.context_length",
        CONTEXT,
        before=rf"(?:上下文|序列)(?:长度|窗口)?(?:支持|扩展至|扩展到|可达|最长|最大|至|到)*{_CN_LINK}",
    ),
    _rule(
        "architecture.shared_experts", COUNT, after=r"[-\s]*(?:always-on |isolated )?shared[- ]experts?|\s*个共享专家"
    ),
    _rule(
        "architecture.routed_experts",
        COUNT,
        before=r"\d (?:of|out of)(?: the| its)? ",
        after=r"\s*(?:routed |fine-grained )?experts?\b",
        never=_NO_PEOPLE,
    ),
    _rule(
        "architecture.experts_per_token",
        COUNT,
        after=r"\s*(?:routed )?experts? (?:(?:are|is|being|get) )?(?:used|selected|activated|active|chosen"
        r"|engaged)?\s*(?:per|for each|for every) token"
        r"|\s*(?:activated|active|selected)(?: routed)? experts|\s*(?:routed )?experts? (?:are |being "
        r"|get )?(?:activated|selected|active|used|chosen)"
        r"|\s*(?:of|out of) (?:the |its )?\d{1,4} (?:routed )?experts",
        never=_NO_PEOPLE,
    ),
    _rule(
        "architecture.experts_per_token",
        COUNT,
        before=r"(?:activat\w*|select\w*|rout\w+(?: \w+ token)? to|choos\w*)\s*(?:only |the |top |best |exactly )*",
        after=r"\s*(?:routed )?experts?\b|\s*(?:of|out of) (?:the |its )?\d{1,4}\b(?! layers)",
        needs=r"expert",
    ),
    _rule(
        "architecture.experts_per_token",
        COUNT,
        before=r"experts?,? of which (?:only )?",
        after=r"\s*(?:are|is) (?:active|activated|selected|used)\b",
    ),
    _rule(
        "architecture.experts_per_token",
        COUNT,
        before=r"experts?\s?[,;:(（，]?\s*(?:and |with )?(?:only |just )?",
        after=r"\s*(?:of (?:which|them|these|whom) )?(?:(?:are|is|being|get) )?"
        r"(?:selected|activated|active|chosen|used)\b(?! (?:param|layers?|blocks?))",
        never=_NO_PEOPLE,
    ),
    _rule(
        "architecture.experts_per_token",
        COUNT,
        before=r"(?:激活|选择|选中|路由到|选取)(?:其中)?(?:的)?\s*",
        after=r"\s*个(?:路由)?专家",
    ),
    _rule(
        "architecture.routed_experts",
        COUNT,
        after=r"\s*(?:total |routed |routing |fine-grained |small |sparse |feed-forward "
        r"|FFN )*experts?\b(?! (?:per token|are (?:activ|select)|for each))",
        needs=_MODEL,
        never=_NO_PEOPLE,
    ),
    _rule("architecture.routed_experts", COUNT, after=r"\s*个(?:路由|细粒度|稀疏)*专家", never=_NO_PEOPLE),
    _rule("architecture.dense_layers", COUNT, after=r"\s*dense layers?\b", never=r"first \d|every|each"),
    _rule("architecture.moe_layers", COUNT, after=r"\s*MoE layers\b"),
    _rule(
        "architecture.layers",
        COUNT,
        after=r"[-\s]*(?:transformer |hidden |decoder |total )*layers?\b",
        needs=r"model|transformer|architecture|consist|contains|complete set|\bhas\b|stack",
        never=r"(?:first|last|every|each|per|next|bottom|remaining|other) \d|draft|encoder|MTP|multi-token",
    ),
    _rule(
        "architecture.layers",
        COUNT,
        before=r"(?:共|共有|总共|包含|包括|由|深度为?)\s*",
        after=r"\s*(?:个)?(?:Transformer\s?)?层",
    ),
)

LISTED = re.compile(r"\d\s?(?:[BTMKbtmk]|billion|trillion|million)(?:[,、]\s?(?:and |or )?|\s(?:and|or)\s)$")
"""A figure at the end of a list of bare figures is one of several models' or stages'."""
CHANGED = re.compile(r"\bfrom\s(?:\D{0,8}|[^.;]{0,12}\d(?:(?!\bto\b)[^.;]){0,50})$", re.IGNORECASE)
"""The old value in "scales from 355B parameters (32B active) to 744B"."""
GROWS = re.compile(
    r"\b(?:increas|scal|expand|extend|grow|rais|upgrad|improv|reduc)\w*\b[^.;]{0,60}\bfrom\s$", re.IGNORECASE
)

NOT_THE_MODEL = re.compile(
    r"[-\s]*(?:param\w*\s*)?(?:per|/|in each|for each|of each)\s*(?:expert|block|layer|module)|\s*(?:for"
    r"|of) (?:the )?(?:embedding|output head)",
    re.IGNORECASE,
)
PART_OF_IT = re.compile(
    r"(?:each|per|every|single|individual|每个|单个)\s?(?:expert|layer|block|module|head|专家|层)(?:\s\w+){0,2}\s*$"
    r"|(?:draft|reward|teacher|judge|student|dense|baseline|smaller|larger|other|another"
    r"|embedding) (?:transformer )?(?:model|baseline)s?(?:\s\w+){0,3}\s*$",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"(?:\bnot|n't|\bnever|\brather than|\binstead of|\bno longer|\bneither|并非|不是|而非|而不是)\s*(?:\w+\s){0,3}$",
    re.IGNORECASE,
)
SUPPOSED = re.compile(
    r"\b(?:if|would|suppose|imagine|hypothetical\w*|for example|for instance|an example|e\.g|such as"
    r"|will (?:be|have|release)|plan(?:s|ned)? to|upcoming|"
    r"rumou?r\w*|allegedly|reportedly|some (?:sites|people|sources)|often (?:misquoted|called))\b"
    r"|假设|例如|比如|即将|据传|传闻",
    re.IGNORECASE,
)
COMPARED = re.compile(
    r"(?:\b(?:than|versus|vs|compared (?:to|with)|outperform\w*|surpass\w*|rival\w*|beat\w*|comparable to"
    r"|similar to|on par with|match\w*|against|"
    r"unlike|exceed\w* (?:the )?performance|class of|equivalent to|level of|ranging)\b|超越|相比|优于|媲美|堪比|对比"
    r"|相较|不如)[^,;，；。]*$",
    re.IGNORECASE,
)
COMPARISON_CLAUSE = re.compile(
    r"^\W*(?:unlike|like|compared (?:to|with)|consistent with|similar to|building on|based on|relative to"
    r"|in contrast to|whereas|与|相比|不同于)",
    re.IGNORECASE,
)
