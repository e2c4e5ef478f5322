"""Cards and claim files."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CARD, NO_EVIDENCE, READ, USAGE, Case, Content, checked

HEAD = "schema: moeaudit/claims/v1\nmodel: {id: org/small}\n"


def cases() -> Iterator[Case]:
    yield from cards()
    yield from claims()
    yield from sizes()


def card(name: str, text: Content, codes: tuple[int, ...] = READ, said: str = "") -> Case:
    return checked(
        f"card {name}", lambda: {"README.md": text}, codes, "README.md", "--model", "m", "--format", "json", said=said
    )


def claim_file(name: str, text: Content, codes: tuple[int, ...] = READ, said: str = "") -> Case:
    return checked(
        f"claims {name}",
        lambda: {"a.claims.yaml": text},
        codes,
        "a.claims.yaml",
        "--model",
        "m",
        "--format",
        "json",
        said=said,
    )


def cards() -> Iterator[Case]:
    for count in (500, 4_900):
        yield card(f"{count} equal totals", "Total parameters: 671B\n" * count)
        yield card(f"{count} totals", "".join(f"Total parameters: {n + 100}B\n\n" for n in range(count)))
    for count in (500, 8_000):
        yield card(f"{count} suppressions", "<!-- moeaudit: ignore[a,b,c,d,e,f,g] x -->\n" * count)
        yield card(
            f"{count} suppressions in use",
            "<!-- moeaudit: ignore[total-contradicted] x -->\n671B total parameters\n" * count,
        )
    texts = {
        "8 experts in one line": "8 experts " * 1_900,
        "8 experts, 1 MB": "8 experts " * 100_000,
        "a table of 20k rows": "| a | b |\n|---|---|\n" + "| total parameters | 671B |\n" * 20_000,
        "a table of 60 columns": "|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n" + ("|" + "671B|" * 60 + "\n") * 2_000,
        "short sentences": "A. " * 333_333,
        "10 MB of lines": "The model has 671B parameters.\n" * 333_333,
        "19 MB of words": "a b c.\n" * 2_700_000,
        "brackets": "[" * 500_000,
        "ticks": "`" * 1_000_000,
        "stars": "*a **b " * 100_000,
        "tags": "<div>" * 200_000,
        "comments": "<!-- " * 200_000,
        "links": "[a](b) " * 100_000,
        "quotes": "> " * 300_000,
        "lists": "- " * 300_000,
        "headings": "# a\n" * 100_000,
        "pipes": "|" * 500_000,
        "numbers": "1 2 3 4 5 6 7 8 9 " * 50_000,
        "names": "".join(f"Model{n}-{n}B has {n}B total parameters.\n\n" for n in range(3_000)),
        "entities": "&amp;" * 150_000,
        "words of the trade": "mixture of experts total active parameters " * 20_000,
        "digits": "9" * 1_000_000 + "B parameters",
        "front matter of 100k tags": "---\ntags:\n" + "- x\n" * 100_000 + "---\n" + CARD,
        "front matter, nested": "---\na: " + "[" * 10_000 + "\n---\n" + CARD,
        "front matter, open": "---\n" + "a: b\n" * 100_000,
        "NUL": "\0" * 1_000_000,
        "bidi": "\u202e" * 100_000,
        "escapes": "\x1b[31m" * 100_000,
        "CR": "\r" * 500_000,
        "combining": "e" + "\u0301" * 300_000,
        "Arabic digits": "٦٧١B total parameters\n" * 500,
    }
    for name, text in texts.items():
        yield card(name, text)
    yield card("Latin-1", b"\xe9" * 100_000)
    yield card("of 25 MB", b"a b c.\n" * 3_600_000, (USAGE,), "more than the limit of 20,000,000")


def claims() -> Iterator[Case]:
    values = "more than 50,000 values"
    yield claim_file(
        "20k suppressions",
        HEAD + "ignore:\n" + "".join(f"- {{rule: total-contradicted, reason: r{n}}}\n" for n in range(20_000)),
        (USAGE,),
        values,
    )
    yield claim_file(
        "5k suppressions",
        HEAD + "ignore:\n" + "".join(f"- {{rule: total-contradicted, reason: r{n}}}\n" for n in range(5_000)),
        (USAGE,),
        "more than 200 suppressions",
    )
    yield claim_file(
        "5k sources",
        HEAD + "sources:\n" + "".join(f"- {{id: s{n}, kind: card}}\n" for n in range(5_000)),
        (USAGE,),
        "more than 1,000 sources",
    )
    yield claim_file(
        "5k evaluations",
        HEAD + "evaluations:\n" + "".join(f"- {{name: b{n}, score: 1}}\n" for n in range(5_000)),
        (USAGE,),
        "more than 500",
    )
    yield claim_file(
        "400 evaluations", HEAD + "evaluations:\n" + "".join(f"- {{name: b{n}, score: 1}}\n" for n in range(400))
    )
    yield claim_file(
        "a list of 90k", HEAD + "architecture: {routed_experts: [" + "1," * 90_000 + "1]}\n", (USAGE,), values
    )
    yield claim_file("90k keys", HEAD + "".join(f"k{n}: 1\n" for n in range(90_000)), (USAGE,), values)
    yield claim_file("a licence of 1.9 MB", HEAD + "governance: {licence: " + "x" * 1_900_000 + "}\n")
    yield claim_file(
        "3.9 MB",
        HEAD + "governance: {licence: " + "x" * 3_900_000 + "}\n",
        (USAGE,),
        "more than the limit of 2,000,000",
    )
    long = "x" * 1_000_000
    for name, text in {
        "schema": f"schema: {long}\n",
        "family": f"schema: moeaudit/claims/{long}\n",
        "key": HEAD + f"? {long}\n: 1\n",
        "denominator": HEAD + f"architecture: {{total_parameters: {{value: 1B, denominator: {long}}}}}\n",
        "tag": HEAD + f"a: !{long} x\n",
        "alias": HEAD + f"a: *{long}\n",
        "anchor": HEAD + f"a: &{long} x\n",
        "distribution": HEAD.replace("org/small", f"org/small, distribution: {long}"),
        "key twice": HEAD + f"? {long}\n: 1\n? {long}\n: 1\n",
    }.items():
        yield claim_file(f"{name} of 1 MB", text, (USAGE,))
    for name, text in {
        "deep": "a: " + "[" * 100_000,
        "33 deep": "a: " + "[" * 33 + "]" * 33 + "\n",
        "tag": "a: !!python/object:os.system x\n",
        "binary": "a: !!binary aGk=\n",
        "set": "a: !!set {x}\n",
        "two": "---\na: 1\n",
        "twice": "x: 1\nx: 2\n",
        "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [" + f"*{chr(97 + n)}," * 9 + "]\n" for n in range(12)),
        "itself": "a: &a [*a]\n",
        "list as key": "? [a]\n: 1\n",
        "escape": "a: \x1b[31m\n",
        "bidi": "a: \u202e\n",
        "tab": "\ta: 1\n",
        "paths": "architecture: {" + "p" * 900 + ": {" + "q" * 900 + ": [" + "1," * 40_000 + "1]}}\n",
    }.items():
        yield claim_file(name, HEAD + text, (USAGE,))
    yield claim_file("UTF-16", HEAD.encode("utf-16"), (USAGE,))
    yield claim_file("Latin-1", HEAD.encode() + b"a: \xe9\n", (USAGE,))
    yield claim_file("1.9 MB of spaces", HEAD + " " * 1_900_000 + "\n")
    yield claim_file("1.9 MB of lines", HEAD + "\n" * 1_900_000)
    yield claim_file("1.9 MB of remarks", HEAD + "# x\n" * 475_000)
    for name in ("x" * 5_000, "/proc/self/mem", "/dev/zero", "..", "a\x00b", "~/x"):
        yield checked(
            f"claims evidence {name[:20]!r}",
            lambda name=name: {  # type: ignore[misc]
                "a.claims.yaml": HEAD.replace("org/small", f'org/small, evidence: "{name}"')
            },
            (USAGE, NO_EVIDENCE),
            "a.claims.yaml",
        )


def sizes() -> Iterator[Case]:
    """What is written as a number and counts nothing."""
    for path in (
        "architecture: {total_parameters: %s}",
        "architecture: {active_parameters: {value: %s}}",
        "architecture: {routed_experts: %s}",
        "runtime: {context_length: %s}",
    ):
        for value in (
            "-5",
            "-0.5B",
            ".nan",
            ".inf",
            "-.inf",
            "1e400",
            "1e-400",
            "true",
            "No",
            "'-5'",
            "+5",
            "9" * 300,
            "9" * 300 + "B",
            "'٦٧١B'",
            "'６７１B'",
        ):
            codes = (USAGE,) if value != "No" else READ
            yield claim_file(
                f"{path.split('{')[1][:12]} {value[:12]} {len(value)}",
                f"{HEAD}{path % value}\n",
                codes,
                "no count" if codes == (USAGE,) else "",
            )
