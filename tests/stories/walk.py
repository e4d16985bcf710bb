"""The walk-through: 小明 joins, invites, submits a video, becomes 一星; a fourth friend stands.

Every step may be told again in a storm, when nobody knows whether it went through the first time.
"""

from tests.stories.phone import Phone, Sandbox

LINK = "https://weixin.qq.com/sph/A1b2C3"


def becomes_staff(sandbox: Sandbox, code: str) -> Phone:
    boss = sandbox.person("店长")
    boss.follows().hears("欢迎")
    boss.says(code).hears("你现在是管理员")
    return boss


def joins(person: Phone, poster: bytes | None = None) -> Phone:
    arrives(person, "欢迎来到千星计划", poster=poster)
    return gives_name(person, f"欢迎，{person.name}！")


def arrives(person: Phone, *words: str, poster: bytes | None = None) -> None:
    person.insists(
        lambda again: (person.scans(poster) if poster else person.comes(again)).hears(*words)
    )


def gives_name(person: Phone, *welcome: str) -> Phone:
    """Who was not answered begins anew, and may hear that it was done."""

    def story(again: bool) -> None:
        done = (f"你已经加入了，{person.name}",)
        answer = person.says("加入").hears("三句话", or_else=done if again else ())
        if "三句话" in answer["text"]:
            person.says(person.name).hears(*welcome)

    person.insists(story)
    return person


def asks(person: Phone, words: str, *parts: str) -> None:
    person.insists(lambda again: person.says(words).hears(*parts))


def gets_poster(person: Phone) -> bytes:
    def story(again: bool) -> bytes:
        person.says("海报").hears("正在画你的邀请卡")
        poster = person.sees_picture()
        person.hears("有效到")
        return poster

    return person.insists(story)


def walk(sandbox: Sandbox, boss: Phone) -> list[Phone]:
    """Everything a newcomer sees in the first minutes; AssertionError where it is not so."""
    ming = joins(sandbox.person("小明"))
    asks(ming, "进度", "你是「见习」，下一级「一星」", "邀请 0 / 2 人，还差 2 人")
    poster = gets_poster(ming)

    hong = joins(sandbox.person("小红"), poster)
    gang = joins(sandbox.person("小刚"), poster)
    asks(ming, "进度", "已邀请 2 人，还差 1 条带货短视频升级。", "邀请 2 / 2 人，已够")

    number = submits_video(ming)
    asks(boss, "待审", f"V{number} 小明")
    approves(boss, number)
    ming.is_told("🎉 你升到「一星」了！")

    li = joins(sandbox.person("阿丽"), poster)
    wei = sandbox.person("阿伟")
    arrives(wei, "是小明邀请你来的", poster=poster)
    gives_name(wei, "欢迎，阿伟！你是小明邀请的。", "3 个席位满了")
    ming.is_told("阿伟加入了。你的 3 个席位已满")
    sees_team(ming)
    return [boss, ming, hong, gang, li, wei]


def submits_video(person: Phone) -> int:
    def story(again: bool) -> int:
        person.says("交短视频").hears("把视频发来")
        seen = ("这条正在看，编号 V",) if again else ()
        answer = person.says(LINK).hears("收到，编号 V", or_else=seen)
        return int(answer["text"].split("编号 V")[1].split("。")[0])

    return person.insists(story)


def approves(boss: Phone, number: int) -> None:
    def story(again: bool) -> None:
        done = (f"V{number} 已被{boss.name}通过",) if again else ()
        boss.says(f"通过 V{number}").hears(f"已通过 V{number}", or_else=done)

    boss.insists(story)


def sees_team(person: Phone) -> None:
    def story(again: bool) -> None:
        person.says("团队").hears("团队 3 人：你邀请的 3 人（席位已满）")
        person.sees_picture()

    person.insists(story)
