"""Words of the pages themselves: sections, presets, schemas, models that ship, and what no registry defines."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.topics.topic import Topic


def sections() -> Iterator[Topic]:
    from moeaudit.reports.document.english import REPORTS, STRINGS

    for name, title in STRINGS["sections"].items():
        held = [report for report, presets in REPORTS.items() if any(name in order for order in presets.values())]
        about = STRINGS["intros"].get(name) or (f"“{title}”." if title else "It stands without a title.")
        told = f"A section of a report ({', '.join(held)}). {about.format(count=56)}"
        yield Topic(name, "section", told, aliases=(title,) if title else ())


def presets() -> Iterator[Topic]:
    from moeaudit.reports.document.english import REPORTS, STRINGS

    for report, orders in REPORTS.items():
        for name, ids in orders.items():
            if report == "packet":
                about = STRINGS["document"]["subtitle"].get(name, "Without evidence")
                yield Topic(
                    name, "preset", f"An order of a packet's sections. {about}.",
                    (("sections", ", ".join(ids)), ("asked for", f"--preset {name}")), (about,),
                )  # fmt: skip


def schemas() -> Iterator[Topic]:
    from moeaudit.reports.schemas import SCHEMAS

    for name in SCHEMAS:
        yield Topic(name, "schema", f"The form of a file; `moeaudit schema {name}` prints it.")


def models() -> Iterator[Topic]:
    """Models whose evidence ships, and those written down from papers: no more of each than that."""
    from moeaudit.evidence.recorded import SPEC_SUFFIX, recorded_ids, recorded_models

    for name, model in zip(recorded_models(), recorded_ids(), strict=True):
        what = "is written down from its paper" if name.endswith(SPEC_SUFFIX) else "ships"
        yield Topic(model, "model", f"A model whose evidence {what}: `moeaudit inspect {model} --offline` counts it.")


def glossary() -> Iterator[Topic]:
    """Words that no registry defines, file by file."""
    from importlib.resources import files

    from moeaudit.data import parsed

    folder = files("moeaudit.reports.topics") / "glossary"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        for one in parsed(file.read_text("utf-8")):
            told = (("changes", one.get("changes", "")), ("source", one.get("source", "")))
            yield Topic(one["name"], one["kind"], one["sentence"], told, tuple(one.get("also", ())))
