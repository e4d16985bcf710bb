/** What WeChat shows around the chat: the list of chats, the account's own page, following and unfollowing. */

import * as api from "./api.js";
import { isNote } from "./bubbles.js";
import { chatTime } from "./clock.js";
import { changed, current, desk } from "./desk.js";
import { accountAvatar, el, icon } from "./dom.js";
import { openPeople } from "./people.js";
import { openScanner } from "./pictures.js";
import { attempt, nav, sheet } from "./screens.js";

async function setFollowing(following) {
  const { person } = desk;
  const answer = await attempt(() => (following ? api.follow(person) : api.unfollow(person)));
  if (!answer) return;
  const known = desk.people.find((one) => one.name === person);
  if (known) known.following = following;
  changed("people");
  changed("sent");
}

function about() {
  return el("div", { class: "head" }, accountAvatar(38), el("div", {}, el("h3", {}, desk.account), el("span", { class: "kind" }, "服务号")));
}

/** The account's page for someone who does not follow it; `read` opens what was said before. */
export function strangerPage({ back, read }) {
  const go = el("div", { class: "go" },
    el("button", { class: "big green", "data-testid": "follow", onclick: (event) => { event.target.disabled = true; setFollowing(true).finally(() => { event.target.disabled = false; }); } }, "关注公众号"));
  api.readPhone(desk.person, 0, 0).then(({ messages }) => {
    if (messages.some((one) => !isNote(one))) go.append(el("button", { class: "big", "data-testid": "history", onclick: read }, "看以前的消息"));
  }).catch(() => {});
  return { node: el("section", { class: "page", "aria-label": "公众号资料", "data-testid": "profile" },
    nav("", { back, label: "返回微信" }),
    el("div", { class: "profile" }, about(), el("p", { class: "about" }, "推荐好物、预约直播、买直播价。参加免费。"), go,
      el("div", { class: "rows" }, el("p", {}, "账号类型", el("span", {}, "服务号，桌上的一份")), el("p", {}, "消息加密", el("span", {}, modeName()))))) };
}

const modeName = () => ({ safe: "安全模式", compatible: "兼容模式", plaintext: "明文模式" })[desk.state.mode] ?? "安全模式";

/** The ··· menu of the chat. */
export function moreMenu() {
  const following = current()?.following ?? false;
  const change = following
    ? { text: "取消关注", warn: true, testid: "unfollow", run: () => setFollowing(false) }
    : { text: "关注公众号", testid: "follow", run: () => setFollowing(true) };
  sheet(desk.account, [{ text: "扫一扫", testid: "more-scan", run: openScanner }, change]);
}

/** The list of chats, with one row. */
export function chatList(open) {
  const words = el("p", {}, current()?.following ? "" : "还没有关注");
  const time = el("time");
  api.readPhone(desk.person, 0, 0).then(({ messages }) => {
    const latest = messages.filter((one) => !isNote(one)).at(-1);
    if (!latest) return;
    words.textContent = { image: "[图片]", video: "[视频]", voice: "[语音]" }[latest.type] ?? (latest.text ?? "").split("\n")[0];
    time.textContent = chatTime(Date.parse(latest.at));
  }).catch(() => {});
  const people = el("button", { "aria-label": "换一个人", "data-testid": "people-drawer", onclick: openPeople }, icon("people", 22));
  const scan = el("button", { "aria-label": "扫一扫", onclick: openScanner }, icon("scan", 22));
  const bar = nav("微信", { back: null, right: scan });
  bar.prepend(people);
  return { node: el("section", { class: "page", "aria-label": "微信" }, bar,
    el("div", { class: "list" }, el("button", { class: "row-chat", onclick: open }, accountAvatar(28), el("span", { class: "mid" }, el("b", {}, desk.account), words), time))) };
}

