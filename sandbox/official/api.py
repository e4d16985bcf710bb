"""The table of API calls of the official account's platform."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox import platform
from sandbox.official import customer, heads, menu, notices, oauth, qrcodes, tokens, uploads, users
from sandbox.official.call import Call
from sandbox.people import Person, by_openid
from sandbox.platform import Endpoint

PREFIX = "/official"
NO_SUCH_CALL = 40066

CALLS = {
    "/cgi-bin/stable_token": Endpoint("POST", tokens.stable_token, token=False),
    "/cgi-bin/token": Endpoint("GET", tokens.token, token=False),
    "/cgi-bin/ticket/getticket": Endpoint("GET", tokens.ticket),
    "/cgi-bin/message/custom/send": Endpoint("POST", customer.send),
    "/cgi-bin/message/custom/typing": Endpoint("POST", customer.typing),
    "/cgi-bin/message/template/send": Endpoint("POST", notices.send_template),
    "/cgi-bin/message/subscribe/bizsend": Endpoint("POST", notices.send_subscription),
    "/cgi-bin/menu/create": Endpoint("POST", menu.create),
    "/cgi-bin/menu/get": Endpoint("GET", menu.get),
    "/cgi-bin/menu/delete": Endpoint("GET", menu.delete),
    "/cgi-bin/qrcode/create": Endpoint("POST", qrcodes.create),
    "/cgi-bin/showqrcode": Endpoint("GET", qrcodes.show, token=False, recorded=False),
    "/mmhead": Endpoint("GET", heads.show, token=False, recorded=False),
    "/cgi-bin/media/upload": Endpoint("POST", uploads.upload),
    "/cgi-bin/media/uploadimg": Endpoint("POST", uploads.upload_picture),
    "/cgi-bin/media/get": Endpoint("GET", uploads.get),
    "/cgi-bin/user/info": Endpoint("GET", users.info),
    "/cgi-bin/user/get": Endpoint("GET", users.every),
    "/connect/oauth2/authorize": Endpoint("GET", oauth.authorize, token=False, recorded=False),
    "/sns/oauth2/access_token": Endpoint("GET", oauth.access_token, token=False),
    "/sns/userinfo": Endpoint("GET", oauth.userinfo, token=False),
}


def _person_of(call: Call) -> Person | None:
    return by_openid(call.world, call.body.get("touser") or call.query.get("openid"))


PLATFORM = platform.Platform(
    PREFIX, CALLS, tokens.check, tokens.expire_all, _person_of, NO_SUCH_CALL
)


async def handle(request: Request) -> Response:
    return await platform.handle(PLATFORM, request)
