/** What WeChat shows around the account's chat: its own page, following and unfollowing. */

import * as api from "./api.js";
import { isNote } from "./bubbles.js";
import { changed, current, desk } from "./desk.js";
import { accountAvatar, el } from "./dom.js";
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
  api.readPhone(desk.person, 0, 0, undefined, "official").then(({ messages }) => {
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
