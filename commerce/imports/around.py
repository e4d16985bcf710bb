"""What the rows of a chunk name: products, sharers, lives and buyers, found by a query of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from commerce.goods import recipients, shop_names, touches
from commerce.goods.products import Product
from commerce.goods.recipients import Recipient, SavedRecipient
from commerce.imports.orders import Incoming
from commerce.lives.lives import Live
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.store.bulk import among, insert_all
from commerce.work import Work

SHOP = "shop"
"""The channel under which the shop's own ids of people stand: a door nobody can knock at."""


@dataclass
class Around:
    """By what the rows call them."""

    products: dict[str, Product] = field(default_factory=dict)
    sharers: dict[str, Member] = field(default_factory=dict)
    lives: dict[str, Live] = field(default_factory=dict)
    kept: list[Member] = field(default_factory=list)
    """Uplines and hosts: the session remembers whom somebody holds, and asks for nobody twice."""


class Buyer(NamedTuple):
    id: int
    member: Member | None
    """None: only the shop knows them, and only since this chunk. Nobody can have brought them."""
    came_by_share: bool
    phone_trace: str | None
    address_trace: str | None
    recipient: str | None


def look_around(work: Work, rows: Sequence[Incoming]) -> Around:
    """Everything but the buyers."""
    session = work.session
    found = select(Product).where(among(session, Product.code, {row.sku for row in rows}))
    around = Around(products={one.code: one for one in session.scalars(found)})
    live_ids = shop_names.lives(work, {row.live for row in rows if row.live})
    lives = select(Live).where(Live.id.in_(set(live_ids.values())))
    by_id = {live.id: live for live in session.scalars(lives)}
    around.lives = {name: by_id[live_id] for name, live_id in live_ids.items()}
    ids = shop_names.sharers(work, {row.sharer for row in rows if row.sharer})
    promoters = _load(work, {*ids.values(), *(live.host_id for live in by_id.values())})
    around.sharers = {name: members.get(work, member_id) for name, member_id in ids.items()}
    parents = _load(work, _parents([*promoters, *around.sharers.values()]))
    around.kept = [*promoters, *parents, *_load(work, _parents(parents))]
    return around


def buyers(work: Work, rows: Sequence[Incoming]) -> list[Buyer]:
    """Who bought each row. A stranger becomes a visitor; whoever is known by the shop's id of them,
    or else by the telephone number their orders go to, is themselves."""
    traced = [_traced(work, row) for row in rows]
    names = [_name(row, phone) for row, (phone, _, _) in zip(rows, traced, strict=True)]
    known = _known(work, set(names))
    by_phone = _by_phone(work, {phone for phone, _, _ in traced if phone})
    found: list[Member | None] = []
    new: dict[str, None] = {}
    for name, (phone, _, _) in zip(names, traced, strict=True):
        one = known.get(name)
        if one is None and phone and name not in new:
            one = by_phone.get(phone)
        if one is None:
            new[name] = None
        found.append(one)
    ids = _welcome(work, list(new))
    touched = touches.touched(work, {one.id for one in found if one is not None})
    return [
        Buyer(one.id if one else ids[name], one, one is not None and one.id in touched, *to)
        for name, one, to in zip(names, found, traced, strict=True)
    ]


def _traced(work: Work, row: Incoming) -> tuple[str | None, str | None, str | None]:
    """Traces of phone and address, and the recipient as an order keeps them."""
    if not row.phone and not row.address:
        return None, None, None
    recipient = Recipient(row.name, row.phone, row.address)
    phone, address = recipients.traces(work, recipient)
    return phone if row.phone else None, address if row.address else None, recipient.to_json()


def _name(row: Incoming, phone_trace: str | None) -> str:
    """The shop's id of the buyer, or what else tells them apart."""
    if row.buyer:
        return row.buyer
    return f"phone:{phone_trace}" if phone_trace else f"order:{row.number}"


def _known(work: Work, names: set[str]) -> dict[str, Member]:
    """By the shop's id; of who left only its trace is there."""
    found = _of_identities(work, names)
    erased = {identities.erased(work, SHOP, name): name for name in names - found.keys()}
    return found | {erased[id]: one for id, one in _of_identities(work, erased).items()}


def _of_identities(work: Work, ids: Iterable[str]) -> dict[str, Member]:
    rows = select(Identity.external_id, Identity.member_id).where(
        Identity.channel == SHOP, among(work.session, Identity.external_id, list(ids))
    )
    found = work.session.execute(rows).all()
    kept = _load(work, {row.member_id for row in found})
    assert len(kept) <= len(found)
    return {row.external_id: members.get(work, row.member_id) for row in found}


def _by_phone(work: Work, phones: set[str]) -> dict[str, Member]:
    """Whose saved address has this number; nobody where it is several people's."""
    if not phones:
        return {}
    rows = select(SavedRecipient.phone_trace, SavedRecipient.member_id).where(
        among(work.session, SavedRecipient.phone_trace, phones)
    )
    found: dict[str, set[int]] = {}
    for row in work.session.execute(rows):
        found.setdefault(row.phone_trace, set()).add(members.get(work, row.member_id).id)
    return {phone: members.get(work, ids.pop()) for phone, ids in found.items() if len(ids) == 1}


def _welcome(work: Work, names: Sequence[str]) -> dict[str, int]:
    """New visitors. Safe while the caller is the only one importing."""
    ids = insert_all(work.session, Member, [{"created_at": work.now}] * len(names))
    made = dict(zip(names, ids, strict=True))
    doors = [
        {
            "member_id": member_id,
            "channel": SHOP,
            "external_id": name,
            "is_open": False,
            "created_at": work.now,
        }
        for name, member_id in made.items()
    ]
    insert_all(work.session, Identity, doors)
    return made


def _load(work: Work, ids: set[int]) -> list[Member]:
    found = select(Member).where(among(work.session, Member.id, ids))
    return list(work.session.scalars(found)) if ids else []


def _parents(people: Iterable[Member]) -> set[int]:
    return {person.parent_id for person in people if person.parent_id is not None}
