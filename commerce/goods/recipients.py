"""
Recipients: where a person's orders go. Encrypted; found again only by whoever has the number.

A person has one; an order keeps the one it was made with.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import BadRecipient
from commerce.store.base import Base, Id, Sealed, seal_of
from commerce.work import Work

PHONE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})(?![0-9])")
LABELS = re.compile(r"(?:收货人|收件人|姓名|名字|联系人|手机号?码?|电话|地址|收货地址)[:： ]")
APART = re.compile(r"[\s,，;；、。|/]+")
LONGEST_NAME, LEAST_ADDRESS, LONGEST_ADDRESS = 20, 6, 120
DISTRICT = re.compile(r".{2,12}?[区县]")
PLACE = re.compile(r"[省市区县镇乡村路街道号弄巷室楼栋苑]")


class SavedRecipient(Base):
    """The address a member's next order goes to."""

    __tablename__ = "recipients"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Sealed)
    phone_trace: Mapped[str] = mapped_column(String(64), index=True)
    address_trace: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Recipient:
    """Private: never logged, never said in a group."""

    name: str
    phone: str
    address: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def masked(self) -> str:
        """「阿芳 138****6688，杭州市西湖区****」"""
        district = DISTRICT.match(self.address)
        shown = district[0] if district else self.address[:LEAST_ADDRESS]
        return f"{self.name} {self.phone[:3]}****{self.phone[-4:]}，{shown}****"


def from_json(kept: str) -> Recipient:
    return Recipient(**json.loads(kept))


def parse(text: str) -> Recipient:
    """「阿芳 13800006688 杭州市西湖区文三路 1 号」, in any order. BadRecipient names what is not
    there."""
    plain = unicodedata.normalize("NFKC", text)[:400]
    phone = PHONE.search(plain)
    before, after = (plain, "") if phone is None else (plain[: phone.start()], plain[phone.end() :])
    name, address = _name_and_address(_parts(before), _parts(after))
    missing = [
        what
        for what, there in (("name", name), ("phone", phone), ("address", address))
        if not there
    ]
    if missing or phone is None:
        raise BadRecipient(tuple(missing))
    return Recipient(name, "".join(phone.groups()), address)


def save(work: Work, member_id: int, recipient: Recipient) -> None:
    """The person's next orders go there."""
    phone_trace, address_trace = traces(work, recipient)
    row = SavedRecipient(
        member_id=member_id,
        address=recipient.to_json(),
        phone_trace=phone_trace,
        address_trace=address_trace,
        changed_at=work.now,
    )
    work.session.merge(row)
    work.session.flush()


def saved(work: Work, member_id: int) -> Recipient | None:
    """Where the person's next order goes; None until they have said it."""
    row = work.session.get(SavedRecipient, member_id)
    return None if row is None else from_json(row.address)


def saved_of(work: Work, member_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """As `saved`, for several: what an order of each says of where it goes."""
    rows = select(SavedRecipient).where(SavedRecipient.member_id.in_(member_ids))
    return {
        row.member_id: {
            "recipient": row.address,
            "phone_trace": row.phone_trace,
            "address_trace": row.address_trace,
        }
        for row in work.session.scalars(rows)
    }


def forget(work: Work, member_id: int) -> None:
    """Safe to run again."""
    work.session.execute(delete(SavedRecipient).where(SavedRecipient.member_id == member_id))


def traces(work: Work, recipient: Recipient) -> tuple[str, str]:
    """Of phone and address: the same person's are the same, however the address is spaced."""
    seal = seal_of(work.session.get_bind().dialect)
    address = APART.sub("", unicodedata.normalize("NFKC", recipient.address)).casefold()
    return seal.trace(f"phone:{recipient.phone}"), seal.trace(f"address:{address}")


def _parts(text: str) -> list[str]:
    return [part for part in APART.split(LABELS.sub(" ", text)) if part]


def _name_and_address(before: list[str], after: list[str]) -> tuple[str, str]:
    """The name stands beside the phone number, before it as a rule, or else at an end."""
    for parts, at in ((before, -1), (after, 0), (before, 0), (after, -1)):
        if parts and _is_name(parts[at]):
            name = parts.pop(at)
            return name, _address([*before, *after])
    return "", _address([*before, *after])


def _is_name(part: str) -> bool:
    letters = sum(sign.isalpha() for sign in part)
    return 0 < letters == len(part) <= LONGEST_NAME and not PLACE.search(part[1:])


def _address(parts: list[str]) -> str:
    address = " ".join(parts)
    return address if LEAST_ADDRESS <= len(address) <= LONGEST_ADDRESS else ""
