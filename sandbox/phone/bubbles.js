/** One message as it lies in the chat. */

import { mediaAddress } from "./api.js";
import { accountAvatar, avatar, el, icon } from "./dom.js";
import { isWeb, readable } from "./words.js";

/** A blue word flows with the text, which a button element would not. */
function blue(part, properties, run) {
  const act = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    run();
  };
  return el("a", { class: "lk", tabIndex: 0, onclick: act, onkeydown: act, ...properties }, part.text);
}

function word(part, hands) {
  if (part.url) return blue(part, { role: "link", title: part.url }, () => hands.open(part.url, part.text));
  if (part.id !== undefined) return blue(part, { role: "button", "data-testid": `button-${part.id}` }, () => hands.tap(part));
  return part.text;
}

function words(message, hands) {
  const { parts, words: below } = readable(message);
  const rows = message.type === "menu" || below.some((one) => one.text.length > 8);
  const line = below.length > 0 && el("div", { class: rows ? "words rows" : "words" }, below.map((one) => word(one, hands)));
  return el("div", { class: "bb" }, parts.map((part) => word(part, hands)), line);
}

function picture(message, hands) {
  const address = mediaAddress(message.media);
  const image = el("img", { src: address, alt: message.text || "图片", onload: hands.settle });
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "gone" }, "图片打不开了")));
  return el("button", { class: "pic", "data-testid": "message-picture", "aria-label": "看大图", onclick: () => hands.look(message) }, image);
}

function film(message, hands) {
  return el("button", { class: "clip", "data-testid": "message-video", "aria-label": "放视频", onclick: () => hands.play(message) }, icon("play", 44), message.text && el("span", {}, message.text));
}

function card(message, hands) {
  const [title, ...rest] = (message.text ?? "").split("\n");
  const link = (message.links ?? []).find((one) => isWeb(one.url));
  const cover = message.media ?? message.picture;
  const image = cover && el("img", { src: mediaAddress(cover), alt: "", onload: hands.settle });
  const front = el("button", { class: "card", "data-testid": "message-card", disabled: !link, onclick: () => hands.open(link.url, title) }, title || link?.text, rest.length > 0 && el("p", {}, rest.join("\n")), image);
  const others = (message.links ?? []).filter((one) => one !== link && isWeb(one.url)).map((one) => el("button", { class: "card", onclick: () => hands.open(one.url, one.text) }, one.text));
  const below = [...others, ...keys(message, hands)];
  return below.length ? el("div", { class: "stack" }, front, below) : front;
}

/** The buttons of a template card, or the words one was replaced with. */
function keys(message, hands) {
  if (message.done) return [el("p", { class: "key done" }, message.done)];
  return (message.buttons ?? []).map((one) => el("button", { class: "key", "data-testid": `button-${one.id}`, onclick: () => hands.tap(one, "card") }, one.text));
}

const sound = (message) => el("audio", { src: mediaAddress(message.media), controls: true, preload: "none", "data-testid": "message-voice" });

function body(message, hands) {
  if (message.type === "image" && message.media) return picture(message, hands);
  if (message.type === "video") return film(message, hands);
  if (message.type === "voice" && message.media) return sound(message);
  if (message.type === "card") return card(message, hands);
  return words(message, hands);
}

function mark(message, hands) {
  if (message.from !== "me") return null;
  if (message.state === "sending") return el("span", { class: "mark sending", role: "img", "aria-label": "正在发送", "data-testid": "message-sending" });
  if (message.state !== "failed") return null;
  return el("button", { class: "mark failed", "aria-label": "没有送到，点这里重发", "data-testid": "message-failed", onclick: () => hands.again(message) }, "!");
}

/** A grey line of WeChat itself, not a word of the account. */
export const isNote = (message) => message.type === "note" || message.type === "notice";

/** A message of WeChat Pay, which is not the account's; its buttons are pressed, not said. */
export const isPay = (message) => message.from === "微信支付";
export const isPayButton = ({ id }) => /^(pay|confirm-transfer):/.test(id);

/** People have faces of their own; the account, its app and the machines of WeCom wear the star. */
const MACHINES = ["千星客服", "千星助手", "小助理", "消息推送"];
const face = (name, account) => (name === account || MACHINES.includes(name) ? accountAvatar() : avatar(name));

/** `hands`: what a touch does, {open, tap, look, play, again, settle}; in a group every message says whose it is. */
export function bubble(message, person, hands, { account, named = false } = {}) {
  const mine = message.from === "me";
  if (isNote(message)) return el("div", { class: "note", "data-testid": "note", "data-n": message.n }, message.text);
  if (mine && message.type === "menu") return el("div", { class: "note", "data-testid": "note", "data-n": message.n }, `点了菜单「${message.text ?? ""}」`);
  const from = mine ? person : message.from;
  const content = named && !mine ? el("div", { class: "said" }, el("span", { class: "sender" }, message.from), body(message, hands)) : body(message, hands);
  return el("div", {
    class: mine ? "m me" : "m", "data-testid": "message", "data-n": message.n, "data-from": mine ? "me" : "account", "data-sender": from,
    "data-state": message.state, role: "group", "aria-label": mine ? "我" : message.from,
  }, mine ? avatar(person) : face(from, account), content, mark(message, hands));
}
