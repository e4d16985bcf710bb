"""The table of API calls of WeCom."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import people, platform
from sandbox.official.call import Call
from sandbox.people import Person
from sandbox.platform import Endpoint
from sandbox.wecom import (
    aibot_callback,
    app_cards,
    app_sending,
    appchat,
    contact_ways,
    contacts,
    group_calls,
    group_welcomes,
    join_ways,
    mass,
    mass_results,
    members,
    tags,
    tokens,
    uploads,
    ways,
    webhook,
    welcome,
)
from sandbox.wecom.errors import ApiError
from sandbox.wecom.kf import accounts, customers, links, sending, sessions, sync

PREFIX = "/wecom"
NO_SUCH_CALL = 40066
CONTACT = "/cgi-bin/externalcontact"

CALLS = {
    "/cgi-bin/gettoken": Endpoint("GET", tokens.gettoken, token=False),
    "/cgi-bin/media/upload": Endpoint("POST", uploads.upload),
    "/cgi-bin/media/uploadimg": Endpoint("POST", uploads.upload_picture),
    "/cgi-bin/media/get": Endpoint("GET", uploads.get),
    "/cgi-bin/user/get": Endpoint("GET", members.get),
    "/cgi-bin/menu/create": Endpoint("POST", members.create_menu),
    "/cgi-bin/menu/get": Endpoint("GET", members.get_menu),
    "/cgi-bin/menu/delete": Endpoint("GET", members.delete_menu),
    "/cgi-bin/message/send": Endpoint("POST", app_sending.send),
    "/cgi-bin/message/update_template_card": Endpoint("POST", app_cards.update),
    "/cgi-bin/kf/account/list": Endpoint("POST", accounts.every),
    "/cgi-bin/kf/account/add": Endpoint("POST", accounts.add),
    "/cgi-bin/kf/account/del": Endpoint("POST", accounts.delete),
    "/cgi-bin/kf/servicer/list": Endpoint("GET", accounts.list_servicers),
    "/cgi-bin/kf/servicer/add": Endpoint("POST", accounts.add_servicers),
    "/cgi-bin/kf/servicer/del": Endpoint("POST", accounts.delete_servicers),
    "/cgi-bin/kf/add_contact_way": Endpoint("POST", links.add_contact_way),
    "/cgi-bin/kf/service_state/get": Endpoint("POST", sessions.get),
    "/cgi-bin/kf/service_state/trans": Endpoint("POST", sessions.trans),
    "/cgi-bin/kf/customer/batchget": Endpoint("POST", customers.batchget),
    "/cgi-bin/webhook/send": Endpoint("POST", webhook.send, token=False),
    "/cgi-bin/webhook/upload_media": Endpoint("POST", webhook.upload, token=False),
    "/cgi-bin/appchat/create": Endpoint("POST", appchat.create),
    "/cgi-bin/appchat/send": Endpoint("POST", appchat.send),
    f"{CONTACT}/get_follow_user_list": Endpoint("GET", contacts.colleagues),
    f"{CONTACT}/add_contact_way": Endpoint("POST", contact_ways.add),
    f"{CONTACT}/get_contact_way": Endpoint("POST", contact_ways.get),
    f"{CONTACT}/list_contact_way": Endpoint("POST", contact_ways.every),
    f"{CONTACT}/update_contact_way": Endpoint("POST", contact_ways.update),
    f"{CONTACT}/del_contact_way": Endpoint("POST", contact_ways.delete),
    f"{CONTACT}/send_welcome_msg": Endpoint("POST", welcome.send),
    f"{CONTACT}/get": Endpoint("GET", contacts.get),
    f"{CONTACT}/list": Endpoint("GET", contacts.every),
    f"{CONTACT}/remark": Endpoint("POST", contacts.remark),
    f"{CONTACT}/mark_tag": Endpoint("POST", contacts.mark_tag),
    f"{CONTACT}/add_corp_tag": Endpoint("POST", tags.add),
    f"{CONTACT}/get_corp_tag_list": Endpoint("POST", tags.every),
    f"{CONTACT}/edit_corp_tag": Endpoint("POST", tags.edit),
    f"{CONTACT}/del_corp_tag": Endpoint("POST", tags.delete),
    f"{CONTACT}/groupchat/list": Endpoint("POST", group_calls.every),
    f"{CONTACT}/groupchat/get": Endpoint("POST", group_calls.get),
    f"{CONTACT}/groupchat/add_join_way": Endpoint("POST", join_ways.add),
    f"{CONTACT}/groupchat/get_join_way": Endpoint("POST", join_ways.get),
    f"{CONTACT}/groupchat/update_join_way": Endpoint("POST", join_ways.update),
    f"{CONTACT}/groupchat/del_join_way": Endpoint("POST", join_ways.delete),
    f"{CONTACT}/group_welcome_template/add": Endpoint("POST", group_welcomes.add),
    f"{CONTACT}/group_welcome_template/edit": Endpoint("POST", group_welcomes.edit),
    f"{CONTACT}/group_welcome_template/get": Endpoint("GET", group_welcomes.get),
    f"{CONTACT}/group_welcome_template/del": Endpoint("POST", group_welcomes.delete),
    f"{CONTACT}/add_msg_template": Endpoint("POST", mass.add),
    f"{CONTACT}/get_groupmsg_list_v2": Endpoint("POST", mass_results.every),
    f"{CONTACT}/get_groupmsg_task": Endpoint("POST", mass_results.tasks),
    f"{CONTACT}/get_groupmsg_send_result": Endpoint("POST", mass_results.results),
    f"{CONTACT}/remind_groupmsg_send": Endpoint("POST", mass.remind),
    f"{CONTACT}/cancel_groupmsg_send": Endpoint("POST", mass.cancel),
    "/cgi-bin/aibot/response": Endpoint("POST", aibot_callback.respond, token=False),
    sync.PATH: Endpoint("POST", sync.sync_msg),
    sending.PATH: Endpoint("POST", sending.send_msg),
    "/cgi-bin/kf/send_msg_on_event": Endpoint("POST", sending.send_msg_on_event),
}


def _person_of(call: Call) -> Person | None:
    """The customer or member the call names."""
    body = {**call.query, **call.body}
    if person := people.by_external_userid(
        call.world, body.get("external_userid") or body.get("touser")
    ):
        return person
    return people.by_userid(call.world, body.get("touser") or body.get("userid"))


PLATFORM = platform.Platform(
    PREFIX, CALLS, tokens.check, tokens.expire_all, _person_of, NO_SUCH_CALL, ApiError
)


async def handle(request: Request) -> Response:
    """404 for everything while the world has no corp."""
    if request.app.state.world.corp is None:
        return JSONResponse({"detail": "企业微信没有开：没有设置 WECOM_CORPID"}, 404)
    path = request.url.path.removeprefix(PREFIX)
    if path.startswith(ways.PICTURE):
        return ways.show(request.app.state.world, path.split("/")[2])
    return await platform.handle(PLATFORM, request)
