"""One spelling for what people type: width, case, spaces, traditional characters, politeness.

Phrases and people's text go through the same functions, so that both mean the same when they look
the same. Every character remembers where it stood, so that a name can be cut from the raw text.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

TRADITIONAL = (
    "確萬與專業東絲兩嚴個豐臨為麗舉義樂習鄉書買亂爭於虧雲產親億僅從倉們價眾優會傳傷倫偽體側備儲"
    "兒內冊寫軍農沖決況凍淨準幾處創別刪劃劉則剛劇勸辦動勵勞勢區醫華協單賣衛卻廠歷壓參雙發變號"
    "歎嗎啟員響問喚囉圖團國園圓場塊壞報夠頭夾奪奮獎婦媽學寧實寵審寬對尋導將塵嘗層屬歲島帶幫幣"
    "庫應廣廢開異張彈強歸當錄徹徑後復態總懷戀惱憶慶憂懶戰戶執擴掃揚換據擔擇擊擠擬攜擺搖數敵斷"
    "無舊時晝曉暫曆術機殺雜權條來極構標樣樹橋檔檢櫃歡歐殘殼毀氣漢湯滿潔淺測濟瀏涼減溫滅燈靈災"
    "爐點煉煩熱愛爺狀猶獨獲獻環現電畫療瘋盜盡監盤瞭礎禮禍離種積稱穩窮競筆簡簽籤糾紀約級紅線練"
    "組細終結給絕統經綁續維網緊緒緩編緣縮繼績絡繳織罰罷聯聲聽肅腦膚臉興藝節蘋藍虛蟲補裝襪見規"
    "視覽覺觀計訂認討讓訓議訊記講許論設訪證評識訴詞試詩話詢該詳語誤說請諸讀課誰調談謝譜負財責"
    "敗帳貨質販貪貴費賀資賠賞賴賺購贈贊車軟轉輪輸輯達遷過運還這進遠違連遲適選遺郵鄰釋裏裡錢鐘"
    "鈕銀鏈銷鎖錯鍵鍾長門閃閉間閱隊階際陸陽陰險隨隱難雞靜頁頂項順須預領頻題顏願類顧風飛飯飲飾"
    "館馬駐騙驗驚髮魚鮮鳥鹽麥麼黃齊齒龍龜週佈係臺檯隻纔麵誌妳祇註徵範鬆賬碼稅佔戲黨鏡餘祕夥餓"
    "飽鬧睏滾爛騷豬貓罵潤慮憑攔撥樓溝滯燒牆礙緻繫聰蓋葉薑蘭蝦譯譽趕趙跡踐躍辭鋪錦鍋雖頓餅鹹齡"
    "傢"
)
SIMPLE = (
    "确万与专业东丝两严个丰临为丽举义乐习乡书买乱争于亏云产亲亿仅从仓们价众优会传伤伦伪体侧备储"
    "儿内册写军农冲决况冻净准几处创别删划刘则刚剧劝办动励劳势区医华协单卖卫却厂历压参双发变号"
    "叹吗启员响问唤啰图团国园圆场块坏报够头夹夺奋奖妇妈学宁实宠审宽对寻导将尘尝层属岁岛带帮币"
    "库应广废开异张弹强归当录彻径后复态总怀恋恼忆庆忧懒战户执扩扫扬换据担择击挤拟携摆摇数敌断"
    "无旧时昼晓暂历术机杀杂权条来极构标样树桥档检柜欢欧残壳毁气汉汤满洁浅测济浏凉减温灭灯灵灾"
    "炉点炼烦热爱爷状犹独获献环现电画疗疯盗尽监盘了础礼祸离种积称稳穷竞笔简签签纠纪约级红线练"
    "组细终结给绝统经绑续维网紧绪缓编缘缩继绩络缴织罚罢联声听肃脑肤脸兴艺节苹蓝虚虫补装袜见规"
    "视览觉观计订认讨让训议讯记讲许论设访证评识诉词试诗话询该详语误说请诸读课谁调谈谢谱负财责"
    "败账货质贩贪贵费贺资赔赏赖赚购赠赞车软转轮输辑达迁过运还这进远违连迟适选遗邮邻释里里钱钟"
    "钮银链销锁错键钟长门闪闭间阅队阶际陆阳阴险随隐难鸡静页顶项顺须预领频题颜愿类顾风飞饭饮饰"
    "馆马驻骗验惊发鱼鲜鸟盐麦么黄齐齿龙龟周布系台台只才面志你只注征范松账码税占戏党镜余秘伙饿"
    "饱闹困滚烂骚猪猫骂润虑凭拦拨楼沟滞烧墙碍致系聪盖叶姜兰虾译誉赶赵迹践跃辞铺锦锅虽顿饼咸龄"
    "家"
)
SIMPLIFIED = str.maketrans(TRADITIONAL, SIMPLE)
QUOTES = str.maketrans("“”„‟‘’‚‛「」『』«»‹›", '""""\'\'\'\'""""""\'\'')

CONFIRMATIONS = "是 是的 对 对的 好 好的 行 可以 嗯 确认 确定 同意 没问题 ok"
_EDGE = r"[^\w\[\]{}@¥#+\-−<>()/]"  # punctuation, symbols, emoji, spaces
_WORDS = re.compile(r"[^\W_]")
_FRONT = re.compile(
    rf"(?:{_EDGE}|\[)+|@\S{{1,30}} |(?:你好|您好|hello|hi|哈喽|在吗|在不在)[呀啊]?[ ,!.。~、]+"
    r"|(?:请问一下|请问|麻烦你|麻烦|劳驾|帮我|帮忙|请|给我|我想要|我想|我要|想要)(?![不没别是的想])"
)
_BACK = re.compile(
    rf"(?:{_EDGE}|\])+$|\[[^\W\d_]{{1,4}}\]$"
    r"|(?:谢谢你|谢谢您|谢谢啦|谢谢|谢了|多谢|[呀啊吧呢哦噢喔嘛了啦哈呗哇]|(?<!了)吗)$"
)
KEPT_WHOLE = {"我要预约"}  # 「预约」 asks for the rules, 「我要预约」 agrees to them


class Spelled(NamedTuple):
    """`text` in one spelling, one space where there were some; `origin[i]` is where `text[i]`
    stood in `raw`."""

    raw: str
    text: str
    origin: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """What stood in the raw text at text[start:end], with all that belongs to its characters
        (emoji joiners, accents), without spaces around it."""
        until = self.origin[end] if end < len(self.origin) else len(self.raw)
        return self.raw[self.origin[start] : until].strip() if start < end else ""


@lru_cache(maxsize=64)  # Small: a text may be 4 000 characters, and as many places.
def spell(raw: str) -> Spelled:
    """Width, case, quotes, traditional characters and invisible ones; nothing is taken away."""
    characters: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(raw):
        for plain in _plain(character):
            if plain == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(plain)
            origin.append(position)
    while characters and characters[-1] == " ":
        characters.pop()
        origin.pop()
    return Spelled(raw, "".join(characters), tuple(origin))


@lru_cache(maxsize=64)
def trimmed(text: str, *, front: bool = True, back: bool = True) -> tuple[int, int]:
    """Where the matter of a spelled text begins and ends: without punctuation at the edges and
    without words of politeness. Never only politeness is left out: 「谢谢」 stays."""
    start, end = 0, len(text)
    while front and (found := _FRONT.match(text, start, end)):
        if not _WORDS.search(text, found.end(), end) or _kept(text, start, end):
            break
        start = found.end()
    whole_end = end
    while back and (found := _BACK.search(text, max(start, end - 40), end)):
        if not _WORDS.search(text, start, found.start()):
            break
        end = found.start()
    return start, end + _meant_otherwise(text, start, end, whole_end)


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in {"Cf", "Cc", "Cs", "Co", "Cn"} or character == "\ufe0f":
        return ""
    plain = character
    for _ in range(3):  # Some characters need folding again after folding.
        plain = unicodedata.normalize("NFKC", plain).casefold()
    plain = plain.translate(SIMPLIFIED).translate(QUOTES)
    return "".join(" " if part.isspace() else part for part in plain)


def _kept(text: str, start: int, end: int) -> bool:
    return end - start < 20 and text[start:end].replace(" ", "").rstrip("。.!~") in KEPT_WHOLE


def _meant_otherwise(text: str, start: int, end: int, whole_end: int) -> int:
    """How much of the ending turns a confirmation into something else: 「对吗」, 「对了」."""
    core = text[start:end].replace(" ", "") if end - start < 20 else ""
    if core not in CONFIRMATIONS.split():
        return 0
    other = "吗呢?" if core in {"好", "行", "好的", "嗯", "ok"} else "吗呢?吧"
    if core not in {"确认", "确定", "同意"}:
        other += "了"
    return next((at + 1 for at, mark in enumerate(text[end:whole_end]) if mark in other), 0)
