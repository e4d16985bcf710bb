/** The page's entry: keeps the desk up to date and decides which page the phone on top shows. */

import * as api from "./api.js";
import { chatList, moreMenu, strangerPage } from "./account.js";
import { chat } from "./chat.js";
import { date, hourMinute, now, setClock, weekday } from "./clock.js";
import { changed, choose, current, desk, nameAccount, on } from "./desk.js";
import { el } from "./dom.js";
import "./evening.js";
import "./levers.js";
import { askName } from "./newcomer.js";
import "./people.js";
import "./room.js";
import { isTop, show } from "./screens.js";
import "./wire.js";

const REFRESH_MS = 2000;
let page = null;
let following = null;

function idlePage() {
  return { node: el("section", { class: "idle dark", "aria-label": "锁屏" }, el("div", { class: "big-time" }, hourMinute(now())), el("div", { class: "day" }, `${date(now())} ${weekday(now())}`),
    el("p", {}, "桌上还没有人。", el("br"), "新来一个人，把这部手机递给他。"), el("button", { onclick: () => askName(choose) }, "新来一个人")) };
}

function open(made) {
  page = made;
  show(made);
  made.refresh?.();
}

const openChat = () => open(chat(desk.person, { back: openList, more: moreMenu, profile: openAccount }));
const openList = () => open(chatList(openAccount));

function openAccount() {
  if (desk.person === null) return open(idlePage());
  following = current()?.following ?? false;
  return following ? openChat() : open(strangerPage({ back: openList, read: openChat }));
}

function onPeople() {
  if (desk.person !== null && !current()) return choose(null);
  if (desk.person !== null && following !== (current()?.following ?? false)) return openAccount();
  return page?.refresh?.();
}

async function refresh() {
  const [people, state, menu] = await Promise.allSettled([api.readPeople(), api.readState(), api.readMenu()]);
  desk.state = state.status === "fulfilled" ? state.value : {};
  if (state.status === "fulfilled") {
    setClock(state.value.clock_at);
    nameAccount(state.value.account);
  }
  if (menu.status === "fulfilled") desk.menu = menu.value.button ?? menu.value.menu?.button ?? [];
  if (people.status === "fulfilled") desk.people = people.value;
  changed("state");
  if (people.status === "fulfilled") changed("people");
}

/** Someone who just starts typing means the chat. */
function typeAnywhere(event) {
  const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  const elsewhere = document.activeElement?.matches("input, textarea, [role=menuitem]") || document.querySelector("dialog[open], .veil");
  if (plain && !elsewhere && page?.write && following && isTop(page.node)) page.write();
}

on("person", openAccount);
on("people", onPeople);
on("account", () => page?.refresh?.());
on("sent", refresh);
document.addEventListener("keydown", typeAnywhere);
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);

await refresh();
const wanted = decodeURIComponent(location.hash.slice(1));
const first = desk.people.find((person) => person.name === wanted) ?? desk.people[0];
if (first) choose(first.name);
else openAccount();
