"""How much of what others wrote is worked on: every limit, its unit, the largest published example, and its line.

Beyond a limit the answer is an error that names it, at once (of a card, a notice: the rest is read). Together they hold
any input below 5 seconds and 300 MB. `docs/limits.md` is made of this file; `tests/hostile` tries each limit at its
edges. Nothing is imported here: every room reads its limits from the start. One stands elsewhere, since it is needed
before anything is read: the characters of an error's line (`errors.LONGEST`).
"""

from __future__ import annotations


class Limit(int):
    """A number beyond which an input is not worked on. `unit`: of what; `why`: the largest published example, or what
    it guards; `says`: the words that name it, with `{}` for the number."""

    unit: str
    why: str
    says: str

    def __new__(cls, value: int, unit: str, why: str, says: str = "") -> Limit:
        made = super().__new__(cls, value)
        made.unit, made.why, made.says = unit, why, says
        return made

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        """A copy is the number alone: a place may stand at a limit, and goes into reports and to other processes."""
        return int, (int(self),)

    def words(self) -> str:
        """The words of its line, the number in place."""
        return self.says.replace("{}", f"{int(self):,}")


KB, MB = 1_000, 1_000_000
LARGE_FILE = "bytes, more than the limit of {}"

# Bytes of one file

CONFIG_BYTES = Limit(
    8 * MB, "bytes of a config.json or quantisation file", "published ones stay below 2 MB", LARGE_FILE
)
DOCUMENT_BYTES = Limit(
    1 * MB,
    "bytes of a params.json, adapter_config.json or model_index.json",
    "published ones stay below 100 kB, lists of every module that an adapter trains among them",
    LARGE_FILE,
)
INDEX_BYTES = Limit(100 * MB, "bytes of a weight index", "the largest published ones have 20 MB", LARGE_FILE)
CARD_BYTES = Limit(20 * MB, "bytes of a card", "pictures written into the text make some large", LARGE_FILE)
EVIDENCE_BYTES = Limit(8 * MB, "bytes of an evidence file", "the recorded ones stay below 20 kB", LARGE_FILE)
SPEC_BYTES = Limit(500 * KB, "bytes of a spec file", "the shipped ones stay below 3 kB", LARGE_FILE)
CLAIMS_BYTES = Limit(2 * MB, "bytes of a claim file", "the shipped ones stay below 2 kB", LARGE_FILE)
FLEET_BYTES = Limit(200 * KB, "bytes of a fleet file", "a file that uses every key has 2 kB", LARGE_FILE)
SETTINGS_BYTES = Limit(1 * MB, "bytes of moeaudit.yaml or pyproject.toml", "large ones have 50 kB", LARGE_FILE)
PACKET_BYTES = Limit(16 * MB, "bytes of a packet that is made again", "one with a long card has 100 kB", LARGE_FILE)
CATALOGUE_BYTES = Limit(16 * MB, "bytes of a catalogue", "the largest published ones have 4 MB", LARGE_FILE)
RECORD_BYTES = Limit(
    200 * KB,
    "characters of one TOML record of a catalogue",
    "published ones stay below 20 kB",
    "more than {} characters",
)
POINTER_BYTES = Limit(1024, "bytes of a git-lfs pointer", "docs/spec.md of git-lfs: less than 1024 bytes")
GIT_CONFIG_BYTES = Limit(65_536, "bytes read of .git/config", "what is behind them is left unread")
TOKEN_BYTES = Limit(
    100_000, "bytes of a file that holds tokens", "`hf auth login` writes below 200; a longer one is none"
)
TABLES_BYTES = Limit(
    200 * MB,
    "bytes of what the cache keeps of one model",
    "100,000 tensors take a few hundred kB; a longer one is read anew",
)

# JSON, YAML and TOML

NESTED = Limit(60, "levels of nesting in JSON", "published configs have at most 7", "more than {} levels deep")
NESTED_YAML = Limit(
    32,
    "levels of nesting in YAML, and in an entry of a catalogue",
    "published files have at most 6",
    "deeper than {} levels",
)
NESTED_TOML = Limit(16, "levels of nesting in a TOML record", "published ones have 3", "deeper than {} levels")
KEY_LETTERS = Limit(
    1_000,
    "characters of a key in JSON or YAML",
    "published ones, modules' names among them, stay below 150",
    "more than {} characters",
)
CONFIG_VALUES = Limit(
    400_000,
    "values of a config.json or quantisation file",
    "the largest published one, with a list of every expert's modules, has 36,000",
    "more than {} values",
)
EVIDENCE_VALUES = Limit(400_000, "values of an evidence file", "the recorded ones have 2,000", "more than {} values")
PACKET_FILES = Limit(
    20, "claim files and cards of one packet", "published models have two", "more than {} claim files and cards"
)
PACKET_VALUES = Limit(400_000, "values of a packet", "the largest has 20,000", "more than {} values")
CATALOGUE_VALUES = Limit(
    1_000_000, "values of a catalogue", "the largest published one has 250,000", "more than {} values"
)
YAML_VALUES = Limit(
    50_000, "values of a YAML file, aliases followed", "the longest claim files have 2,000", "more than {} values"
)
YAML_BYTES = Limit(
    4 * MB, "bytes of any other YAML text", "front matter and records of catalogues have a few kB", LARGE_FILE
)
EXPONENT = Limit(
    40, "decimal exponent of a YAML number", "6e27 FLOPs is the largest published figure; beyond, it is text"
)
DIGITS = Limit(40, "digits of a YAML number", "beyond, it is text")
TOML_LINE = Limit(8_192, "characters of a TOML line", "published ones stay below 500", "more than {} characters")
TOML_PARTS = Limit(32, "dotted parts of a TOML key", "published keys have at most 4", "more than {} dotted parts")

PIPELINE_PARTS = Limit(
    50, "folders of a pipeline (model_index.json)", "the largest published ones have 9", "more than {} parts"
)

# Weights

TENSORS = Limit(
    1_000_000,
    "tensors that an index, the headers or an evidence file list",
    "the largest published models have 210,000",
    "more than {} tensors",
)
NUMBERS_IN_A_NAME = Limit(
    8, "numbers of one tensor name", "published checkpoints have at most 5", "more than {} numbers"
)
NAME_LETTERS = Limit(
    1_000, "characters of one tensor name", "published names stay below 150", "more than {} characters"
)
FIRST_NUMBERS = Limit(
    100_000,
    "numbers that come first in tensor names, each with what stands before it",
    "they count layers: published models have at most 126, in some ten stacks",
    "more than {} layers and the like",
)
TEMPLATES = Limit(
    10_000,
    "groups that tensors come to: alike in type, shape and name but for its numbers",
    "published models have below 2,000",
    "more than {} kinds of tensors",
)
HEADER_BYTES = Limit(
    64 * MB,
    "bytes of one safetensors header",
    "the largest published one has 12 MB; the format allows 100 MB",
    "the limit is {}",
)
ALL_HEADERS_BYTES = Limit(
    140 * MB,
    "bytes of all headers of a model together",
    "the largest published models have 30 MB",
    "more than {} bytes of headers",
)
METADATA_BYTES = Limit(
    1 * MB,
    "bytes of a header before its first tensor",
    "published __metadata__ stays below 100 kB",
    "more than {} bytes of __metadata__",
)
STRICT_HEADER_VALUES = Limit(
    1_000_000,
    "values of a header that is not written as the format's own writers do",
    "those writers' headers are read without it",
    "more than {} values",
)
STRICT_INDEX_BYTES = Limit(
    30 * MB,
    "bytes of an index that is not written plainly, or has more than a header's metadata beside its names",
    "plain ones are read a piece at a time",
    "more than {} bytes that are no plain list of names",
)
STRICT_INDEX_VALUES = Limit(
    500_000, "values of an index that is not written plainly", "plain ones are read without it", "more than {} values"
)
INDEX_KEYS = Limit(
    1_000,
    "keys of an index that are no names of tensors, and are looked at before they are told from names",
    "its size, its count, what a tool noted",
)
GGUF_BYTES = Limit(
    64 * MB,
    "bytes of one GGUF header, the vocabulary included",
    "published ones have up to 16 MB: 262,144 tokens, their scores and the template of a chat",
    "a header of more than {} bytes",
)
GGUF_KEYS = Limit(10_000, "keys of a GGUF file", "published ones have below 100", "more than {} keys")
GGUF_TEXTS = Limit(
    2_000_000,
    "texts in the lists of a GGUF file, which are stepped over",
    "vocabularies with their merges come to 800,000",
    "more than {} texts in lists",
)
GGUF_VALUE = Limit(
    10_000,
    "bytes of a text, and numbers of a list, that are kept of a GGUF file's keys",
    "what says how a model is built is shorter; of longer ones the key is kept",
)
GGUF_FILES = Limit(
    1_000,
    "files that a GGUF model is split into",
    "the largest published ones have below 100",
    "more than {} files",
)
GGUF_ORIGINS = Limit(8, "models that a GGUF file says it was made from and that are looked at", "merges name up to 5")
DIMENSIONS = Limit(64, "dimensions of one tensor", "the most that numpy and torch hold", "a shape too large")
ELEMENTS = Limit(
    2**63 - 1, "bytes and elements of one tensor", "beyond, the reference reader overflows", "a shape too large"
)
SHARDS = Limit(
    10_000, "weight files of one model", "the largest published ones have a few hundred", "more than {} files"
)
FILES_BESIDE = Limit(256, "weight files read beside a model's own", "a second copy of the largest one has 163")
BESIDE_BYTES = Limit(20 * MB, "bytes of the headers of files beside together", "100,000 tensors at 200 bytes each")
FILES_IN_A_FOLDER = Limit(
    100_000, "files of a model's folder and its subfolders", "beyond, it is no model's folder", "more than {} files"
)
FOLDERS_DEEP = Limit(
    60, "folders in each other below a path that is checked", "checkouts have up to 15", "folders more than {} deep"
)

# Config

LARGEST_NUMBER = Limit(2**40, "any width, count or vocabulary", "vocabularies come to 2 million")
LAYERS = Limit(10_000, "layers, and modules of any other stack", "published models have at most 126")
TENSORS_HELD_AGAINST_NAMES = Limit(
    1_000_000,
    "tensors of one template (layers × experts) that a config may imply beside weight files",
    "the largest index that is read lists as many",
    "the limit beside weight files is {}",
)
NUMBERS_TOLD_APART = Limit(
    2_000_000,
    "layer and expert numbers that the names of a quantisation config tell apart in one weight, each as often "
    "as it is looked at",
    "lists of every expert's modules come to 50,000",
    "the limit is {} numbers looked at",
)
MODULES_TRIED = Limit(
    32_768,
    "layers × experts of one weight that the patterns of a quantisation config tell apart, each tried by itself",
    "published patterns tell hundreds apart",
    "the limit is {} modules",
)
PATTERNS = Limit(
    10_000,
    "patterns of one list of a quantisation config that are no plain names",
    "published lists have below 500",
    "more than {} patterns",
)
GROUPS = Limit(
    1_000, "groups of a quantisation config's own patterns", "published configs have at most 60", "more than {} groups"
)
MODULE_LETTERS = Limit(
    256, "characters of a module's name or pattern in a config", "published ones stay below 150; a longer one is said"
)
OPEN_ENDS = Limit(
    3,
    "`.*` and the like in one pattern of a config",
    "each multiplies the work by the length of a name; published have two",
)
GROUP_SIZE = Limit(1 << 20, "weights in a group or block that has a scale", "published ones have at most 1,024")
READINGS = Limit(64, "ways to read one stored tensor that are tried", "no format has as many")
CLASSES = Limit(16, "classes of small tensors whose types are tried together", "2^16 sums; published models have six")
SECTIONS_DEEP = Limit(8, "sections in each other that are looked into for a language model", "published configs have 3")
DEFAULTS_TRIED = Limit(
    24,
    "numbers that a config leaves open and that are tried otherwise",
    "each costs a description; families have up to 20",
)
LISTS_BY_LAYER = Limit(
    8, "fields that a config lists layer by layer where one number is usual", "published ones have 3"
)
UNLIKE_LAYERS = Limit(
    250_000,
    "unlike layers × layers of a config that lists them one by one",
    "published ones have up to 80 × 162",
    "more than {} of unlike layers times layers",
)
CODEBOOKS = Limit(1_024, "codebooks of a speech model", "published codecs have up to 32", "more than {}")
LOOKUPS = Limit(4_096, "n-gram look-ups of one token over all layers", "each needs a prime of its own", "more than {}")
PATTERNS_TRIED = Limit(
    250_000,
    "patterns of a quantisation config × modules of one weight that they are tried on",
    "published ones come to 200,000",
    "the limit is {} trials",
)

# Claim files and cards

CHECKED_FILES = Limit(
    500,
    "claim files and cards of one check",
    "each takes some 20 ms, so that this many take 10 seconds",
    "more than {} claim files and cards",
)
IGNORES = Limit(
    200,
    "suppressions of one claim file or card",
    "published ones have none, the longest in use 20",
    "more than {} suppressions",
)
CARD_LETTERS = Limit(
    250_000, "characters of a card that are read", "the longest of 47 published cards has 41,323", "read up to {}"
)
CARD_LINES = Limit(10_000, "lines of a card that are read", "published cards have up to 2,000", "more than {} lines")
CARD_LINE = Limit(
    20_000, "characters of one line of a card that are read", "published lines have up to 5,000", "read up to {}"
)
CARD_NUMBERS = Limit(
    3_000, "numbers of a card's running text that are read", "published cards have up to 510", "more than {} numbers"
)
TABLE_NUMBERS = Limit(
    6_000, "numbers of a card's tables that are read", "published cards have up to 1,321", "more than {}"
)
TABLE_COLUMNS = Limit(64, "columns of a table that are read", "published tables have up to 20")
CARD_CLAIMS = Limit(
    1_000, "claims of one card that are held against its model", "published cards make up to 60", "more than {} claims"
)
CARD_PARAGRAPH = Limit(200, "lines of a paragraph that are read as one text", "published ones have up to 40")
CARD_SENTENCE = Limit(
    1_500,
    "characters of a sentence that are read as one",
    "published ones have up to 900; a longer one is read in pieces",
)
CARD_LEAD = Limit(300, "characters of a line that heads a list, with its end kept", "published ones have up to 200")
CARD_CODE = Limit(400, "lines of a block of code that are looked at", "published ones that state a shape have up to 60")
CARD_CODE_LINE = Limit(400, "characters of a line of code that are looked at", "published ones have up to 200")
LANGUAGE_LETTERS = Limit(
    200_000, "characters of a card by which its language is told", "the longest published has 41,323"
)
COMPARED_FIGURES = Limit(
    40, "different figures of one field that are held against each other, pair by pair", "published cards have up to 12"
)
SUMMED = Limit(
    20, "figures of one sentence or card that are looked at as parts of a sum", "published sentences have up to 9"
)
FINDINGS = Limit(10_000, "findings on one model", "published cards make up to 90", "more than {} findings")
FRONT_MATTER_LINES = Limit(20_000, "lines of front matter", "published cards have up to 3,000; a longer one is none")
SOURCES = Limit(1_000, "sources of one claim file", "the shipped ones have 6", "more than {} sources")
EVALUATIONS = Limit(500, "evaluation records of one claim file", "a long card has 60", "more than {} evaluations")

# Catalogues

PROBED_BYTES = Limit(
    24 * MB,
    "bytes of a folder's files that are looked at to see whether it is a catalogue",
    "records of models.dev have 2 kB, a price map 2 MB",
)
CATALOGUE_FILES = Limit(50_000, "files of a catalogue's folder", "models.dev has 4,000", "more than {} files")
CATALOGUE_JUDGED = Limit(
    2_000,
    "records of catalogues that are held against evidence in one run",
    "the largest published catalogues name one model up to 40 times, and some 30 models have evidence here",
    "more than {} records with evidence",
)
CATALOGUE_PROSE = Limit(
    250_000,
    "characters of prose of catalogues that are read in one run",
    "a record has up to 1,500",
    "more than {} characters of prose",
)
PROBED = Limit(
    400, "files of a folder that are looked at to see whether it is a catalogue", "one of the first few tells"
)

# Fleets

COMMAND_NUMBER = Limit(10**15, "any size or count of a launch command", "device memory has 10^11 bytes")
LAYOUTS = Limit(
    2_000,
    "layouts tried for the smallest fleet that holds a model",
    "published models come to some hundred; beyond, the report says up to how many devices none was found",
)
DEVICES = Limit(65_536, "devices of a fleet", "the largest published deployments have some thousand", "more than {}")
FLEETS_TRIED = Limit(
    512, "devices of the smallest fleet that is looked for", "DeepSeek-V3 needs 8 to 16; the report says it"
)
SPARES = Limit(
    4_096, "spare experts or guessed tokens of a launch command", "published ones have up to 256", "from 0 to {}"
)

# Git

GIT_SECONDS = Limit(60, "seconds that git may take to answer", "it is asked for single objects", "within {} seconds")
LINKS_FOLLOWED = Limit(8, "links from one file of a commit to another", "published repos have one")
COMMIT_FOLDERS_DEEP = Limit(60, "folders of a commit in each other that are looked into", "as many as of the checkout")

# Network

ATTEMPTS = Limit(
    7,
    "requests for one thing, the first included",
    "of a Hub that fails one in five, one in 78,000 things is then not had",
)
STALLS = Limit(2, "requests for one thing that is not answered in time", "a server that is silent twice stays so")
REDIRECTS = Limit(5, "redirects of one request", "the Hub sends one", "redirects more than {} times")
LONGEST_PAUSE = Limit(
    60, "seconds that a server may tell us to wait", "beyond, its refusal is passed on with the time that it says"
)
SILENCE = Limit(
    10, "seconds that a server may be silent, where the environment does not say", "as the Hub library waits"
)
LONGEST_SILENCE = Limit(
    3_600, "seconds of silence that the environment may allow", "for other values, those above hold"
)
GRACE = Limit(60, "seconds that any answer may take", "the Hub answers within 1")
SLOWEST = Limit(50_000, "bytes of an answer for which it may take another second", "0.4 Mbit/s")
SECONDS_TOGETHER = Limit(
    600,
    "seconds for all that is asked about one model, without --timeout",
    "the largest model takes 10",
    "after {} seconds",
)
LONGEST_TIMEOUT = Limit(86_400, "seconds that --timeout may allow", "a day", "at most {}")
BYTES_TOGETHER = Limit(
    240 * MB,
    "bytes of all answers about one model",
    "index and headers of the largest published ones come to 80 million",
    "more than {} bytes about one model",
)
AHEAD_BYTES = Limit(
    24 * MB,
    "bytes of headers that may be on their way or wait to be parsed",
    "all of DeepSeek-V3's; others are asked for when those are read",
)
LISTING_BYTES = Limit(
    25 * MB, "bytes of the listing of a repo", "100,000 files at 250 bytes each", "more than {} bytes"
)
LISTING_SIGNS = Limit(
    1_000_000, "lists, objects and commas of a listing", "ten for each of 100,000 files", "more than {} values"
)
ERROR_PAGE = Limit(1 << 16, "bytes that are read of an error page or the text of a redirect", "what is behind is left")
HEAD_BYTES = Limit(1 << 18, "bytes of an answer's head, with all that comes before it", "the Hub sends 3 kB")
BETWEEN_BYTES = Limit(
    1 << 17, "bytes beyond twice what is read of a body: buffered, and what ties its pieces together", "pieces of 16 kB"
)

# What is written

OUTPUT_BYTES = Limit(64 * MB, "bytes of one view", "the largest packet has 3 MB", "more than {} bytes")
SARIF_RESULTS = Limit(25_000, "results of a SARIF file", "GitHub takes as many; the worst are kept")
COMMENT_LETTERS = Limit(60_000, "characters of a comment", "GitHub takes 65,536; what is left out is counted")
PAGE_FINDINGS = Limit(
    2_000,
    "models, and findings and claims of all of them, on a page of a check",
    "published cards make up to 90 findings; how many more is said, and the JSON has them",
)
ANNOTATION_LETTERS = Limit(1_000, "characters of one sentence of an annotation", "the longest of ours has 700")
VALUE_LETTERS = Limit(
    600, "characters of one value in a packet's page", "the JSON packet has it whole; how many more is said"
)
PDF_ROWS = Limit(
    250,
    "rows of one table or list of a PDF",
    "published cards make up to 60 claims; how many more is said, and the JSON packet has them",
)
ADDRESS_LETTERS = Limit(2_000, "characters of an address that becomes a link", "as many as browsers take everywhere")
CATALOGUE_ROWS = Limit(2_000, "rows of what a catalogue holds and was not checked", "the rest is counted")

# A user's own templates, held by the process that renders them

TEMPLATE_BYTES = Limit(1 * MB, "bytes of a template or of its words", "the shipped ones stay below 40 kB", LARGE_FILE)
TEMPLATE_FILES = Limit(200, "templates of one folder", "4 are shipped", "more than {} templates")
TEMPLATE_SECONDS = Limit(
    4, "seconds of processor time for all templates of a page", "the shipped ones take 0.1", "the limit of {} seconds"
)
TEMPLATE_MEMORY = Limit(
    360 * MB, "bytes of address space of that process", "the shipped ones need 150 million", "the limit of {} bytes"
)
RENDERED_BYTES = Limit(
    20 * MB, "bytes that templates make", "the longest packet has 3 million", "the limit of {} bytes"
)


def every() -> dict[str, Limit]:
    """All limits by name, in the order of this file."""
    return {name: value for name, value in globals().items() if isinstance(value, Limit)}
