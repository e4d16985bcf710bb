"""Web authorisation: a page learns who opened it in WeChat."""

import html
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.official.call import Call, text_of
from sandbox.official.errors import ApiError
from sandbox.official.tokens import check_client
from sandbox.people import Person, by_name, by_openid, everyone
from sandbox.world import World

CODE_LIFE_S = 300
TOKEN_LIFE_S = 7_200
LONGEST_STATE = 128
SCOPES = ("snsapi_base", "snsapi_userinfo")
COOKIE = "sandbox_person"
"""Who looks at a page: set by the phone when it opens one."""


def authorize(call: Call) -> Response:
    """Redirects back with a code, as the person in `as` or the cookie; otherwise asks who it is.

    The cookie answers for the silent scope only: snsapi_userinfo is the person's own decision.
    """
    query = call.query
    if wrong := _wrong(call.world, query):
        return _page(f"<p>{html.escape(wrong)}</p>", 400)
    named = text_of(query, "as")
    if not named and query["scope"] == "snsapi_base":
        named = unquote(call.cookies.get(COOKIE, ""))
    person = by_name(call.world, named) if named else None
    if person:
        return RedirectResponse(_back(query, _code(call.world, person, query["scope"])), 302)
    if text_of(query, "as"):
        return _page("<p>没有这个人</p>", 404)
    return _consent(call, unquote(call.cookies.get(COOKIE, "")))


def agreed(world: World, person: Person, address: str) -> str | None:
    """Where the authorise page at this address sends somebody who says yes; None when it refuses
    to ask, or is another page."""
    query = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    if _wrong(world, query):
        return None
    return _back(query, _code(world, person, query["scope"]))


def _wrong(world: World, query: dict[str, Any]) -> str:
    if query.get("appid") != world.account.appid:
        return "appid 参数错误"
    if query.get("response_type") != "code":
        return "response_type 参数错误"
    if query.get("scope") not in SCOPES:
        return "scope 参数错误或没有 scope 权限"
    if len(text_of(query, "state")) > LONGEST_STATE:
        return "state 参数过长"
    target = urlsplit(text_of(query, "redirect_uri"))
    return "" if target.scheme in ("http", "https") and target.netloc else "redirect_uri 参数错误"


def _back(query: dict[str, Any], code: str | None) -> str:
    target = urlsplit(query["redirect_uri"])
    pairs = parse_qsl(target.query, keep_blank_values=True)
    if code:
        pairs.append(("code", code))
    pairs.append(("state", text_of(query, "state")))
    return str(urlunsplit(target._replace(query=urlencode(pairs))))


def _code(world: World, person: Person, scope: str) -> str:
    code = secrets.token_urlsafe(24)
    world.db.execute(
        "INSERT INTO oauth_codes (code, openid, scope, expires_at) VALUES (?, ?, ?, ?)",
        (code, person.openid, scope, world.now() + CODE_LIFE_S),
    )
    return code


def _consent(call: Call, looking: str) -> Response:
    names = [person.name for person in everyone(call.world)]
    if looking in names:
        names = [looking]
    rows = [_link("?" + urlencode({**call.query, "as": name}), f"{name}　允许") for name in names]
    rows.append(_link(_back(call.query, None), "拒绝"))
    title = html.escape(call.world.account.name)
    return _page(f"<h1>{title}</h1><p>申请获取你的身份信息</p>{''.join(rows)}")


def _link(address: str, words: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(words)}</a>'


def _page(inner: str, status: int = 200) -> Response:
    style = (
        "body{font:17px/1.6 sans-serif;max-width:24em;margin:3em auto;padding:0 1em;color:#191919}"
        "a{display:block;padding:.6em 1em;margin:.5em 0;border-radius:6px;background:#EDEDED;"
        "color:inherit;text-decoration:none}h1{font-size:1.3em}"
    )
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return HTMLResponse(
        f"<!doctype html><html lang=zh-CN>{head}<title>微信授权</title>"
        f"<style>{style}</style>{inner}</html>",
        status,
    )


def access_token(call: Call) -> dict[str, Any]:
    world, query = call.world, call.query
    check_client(world, query)
    if query.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    code = text_of(query, "code")
    if not code:
        raise ApiError(41008)
    row = world.db.execute("SELECT * FROM oauth_codes WHERE code = ?", (code,)).fetchone()
    if row is None or (row["expires_at"] <= world.now() and not row["used"]):
        raise ApiError(40029)
    if row["used"]:
        raise ApiError(40163)
    world.db.execute("UPDATE oauth_codes SET used = 1 WHERE code = ?", (code,))
    token = secrets.token_urlsafe(64)
    world.db.execute(
        "INSERT INTO oauth_tokens VALUES (?, ?, ?, ?)",
        (token, row["openid"], row["scope"], world.now() + TOKEN_LIFE_S),
    )
    found = {
        "access_token": token,
        "expires_in": TOKEN_LIFE_S,
        "refresh_token": secrets.token_urlsafe(64),
        "openid": row["openid"],
        "scope": row["scope"],
    }
    person = by_openid(world, row["openid"])
    if person and row["scope"] == "snsapi_userinfo":
        found["unionid"] = person.unionid
    return found


def userinfo(call: Call) -> dict[str, Any]:
    world, query = call.world, call.query
    token = text_of(query, "access_token")
    if not token:
        raise ApiError(41001)
    row = world.db.execute("SELECT * FROM oauth_tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise ApiError(40001)
    if row["expires_at"] <= world.now():
        raise ApiError(42001)
    person = by_openid(world, query.get("openid"))
    if person is None or person.openid != row["openid"]:
        raise ApiError(40003)
    if row["scope"] != "snsapi_userinfo":
        raise ApiError(48001)
    nowhere = dict.fromkeys(("province", "city", "country"), "")
    return {
        "openid": person.openid,
        "nickname": person.name,
        "sex": 0,
        **nowhere,
        "headimgurl": f"{call.base_url}/mmhead?{urlencode({'who': person.openid})}",
        "privilege": [],
        "unionid": person.unionid,
    }
