"""What colleagues read about contacts: the tags in WeCom, and 客户, the numbers."""

from bot.context import Context
from bot.reply import Said, Text
from bot.router import Router
from commerce.people import contacts, staff
from commerce.people.contacts import Standing
from commerce.people.staff import Role

router = Router()

TAGS = {Standing.STAR: "星主", Standing.BUYER: "顾客", Standing.NEW: "新朋友"}
"""What a tag is called. Its group is called like the brand."""


@router.says("客户", "客户概况", "多少客户", "有多少客户", "走了多少客户")
@router.staff
def overview(ctx: Context) -> Said:
    staff.need_role(ctx.work, ctx.member, Role.HOST, Role.REVIEWER)
    found = contacts.counted(ctx.work)
    lately = f"最近 {contacts.LATELY.days} 天"
    lines = [f"现在有客户 {found.now:,} 位，{lately}走了 {found.lost_lately:,} 位。"]
    if found.unwelcomed:
        lines.append(f"{lately}没赶上欢迎的 {found.unwelcomed:,} 位，请同事在企业微信里打个招呼。")
    if not found.now:
        lines.append("客户扫同事的二维码、加上企业微信，就会数进来。")
    return Text("\n".join(lines), ("群列表", "群发"))
