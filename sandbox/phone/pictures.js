/** Pictures on the whole screen, the code found in one, and the scanner. */

import * as api from "./api.js";
import { isNote } from "./bubbles.js";
import { changed, desk, goTo } from "./desk.js";
import { avatar, el, icon } from "./dom.js";
import { askName } from "./newcomer.js";
import { attempt, nav, pop, push, sheet, toast } from "./screens.js";

/** Scans as a person. Answers the chat the code leads to, nothing when it was not read. */
async function scanAs(name, picture) {
  toast("正在识别…");
  const answer = await attempt(async () => api.scanPicture(name, await picture()));
  if (!answer) return undefined;
  const { messages } = await api.readPhone(name, answer.n ?? 0, 0).catch(() => ({ messages: [] }));
  toast(messages.find(isNote)?.text ?? `${name}扫到了`);
  changed("sent");
  return answer.chat ?? "official";
}

function askWho(title, run) {
  const people = desk.people.map(({ name, following }) => ({
    text: name, sub: following ? "已关注" : "未关注", sign: avatar(name), testid: `as-${name}`, run: () => run(name),
  }));
  const newcomer = { text: "新来一个人", sign: icon("add", 26), testid: "as-new", run: () => askName((name) => run(name)) };
  sheet(title, [...people, newcomer]);
}

/** A picture of the chat on the whole screen, with 「识别图中二维码」. */
export function look(message) {
  const recognise = () => askWho("谁来识别图中二维码", async (name) => {
    const chat = await scanAs(name, () => api.readMedia(message.media));
    if (chat) goTo(name, chat);
  });
  const image = el("img", { src: api.mediaAddress(message.media), alt: message.text || "图片", "data-testid": "full-picture" });
  const node = el("section", { class: "page over dark", "aria-label": "大图" },
    nav("", { sign: "close", label: "关掉大图" }),
    el("div", { class: "full", onclick: (event) => event.target !== image && pop() }, image),
    el("div", { class: "tools" }, el("button", { onclick: recognise, "data-testid": "recognise" }, icon("scan", 20), "识别图中二维码")));
  push({ node }, false);
  node.querySelector("[data-testid=recognise]").focus({ focusVisible: false });
}

export function play(message) {
  const place = el("div", { class: "full" });
  const film = el("video", { src: api.mediaAddress(message.media), controls: true, autoplay: true });
  film.addEventListener("error", () => place.replaceChildren(el("p", {}, "这一小段没有画面，只用来试着交短视频。")));
  place.append(film);
  push({ node: el("section", { class: "page over dark", "aria-label": "视频" }, nav("", { sign: "close", label: "关掉视频" }), place) }, false);
}

async function everyPicture() {
  const phones = await Promise.all(desk.people.map(async ({ name }) => {
    const { messages } = await api.readPhone(name, 0, 0).catch(() => ({ messages: [] }));
    return messages.filter((one) => one.type === "image" && one.media).map((one) => ({ owner: name, ...one }));
  }));
  return phones.flat().sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

async function fill(grid, take) {
  const pictures = await everyPicture();
  const thumbs = pictures.map((one) => el("button", {
    "data-testid": "scan-picture", "data-owner": one.owner, "aria-label": `${one.owner} 聊天里的图片`, onclick: () => take(() => api.readMedia(one.media)),
  }, el("img", { src: api.mediaAddress(one.media), alt: "" }), one.owner, one.from === "me" && el("em", {}, "自己发的")));
  grid.replaceChildren(...(thumbs.length ? thumbs : [el("p", {}, "还没有图片。")]));
}

/** The scanner of the phone on top: a picture of any chat, or a file. */
export function openScanner() {
  const name = desk.person;
  if (name === null) return;
  const take = async (picture) => {
    const chat = await scanAs(name, picture);
    if (chat) goTo(name, chat);
  };
  const input = el("input", { type: "file", accept: "image/*", hidden: true, "data-testid": "scan-file", onchange: () => input.files[0] && take(async () => input.files[0]) });
  const drop = (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) take(async () => file);
  };
  const finder = el("button", {
    class: "finder", onclick: () => input.click(), ondrop: drop,
    ondragover: (event) => { event.preventDefault(); finder.classList.add("over"); }, ondragleave: () => finder.classList.remove("over"),
  }, icon("scan", 34), "从文件里选一张海报", el("em", {}, "也可以拖到这里"));
  const grid = el("div", { class: "thumbs" }, el("p", {}, "正在找图片…"));
  push({ node: el("section", { class: "page over dark", "aria-label": "扫一扫" },
    nav("扫一扫", { sign: "close", label: "关掉扫一扫" }),
    el("div", { class: "scanner" }, el("div", { class: "by" }, avatar(name), `${name} 来扫`), finder, input, el("h3", {}, "大家聊天里的图片"), grid)) });
  fill(grid, take);
}
