/** The list of a person's chats: who spoke last, what, when, and how much of it is unread. */

import { isNote } from "./bubbles.js";
import { chatTime } from "./clock.js";
import { current, desk } from "./desk.js";
import { accountAvatar, el, groupAvatar, icon } from "./dom.js";
import { openPeople } from "./people.js";
import { openScanner } from "./pictures.js";
import { nav } from "./screens.js";

const KINDS = { account: "公众号", service: "微信客服", contact: "@千星", app: "企业微信应用", bot: "智能机器人", internal: "内部群", external: "外部群" };
const SIGNS = { image: "[图片]", video: "[视频]", voice: "[语音]", file: "[文件]" };
const UNREAD_SHOWN = 99;

const picture = ({ members }) => (members ? groupAvatar(members) : accountAvatar(28));

function lastWords({ last, kind, group }) {
  if (!last) return kind === "account" && !current()?.following ? "还没有关注" : "";
  const words = SIGNS[last.type] ?? (last.text ?? "").split("\n")[0];
  return group && last.from !== "me" && !isNote(last) ? `${last.from}：${words}` : words;
}

function row(chat, open) {
  const { key, title, members, unread, last } = chat;
  const badge = unread > 0 && el("span", { class: "badge", "data-testid": `chat-unread-${key}` }, unread > UNREAD_SHOWN ? "99+" : String(unread));
  const name = members ? `${title}（${members.length}）` : title;
  return el("button", { class: "row-chat", "data-testid": `chat-${key}`, "data-key": key, onclick: () => open(key) },
    el("span", { class: "face" }, picture(chat), badge),
    el("span", { class: "mid" }, el("b", {}, el("span", { class: "title" }, name), el("em", {}, KINDS[chat.kind] ?? "")), el("p", {}, lastWords(chat))),
    last && el("time", {}, chatTime(Date.parse(last.at))));
}

/** A page `{node, refresh}`; `open` lays the chat of a key on top. */
export function chatList(open) {
  const list = el("div", { class: "list", "data-testid": "chat-list" });
  const people = el("button", { "aria-label": "换一个人", "data-testid": "people-drawer", onclick: openPeople }, icon("people", 22));
  const scan = el("button", { "aria-label": "扫一扫", onclick: openScanner }, icon("scan", 22));
  const bar = nav("微信", { back: null, right: scan });
  bar.prepend(people);
  let drawn = "";

  function refresh() {
    const shape = JSON.stringify(desk.chats);
    if (shape === drawn) return;
    drawn = shape;
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    list.replaceChildren(...desk.chats.map((chat) => row(chat, open)));
    if (focused !== null) [...list.children].find((one) => one.dataset.key === focused)?.focus();
  }

  return { node: el("section", { class: "page", "aria-label": "微信" }, bar, list), refresh };
}
