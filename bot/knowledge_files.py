"""Reading what the house knows from a folder of YAML and Markdown files."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge import Entry

FAQ = "常见问题"
LONGEST_ANSWER = 600
_HEADING = re.compile(r"^(#{1,2}) +(.+?) *$", re.MULTILINE)
_FACT = re.compile(r"\{(\w+)\}")


class BadKnowledge(ValueError):
    """Which file, and what is wrong in it."""


def load(folder: Path, facts: Mapping[str, str], off: Collection[str] = ()) -> list[Entry]:
    """Every entry of every file, `{facts}` filled in; without those only for what is `off`.

    BadKnowledge when a file cannot be read, a fact is unknown, or two entries have one id."""
    entries: dict[str, Entry] = {}
    files = sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml", ".md"))
    if not files:
        raise BadKnowledge(f"{folder}: no .yaml or .md file")
    for path in files:
        for number, raw in enumerate(_written(path), 1):
            where = f"{path.name}: entry {number}"
            if raw.get("only") in off:
                continue
            entry = _entry(where, raw, facts)
            if entry.id in entries:
                raise BadKnowledge(f"{where}: {entry.id} is there already")
            entries[entry.id] = entry
    return list(entries.values())


def _written(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".md":
            yield from _from_markdown(path.stem, text)
            return
        found = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadKnowledge(f"{path.name}: {type(error).__name__}") from None
    entries = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadKnowledge(f"{path.name}: topic and a list of entries expected")
    for number, entry in enumerate(entries, 1):
        yield {"id": f"{path.stem}_{number}", "topic": found.get("topic", path.stem), **entry}


def _from_markdown(stem: str, text: str) -> Iterator[dict[str, Any]]:
    """`# topic`, below it `## question / the same in other words`, below that the answer."""
    topic = stem
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings):
        if heading[1] == "#":
            topic = heading[2]
            continue
        until = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        questions = [asked.strip() for asked in re.split(r"\s+/\s+", heading[2])]
        answer = text[heading.end() : until].strip()
        yield {"id": f"{stem}_{number}", "topic": topic, "questions": questions, "answer": answer}


def _entry(where: str, raw: Mapping[str, Any], facts: Mapping[str, str]) -> Entry:
    questions, answer = raw.get("questions"), raw.get("answer")
    if not isinstance(questions, list) or not questions:
        raise BadKnowledge(f"{where}: questions are missing")
    if not isinstance(answer, str) or not 0 < len(answer.strip()) <= LONGEST_ANSWER:
        raise BadKnowledge(f"{where}: an answer of 1 to {LONGEST_ANSWER} characters is missing")
    unknown = sorted(set(_FACT.findall(answer)) - facts.keys())
    if unknown:
        raise BadKnowledge(f"{where}: no fact is called {', '.join(unknown)}")
    said = _FACT.sub(lambda fact: facts[fact[1]], answer.strip())
    topic = f"{FAQ}·{raw['topic']}"
    return Entry(str(raw["id"]), topic, tuple(str(asked) for asked in questions), said)
