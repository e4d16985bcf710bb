"""The sandbox's page as a person uses it: only what can be clicked, typed and read there."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import FrameLocator, Locator, Page, TimeoutError, expect

PATIENCE_MS = 15_000
HAS_SLID_IN = "node => Promise.all(node.getAnimations().map(one => one.finished)).then(() => null)"
HEARD = """([since, parts]) => [...document.querySelectorAll(
    '[data-testid=message][data-from=account]'
)].find((one) => Number(one.dataset.n) > since
    && parts.every((part) => one.textContent.includes(part)))?.textContent"""
PICTURED = """(since) => [...document.querySelectorAll(
    '[data-testid=message][data-from=account]:has([data-testid=message-picture] img)'
)].find((one) => Number(one.dataset.n) > since && one.querySelector('img').naturalWidth > 100
    )?.dataset.n"""


class Desk:
    """One phone lies on top; `since` is the last message its owner had seen before acting."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.since = 0
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def picks_up(self, name: str) -> None:
        """Lays that person's phone on top. What came while it lay aside counts as new."""
        self.since = 0
        self.at(f"person-{name}").click()
        expect(self.at(f"person-{name}")).to_have_attribute("aria-current", "true")
        shown = self.page.locator("[data-testid=profile], [data-testid=chat] [data-n]")
        expect(shown.first).to_be_visible()
        expect(self.page.locator("#toast")).to_be_hidden()

    def opens(self, chat: str) -> None:
        """Another chat of the phone on top. What stands there counts as new."""
        self.since = 0
        self.at("back").last.click()
        row = self.at(f"chat-{chat}")
        expect(row).to_be_visible()
        was_spoken_in = row.locator("time").count() > 0
        row.click()
        page = self.page.locator(f"[data-chat='{chat}'], [data-testid=profile]")
        expect(page).to_be_visible()
        if was_spoken_in and self.at("chat").count():
            expect(page.locator("[data-n]").first).to_be_visible()

    def calls(self, text: str) -> None:
        """Says it in a group to the assistant there, by name."""
        self._looks()
        self.at("mention").click()
        self.at("composer").press_sequentially(text)
        self.at("composer").press("Enter")

    def is_new(self, name: str) -> None:
        self.at("new-person").click()
        self.is_called(name)
        expect(self.at("profile")).to_be_visible()

    def is_called(self, name: str) -> None:
        self.at("new-person-name").fill(name)
        self.at("new-person-ok").click()

    def follows(self) -> None:
        self.at("follow").click()
        expect(self.at("chat")).to_be_visible()

    def says(self, text: str) -> None:
        self._looks()
        self._keyboard()
        self.at("composer").fill(text)
        self.at("composer").press("Enter")

    def taps_menu(self, top: int, key: str) -> None:
        self._looks()
        if self.at("menus").count():
            self.at("menus").click()
        self.at(f"menu-top-{top}").click()
        self.at(f"menu-{key}").click()

    def taps_word(self, word: str) -> None:
        """The newest blue word of that text."""
        self._looks()
        self.at(f"button-{word}").last.click()

    def sends_a_film(self) -> None:
        self._looks()
        self._keyboard()
        self.at("plus").click()
        self.at("send-video").click()
        self.at("video-made").click()

    @contextmanager
    def enters_the_room(self) -> Iterator[FrameLocator]:
        """By the desk's own button."""
        self._looks()
        self.at("enter-live").click()
        with self._web_view() as page:
            yield page

    @contextmanager
    def reads(self, words: str) -> Iterator[FrameLocator]:
        """The page behind the newest link of these words, in the phone's own browser."""
        self.page.get_by_role("link", name=words).last.click()
        with self._web_view() as page:
            yield page

    @contextmanager
    def reads_address(self, part: str) -> Iterator[FrameLocator]:
        """The page behind the newest link to such an address."""
        self.page.locator(f"[role=link][title*='{part}']").last.click()
        with self._web_view() as page:
            yield page

    @contextmanager
    def _web_view(self) -> Iterator[FrameLocator]:
        expect(self.at("web-view")).to_be_visible()
        self.at("web-view").evaluate(HAS_SLID_IN)  # A click into a moving frame misses.
        yield self.page.frame_locator("[data-testid=web-frame]")
        self.at("web-view").get_by_test_id("back").click()
        expect(self.at("web-view")).to_have_count(0)

    def hears(self, *parts: str) -> str:
        """The first new message of the account that has all these words."""
        try:
            told = self.page.wait_for_function(HEARD, arg=[self.since, list(parts)])
        except TimeoutError:
            raise AssertionError(f"not heard {parts} after {self.since}: {self.heard}") from None
        return str(told.json_value())

    @property
    def heard(self) -> list[str]:
        """All the account said since the last act, as far as it has come."""
        messages = self.page.locator("[data-testid=message][data-from=account]").all()
        return [
            one.inner_text()
            for one in messages
            if int(one.get_attribute("data-n") or 0) > self.since
        ]

    def sees_picture(self) -> Locator:
        """The first new picture, loaded; a button that shows it on the whole screen."""
        number = self.page.wait_for_function(PICTURED, arg=self.since).json_value()
        return self.page.locator(f"[data-testid=message][data-n='{number}']").get_by_test_id(
            "message-picture"
        )

    def bytes_of(self, picture: Locator) -> bytes:
        address = picture.locator("img").evaluate("(image) => image.src")
        return self.page.request.get(str(address)).body()

    def time_passes(self, button: str) -> None:
        """`60`, `3600`, `86400` seconds, or `tomorrow` at nine. What was heard before is old."""
        self._looks()
        with self.page.expect_response(lambda answer: "/sandbox/v1/clock" in answer.url):
            self.at(f"clock-forward-{button}").click()

    def makes_trouble(self, kind: str) -> None:
        """The next delivery suffers it."""
        self.at("faults").click()
        self.at(f"fault-{kind}").click()
        expect(self.at("fault-active")).to_contain_text("还有 1 次")
        self.page.locator("#fault-dialog").get_by_role("button", name="好了").click()

    def _looks(self) -> None:
        """Remembers the newest message that can be seen."""
        newest = "all => Math.max(0, ...all.map((one) => Number(one.dataset.n)))"
        self.since = int(self.page.locator("[data-testid=chat] [data-n]").evaluate_all(newest))

    def _keyboard(self) -> None:
        """Below the chat are menus or a line to write on, once the desk knows who follows."""
        expect(self.at("composer").or_(self.at("keyboard")).first).to_be_visible()
        if self.at("keyboard").count():
            self.at("keyboard").click()
