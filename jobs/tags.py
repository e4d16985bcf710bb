"""The tags that colleagues see on their contacts in WeCom."""

from bot.platforms.wecom import WeCom
from commerce.errors import Rejected
from commerce.people import contacts
from commerce.people.contacts import Untold
from handlers.contact_words import TAGS
from jobs.contacts import contact_info
from jobs.doors import wecom_of
from jobs.shop import Shop

NO_SUCH_TAG, SAME_NAME, NOT_THEIRS = 40068, 40071, 84061


def tag_contact(shop: Shop, identity_id: int) -> None:
    """A contact has the tag of what they are to us now, and no other of ours. Safe to run again:
    the platform takes the same tag twice as once."""
    with shop.office.reading() as work:
        untold = contacts.untold(work, identity_id)
    if untold is None:
        return
    wecom = wecom_of(shop)
    colleague = untold.colleague or contact_info(wecom, untold.external_id).get("colleague")
    if colleague and _marked(shop, wecom, untold, str(colleague)):
        shop.office.do(lambda work: contacts.told(work, identity_id, untold.standing))


def _marked(shop: Shop, wecom: WeCom, untold: Untold, colleague: str) -> bool:
    """False: they are no contact of this colleague any more."""
    try:
        _mark(wecom, _tags(shop, wecom), untold, colleague)
    except Rejected as error:
        if error.code == NOT_THEIRS:
            return False
        if error.code != NO_SUCH_TAG:
            raise
        shop.office.do(lambda work: contacts.keep_tag_ids(work, {}))  # Somebody deleted one.
        _mark(wecom, _tags(shop, wecom), untold, colleague)
    return True


def _mark(wecom: WeCom, tags: dict[str, str], untold: Untold, colleague: str) -> None:
    body = {
        "userid": colleague,
        "external_userid": untold.external_id,
        "add_tag": [tags[untold.standing]],
        "remove_tag": [tag for standing, tag in tags.items() if standing != untold.standing],
    }
    wecom.post("externalcontact/mark_tag", body)


def _tags(shop: Shop, wecom: WeCom) -> dict[str, str]:
    """The platform's ids by standing: kept, found, or made."""
    with shop.office.reading() as work:
        kept, group = contacts.tag_ids(work), work.rules.brand.name[:30]
    if kept.keys() == TAGS.keys():
        return kept
    named = _named(wecom, group)
    missing = [name for name in TAGS.values() if name not in named]
    if missing:
        _make(wecom, group, missing)
        named = _named(wecom, group)
    ids = {str(standing): named[name] for standing, name in TAGS.items()}
    shop.office.do(lambda work: contacts.keep_tag_ids(work, ids))
    return ids


def _named(wecom: WeCom, group: str) -> dict[str, str]:
    """The ids of the tags in our group, by name."""
    groups = wecom.post("externalcontact/get_corp_tag_list", {}).get("tag_group") or []
    ours = [one for one in groups if one.get("group_name") == group]
    return {str(tag["name"]): str(tag["id"]) for one in ours for tag in one.get("tag") or []}


def _make(wecom: WeCom, group: str, names: list[str]) -> None:
    body = {"group_name": group, "tag": [{"name": name} for name in names]}
    try:
        wecom.post("externalcontact/add_corp_tag", body)
    except Rejected as error:
        if error.code != SAME_NAME:  # Another worker made them at the same moment.
            raise
