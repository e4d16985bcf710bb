"""The walk-through: 小明 joins, invites, submits a video, becomes 一星; a fourth friend stands."""

from tests.stories.phone import Phone, Sandbox


def becomes_staff(sandbox: Sandbox, code: str) -> Phone:
    boss = sandbox.person("店长")
    boss.follows().hears("欢迎")
    boss.says(code).hears("你现在是管理员")
    return boss


def joins(person: Phone, poster: bytes | None = None) -> Phone:
    (person.scans(poster) if poster else person.follows()).hears("欢迎来到千星计划")
    person.says("加入").hears("三句话")
    person.says(person.name).hears(f"欢迎，{person.name}！")
    return person


def gets_poster(person: Phone) -> bytes:
    person.says("海报").hears("正在画你的邀请卡")
    poster = person.sees_picture()
    person.hears("有效到")
    return poster


def walk(sandbox: Sandbox, boss: Phone) -> None:
    """Everything a newcomer sees in the first minutes; AssertionError where it is not so."""
    ming = joins(sandbox.person("小明"))
    ming.says("进度").hears("你是「见习」，下一级「一星」", "邀请 0 / 2 人，还差 2 人")
    poster = gets_poster(ming)

    joins(sandbox.person("小红"), poster)
    joins(sandbox.person("小刚"), poster)
    ming.says("进度").hears("已邀请 2 人，还差 1 条带货短视频升级。", "邀请 2 / 2 人，已够")

    number = submits_video(ming)
    boss.says("待审").hears(f"V{number} 小明")
    boss.says(f"通过 V{number}").hears(f"已通过 V{number}")
    ming.hears("🎉 你升到「一星」了！")

    joins(sandbox.person("阿丽"), poster)
    wei = sandbox.person("阿伟")
    wei.scans(poster).hears("是小明邀请你来的")
    wei.says("加入").hears("三句话")
    wei.says("阿伟").hears("欢迎，阿伟！你是小明邀请的。", "3 个席位满了")
    ming.hears("阿伟加入了。你的 3 个席位已满")
    ming.says("团队").hears("团队 3 人：你邀请的 3 人（席位已满）")
    ming.sees_picture()


def submits_video(person: Phone) -> int:
    person.says("交短视频").hears("把视频发来")
    answer = person.says("https://weixin.qq.com/sph/A1b2C3").hears("收到，编号 V")
    return int(answer["text"].split("编号 V")[1].split("。")[0])
