"""The rules of meeting people: the brand's words, joining, review, chat, menu, group posts."""

import re
import unicodedata
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, field_validator, model_validator

from commerce.rules.units import Clock, Count, Duration, Part, Some, Span, Switch, Words, wrong

LEAST_AGE = 16
ADULT_AGE = 18
LONGEST_POSTER_DAYS = 30
MENU_COLUMNS = 3
MENU_ROWS = 5


class Brand(Part):
    """Who speaks. `slogan` stands on posters; the strict preset puts `strict_slogan` there.

    `poster_template`: a file like `bot/pictures/templates/invite_poster.yaml`; None: that one."""

    name: Words
    organiser: Words
    slogan: Words
    strict_slogan: Words
    official_account: Words
    assistant: Words
    group_assistant: Words
    poster_template: Words | None
    service_hours: Span
    answer_text: Words


class Qualifications(Part):
    """What the law wants published of the organiser; None is shown as 「尚未填写」."""

    credit_code: str | None
    address: str | None
    contact: str | None
    icp_number: str | None
    food_licence: str | None

    @property
    def missing(self) -> list[str]:
        """The keys nobody has filled in."""
        return [name for name, value in self.model_dump().items() if not value]


class Joining(Part):
    """How one becomes a star. `reserve`: how long the first scan keeps the inviter."""

    age: Some
    guardian_age: Some
    text_version: Words
    reserve: Duration
    code_window: Duration
    nickname_length: Some
    poster_valid: Duration
    idle_seat_notice: Duration

    @model_validator(mode="after")
    def the_law_on_age(self) -> Self:
        if self.age < LEAST_AGE:
            wrong(f"带货人至少 {LEAST_AGE} 周岁", f"写 {LEAST_AGE} 或更大", "age")
        if self.guardian_age < max(ADULT_AGE, self.age):
            wrong(f"未满 {ADULT_AGE} 岁要监护人同意", f"写 {ADULT_AGE} 或更大", "guardian_age")
        return self

    @field_validator("poster_valid")
    @classmethod
    def as_long_as_wechat_keeps_a_code(cls, valid: timedelta) -> timedelta:
        if valid > timedelta(days=LONGEST_POSTER_DAYS):
            wrong("微信的临时二维码最长 30 天", "写 30天 或更短")
        return valid


class BindCode(Part):
    valid: Duration


class Staff(Part):
    code_valid: Duration
    confirm_valid: Duration


class BannedWord(Part):
    """A word that may not be said, and the innocent words it stands in."""

    word: Words
    unless: tuple[Words, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def a_bare_word(cls, value: object) -> object:
        return {"word": value} if isinstance(value, str) else value

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        words = (*sorted(self.unless, key=len, reverse=True), self.word)
        return re.compile("|".join(f"({re.escape(plain(word))})" for word in words))

    def found_in(self, text: str) -> bool:
        """Whether it is said somewhere outside its innocent words."""
        return any(match.lastindex == len(self.unless) + 1 for match in self.matches(text))

    def matches(self, text: str) -> list[re.Match[str]]:
        return list(self.pattern.finditer(plain(text)))


def plain(text: str) -> str:
    """Full-width, case and spaces do not hide a word."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


class Review(Part):
    """Content review: answered within `answer_within`; words stop it before a person looks."""

    answer_within: Duration
    videos_per_day: Some
    appeal_within: Duration
    banned_words: tuple[BannedWord, ...]

    def banned_in(self, text: str) -> list[str]:
        """The banned words of a text, in the order of the list."""
        return [banned.word for banned in self.banned_words if banned.found_in(text)]


class Chat(Part):
    """`understand_threshold`: per cent of likeness from which free text is taken for a phrase.
    `knowledge`: a folder of common questions beside this file; None: those of the house."""

    question_valid: Duration
    messages_per_minute: Some
    marketing_hours: Span
    service_hours: Span
    understand_threshold: Count
    understand_margin: Count
    knowledge: Words | None
    suggestions: Some
    group_posts_per_day: Some

    @field_validator("understand_threshold", "understand_margin")
    @classmethod
    def per_cent(cls, value: int) -> int:
        if value > 100:
            wrong("超过 100", "写 0 到 100 的整数")
        return value


class CustomerService(Part):
    """微信客服 and the people behind it."""

    human_answers_within: Duration
    welcome_within: Duration


class MenuEntry(Part):
    name: Words
    key: Words

    @field_validator("name")
    @classmethod
    def short_enough(cls, name: str) -> str:
        if len(name) > 8:
            wrong("二级菜单超过 8 个字", "写 8 个字以内")
        return name

    @field_validator("key")
    @classmethod
    def an_intent(cls, key: str) -> str:
        if not re.fullmatch(r"[a-z][a-z_]{1,31}", key):
            wrong("菜单的 key 要是意图名", "写 join、earnings 这样的小写英文")
        return key


class MenuColumn(Part):
    name: Words
    entries: tuple[MenuEntry, ...]

    @model_validator(mode="after")
    def within_what_wechat_takes(self) -> Self:
        if len(self.name) > 4:
            wrong("一级菜单超过 4 个字", "写 4 个字以内", "name")
        if not 0 < len(self.entries) <= MENU_ROWS:
            wrong("二级菜单要 1 到 5 项", "微信最多 3 列，每列 5 项", "entries")
        return self


def three_columns(columns: tuple[MenuColumn, ...]) -> tuple[MenuColumn, ...]:
    if not 0 < len(columns) <= MENU_COLUMNS:
        wrong("菜单要 1 到 3 列", "微信最多 3 列，每列 5 项")
    keys = [entry.key for column in columns for entry in column.entries]
    if len(set(keys)) < len(keys):
        wrong("同一个 key 出现了两次", "每个意图只放一处")
    return columns


Menu = Annotated[tuple[MenuColumn, ...], AfterValidator(three_columns)]


class Post(Part):
    """A group post. Sent at `at` on `weekdays`, or so long before or after a live, or on an event.

    A variable without a value stops the post; `review` asks a person first. `delivery_peak`: a day
    up to `at` on which `at_least` so many parcels were received.
    """

    id: Words
    name: Words
    review: Switch
    weekdays: tuple[Literal["周一", "周二", "周三", "周四", "周五", "周六", "周日"], ...] = ()
    at: Clock | None = None
    before_live: Duration | None = None
    after_live: Duration | None = None
    event: Literal["stock_back", "live_running", "delivery_peak"] | None = None
    at_most_once_in: Duration | None = None
    at_least: Some | None = None
    text: Words

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(re.findall(r"\{(\w+)\}", self.text))

    @model_validator(mode="after")
    def advertising_says_so(self) -> Self:
        if self.id[:1] in "GL" and not self.text.startswith("广告"):
            wrong("种草和预告的首行必须是「广告」", "第一行写「广告」", "text")
        if not (self.weekdays or self.before_live or self.after_live or self.event):
            wrong("没有说什么时候发", "写 weekdays、before_live、after_live 或 event", "id")
        if self.event == "delivery_peak" and not (self.at and self.at_least):
            wrong("没有说几点看、收到多少件算高峰", "写 at 和 at_least", "event")
        return self


def each_once(posts: tuple[Post, ...]) -> tuple[Post, ...]:
    ids = [post.id for post in posts]
    if len(set(ids)) < len(ids):
        wrong("同一个 id 出现了两次", "每个模板一个 id")
    return posts


Posts = Annotated[tuple[Post, ...], AfterValidator(each_once)]
