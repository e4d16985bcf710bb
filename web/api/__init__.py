"""`/api/v1/…`: the interface for machines, described at `/api/docs` and `/api/openapi.json`."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from commerce.rules import Rules
from web.pages.shell import HEADERS, shell

VERSION = "1"


def described(
    routers: Sequence[APIRouter], rules: Rules, more: Mapping[str, Any] | None = None
) -> APIRouter:
    """What these routers offer, and `more` paths: as OpenAPI, and as a page that needs no script
    from elsewhere."""
    router = APIRouter(include_in_schema=False)
    found = [route for one in routers for route in one.routes]
    schema = get_openapi(title=f"{rules.brand.name} API", version=VERSION, routes=found)

    schema["paths"] |= more or {}

    @router.get("/api/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(schema)

    @router.get("/api/docs", response_class=HTMLResponse)
    def docs() -> HTMLResponse:
        return HTMLResponse(shell(schema["info"]["title"], _page(schema), rules), headers=HEADERS)

    return router


def _page(schema: dict[str, Any]) -> str:
    parts = [
        f"<h1>{escape(schema['info']['title'])}</h1>",
        "<p>每次请求带上 <code>Authorization: Bearer …</code>。机器可读的描述："
        '<a href="/api/openapi.json">/api/openapi.json</a></p>',
    ]
    for path, methods in schema["paths"].items():
        for method, act in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2>")
            parts.append(f"<p>{escape(act.get('description', act['summary']))}</p>")
            parts.append(_list("参数", _parameters(act)))
            parts.append(_list("内容", _fields(schema, act)))
            answers = [f"{code} {one['description']}" for code, one in act["responses"].items()]
            parts.append(_list("回答", answers))
    return "\n".join(parts)


def _list(title: str, lines: list[str]) -> str:
    items = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines)
    return f"<p>{title}</p><ul>{items}</ul>" if lines else ""


def _parameters(act: dict[str, Any]) -> list[str]:
    return [f"{one['name']} ({one['in']})" for one in act.get("parameters", ())]


def _fields(schema: dict[str, Any], act: dict[str, Any]) -> list[str]:
    content = act.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").split("/")[-1]
    model = schema.get("components", {}).get("schemas", {}).get(name, {})
    needed = model.get("required", ())
    return [
        f"{field}{'' if field in needed else '?'}: {_kind(known)}"
        for field, known in model.get("properties", {}).items()
    ]


def _kind(known: dict[str, Any]) -> str:
    if "anyOf" in known:
        return " | ".join(_kind(one) for one in known["anyOf"])
    kind = known.get("format") or known.get("type") or known.get("$ref", "").split("/")[-1]
    return f"{_kind(known['items'])}[]" if kind == "array" else str(kind)
