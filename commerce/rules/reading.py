"""From written rules to effective rules, and from a refusal to a line an operator understands."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from commerce.rules.document import ConfigError, Document, Key, Problem, read_document
from commerce.rules.units import quoted
from commerce.rules.whole import Rules, effective, merged

SECRET = re.compile(r"secret|token|passw|aes|_key$|密钥|密码", re.IGNORECASE)

MISSING = "缺少这一项"
MEANT = "是不是 "


def load_rules(
    path: Path,
    *,
    acknowledged: str | None = None,
    templates: Mapping[str, str] | None = None,
) -> Rules:
    """The rules of a file. ConfigError names every problem with its line.

    `acknowledged` counts as its `compliance_acknowledged` where the file names nobody, and the ids
    of `templates`, by name, as those of its `templates`.
    """
    document = read_document(path)
    if acknowledged and not document.data.get("compliance_acknowledged"):
        written = merged(document.data, {"compliance_acknowledged": acknowledged})
        document = replace(document, data=written)
    if templates and isinstance(document.data.get("templates"), Mapping):
        ids = {name: {"id": template} for name, template in templates.items()}
        written = merged(document.data, {"templates": ids})
        document = replace(document, data=written)
    return rules_of(document)


def rules_from(written: Mapping[str, Any], file: str = "config.yaml") -> Rules:
    """The rules of a mapping written as in the file. ConfigError as `load_rules`."""
    return rules_of(Document(file, dict(written)))


def overlay(rules: Rules, plan: Mapping[str, Any], source: Document | None = None) -> Rules:
    """The rules with some keys of `plan` written anew (lists as a whole). ConfigError as above.

    `source` is the document the overrides stand in under `plan`, for their lines.
    """
    written = merged(rules.written, {"plan": plan})
    lines = source.lines if source else {}
    return rules_of(Document(source.file if source else "plan", written, lines))


def rules_of(document: Document) -> Rules:
    try:
        return effective(document.data)
    except ValidationError as error:
        found = [problem_of(detail, document) for detail in error.errors(include_url=False)]
        found.sort(key=lambda problem: problem.line or 0)
        raise ConfigError(without_echoes(found)) from None


def without_echoes(problems: list[Problem]) -> list[Problem]:
    """A misspelt key is told once, not again as the right one that is missing."""
    meant = {
        f"{problem.key.rpartition('.')[0]}.{problem.instead.removeprefix(MEANT)}".lstrip(".")
        for problem in problems
        if problem.instead.startswith(MEANT)
    }
    return [problem for problem in problems if problem.why != MISSING or problem.key not in meant]


def problem_of(detail: ErrorDetails, document: Document) -> Problem:
    context = detail.get("ctx", {})
    key = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "wrong":
        key += tuple(int(part) if part.isdigit() else part for part in parts(context["at"]))
        return document.problem(key, context["why"], context["instead"])
    if detail["type"] == "extra_forbidden":
        return unknown(document, key)
    why, instead = PLAIN.get(detail["type"], ("{value}不能用", "对照随附的 config.yaml"))
    value = "" if SECRET.search(str(key[-1:])) else quoted(detail["input"])
    expected = context.get("expected", "").replace("'", "").replace(" or ", "、")
    return document.problem(
        key, why.format(value=value), instead.format(expected=expected.replace(", ", "、"))
    )


def parts(at: str) -> list[str]:
    return at.split(".") if at else []


PLAIN = {
    "missing": (MISSING, "从随附的 config.yaml 抄过来"),
    "literal_error": ("{value}不在可选的值里", "写 {expected} 之一"),
    "bool_type": ("{value}不是开关", "写 on 或 off"),
    "model_type": ("{value}不是一组「键: 值」", "缩进写成一组"),
    "model_attributes_type": ("{value}不是一组「键: 值」", "缩进写成一组"),
    "tuple_type": ("{value}不是列表", "每行以「- 」开头"),
    "string_type": ("{value}不是文字", "加上引号"),
}


def unknown(document: Document, key: Key) -> Problem:
    """A key nobody knows: its value is not repeated, it may be a secret in the wrong place."""
    name = str(key[-1])
    if SECRET.search(name):
        return document.problem(key, "密钥和口令不放在这里", "写进环境变量或 .env")
    if re.fullmatch(r"tier[0-9]+", name):
        return document.problem(key, "奖励最多到第 3 层，没有别的层", "只写 tier2 和 tier3")
    known = known_keys(key[:-1])
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    instead = f"{MEANT}{near[0]}" if near else f"这里可以写 {'、'.join(known)}"
    return document.problem(key, "没有这个键", instead)


def known_keys(key: Key) -> list[str]:
    """The keys that may stand at that place of the file."""
    here: Any = Rules
    for part in key:
        if not isinstance(part, int):
            fields = {field.alias: field.annotation for field in model_of(here).values()}
            here = fields.get(part)
    return [str(field.alias or name) for name, field in model_of(here).items()]


def model_of(annotation: Any) -> dict[str, Any]:
    """The fields of a model, or of the model inside tuple[Model, ...] and Model | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return dict(annotation.model_fields)
    inside = [model_of(argument) for argument in get_args(annotation)]
    return next(filter(None, inside), {})
