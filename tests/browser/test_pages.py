"""The pages everybody may read, on a phone 390 px wide, by day and by night."""

import pytest

from tests.browser.conftest import Keep, Scheme, Visit

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 4.5
SCROLLS = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
# Contrast of every piece of text against the nearest ground that is painted, as WCAG 2 defines it.
CONTRASTS = """() => {
  const read = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = read(colour).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    if (read(colour)[3] !== 0) return colour;
    return node.parentElement ? ground(node.parentElement) : 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    if (!words) continue;
    const node = walker.currentNode.parentElement;
    const [dark, bright] = [light(getComputedStyle(node).color), light(ground(node))]
      .sort((a, b) => a - b);
    found.push([words.slice(0, 30), (bright + 0.05) / (dark + 0.05)]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["rules", "privacy", "qualifications"])
def test_a_public_page_fits_a_phone_and_can_be_read(
    visit: Visit, keep: Keep, name: str, scheme: Scheme
) -> None:
    page = visit(f"/pages/{name}", scheme)

    assert page.evaluate(SCROLLS) == 0
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 10
    assert [(words, ratio) for words, ratio in contrasts if ratio < LEAST_CONTRAST] == []

    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(244, 245, 248)", "dark": "rgb(11, 16, 32)"}[scheme]
    if (name, scheme) == ("rules", "light"):
        keep("rules.png", page.screenshot())


@pytest.mark.parametrize("name", ["rules", "privacy", "qualifications"])
def test_what_a_page_links_to_is_big_enough_for_a_thumb(visit: Visit, name: str) -> None:
    page = visit(f"/pages/{name}", "light")

    links = page.locator("footer a").all()

    assert [link.bounding_box()["height"] >= 44 for link in links] == [True, True]  # type: ignore[index]
