/** How a message's text, links and buttons become the line a reader sees. Pure. */

const BARE_ADDRESS = /https?:\/\/[^\s，。；、）」》<>"']+/g;

/** A code of the corp's: WeChat follows it by itself, as if it were scanned. */
export const isCode = (url) => /^https:\/\/work\.weixin\.qq\.com\/(kf|ca|gm)\//.test(url);

/** Only web addresses open; `javascript:` and its kin never do. */
export function isWeb(url) {
  try {
    return ["http:", "https:"].includes(new URL(url, location.href).protocol);
  } catch {
    return false;
  }
}

/** The text without the trailing words of its buttons, or the text itself when they do not stand at its end. */
export function withoutButtons(text, buttons) {
  let rest = text;
  for (const button of [...buttons].reverse()) {
    rest = rest.replace(/[\s\[\]　]+$/u, "");
    if (!rest.endsWith(button.text)) return text;
    rest = rest.slice(0, -button.text.length);
  }
  return buttons.length ? rest.replace(/[\s\[　]+$/u, "") : text;
}

function bareParts(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(BARE_ADDRESS)) {
    parts.push({ text: text.slice(from, match.index) }, { text: match[0], url: match[0] });
    from = match.index + match[0].length;
  }
  return [...parts, { text: text.slice(from) }];
}

/** Where each link stands, read forwards, and each button, read backwards; what stands nowhere is left over. */
function marked(text, links, buttons) {
  const marks = [];
  const below = [];
  let from = 0;
  for (const link of links) {
    const at = link.text ? text.indexOf(link.text, from) : -1;
    if (at < 0) below.push({ text: link.text || link.url, url: link.url });
    else marks.push({ at, text: link.text, url: link.url });
    from = at < 0 ? from : at + link.text.length;
  }
  let until = text.length;
  for (const button of [...buttons].reverse()) {
    const at = button.text ? text.slice(0, until).lastIndexOf(button.text) : -1;
    if (at < 0) below.push({ text: button.text, id: button.id });
    else marks.push({ at, text: button.text, id: button.id });
    until = at < 0 ? until : at;
  }
  return { marks: marks.sort((a, b) => a.at - b.at), below };
}

/** `{parts, words}`: the text cut into plain, linked and tappable parts, and the words that stand below it. */
export function readable({ type = "text", text = "", links = [], buttons = [] }) {
  const head = type === "menu" ? text : withoutButtons(text, buttons);
  const apart = type === "menu" || head !== text || !buttons.every((button) => text.includes(button.text));
  const { marks, below } = marked(head, links.filter((one) => isWeb(one.url)), apart ? [] : buttons);
  const parts = [];
  let from = 0;
  for (const { at, ...mark } of marks) {
    if (at < from) continue;
    parts.push(...bareParts(head.slice(from, at)), mark);
    from = at + mark.text.length;
  }
  parts.push(...bareParts(head.slice(from)));
  const words = apart ? buttons.map((button) => ({ text: button.text, id: button.id })) : [];
  return { parts: parts.filter((part) => part.text), words: [...below, ...words] };
}
