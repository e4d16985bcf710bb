/** The page's entry: keeps the desk up to date and decides which page the phone on top shows. */

import * as api from "./api.js";
import { about } from "./about.js";
import { moreMenu, strangerPage } from "./account.js";
import { chat } from "./chat.js";
import { chatList } from "./chats.js";
import { date, hourMinute, now, setClock, weekday } from "./clock.js";
import { changed, choose, current, desk, goTo, isKnown, nameAccount, on, openedOn } from "./desk.js";
import { el } from "./dom.js";
import "./evening.js";
import "./groups.js";
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

const openList = () => open(chatList((key) => goTo(desk.person, key)));
const openAccount = () => goTo(desk.person, "official");
const openChat = (key = "official") => open(chat(desk.person, key, { back: openList, more: key === "official" ? moreMenu : () => about(key), profile: openAccount }));

function openPlace() {
  if (desk.person === null) return open(idlePage());
  const key = openedOn(desk.person);
  following = current()?.following ?? false;
  return following || key !== "official" ? openChat(key) : open(strangerPage({ back: openList, read: () => openChat() }));
}

/** Opens the chat that is wanted, once it is known what it is. */
async function arrive() {
  const { person } = desk;
  const reading = readDoors(person);
  if (person !== null && !isKnown(openedOn(person))) await reading;
  if (person !== desk.person) return;
  if (person !== null && !isKnown(openedOn(person))) openAccount();
  else openPlace();
  await reading;
  page?.refresh?.();
}

function onPeople() {
  if (desk.person !== null && !current()) return choose(null);
  if (desk.person !== null && following !== (current()?.following ?? false)) return followed();
  return page?.refresh?.();
}

/** Whoever follows now sees the account's chat where its page was; any other chat stays. */
function followed() {
  if (openedOn(desk.person) === "official") return openPlace();
  following = current()?.following ?? false;
  return page?.refresh?.();
}

/** The chats of a person; the rest of what there is of WeCom, where more is open than the official account. */
async function readDoors(person) {
  const { corp } = desk.state;
  const [chats, groups, menu] = await Promise.allSettled([person === null ? [] : api.readChats(person), corp ? api.readGroups() : [], corp ? api.readMenu("app") : {}]);
  if (chats.status === "fulfilled" && person === desk.person) desk.chats = chats.value;
  if (groups.status === "fulfilled") desk.groups = groups.value;
  if (menu.status === "fulfilled") desk.appMenu = menu.value.button ?? menu.value.menu?.button ?? [];
  changed("chats");
}

async function refresh() {
  const [people, state, menu] = await Promise.allSettled([api.readPeople(), api.readState(), api.readMenu(), readDoors(desk.person)]);
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
  if (plain && !elsewhere && page?.write && (following || openedOn(desk.person) !== "official") && isTop(page.node)) page.write();
}

on("person", arrive);
on("chat", arrive);
on("people", onPeople);
on("account", () => page?.refresh?.());
on("sent", refresh);
document.addEventListener("keydown", typeAnywhere);
setInterval(() => { if (!document.hidden) refresh(); }, REFRESH_MS);

await refresh();
const wanted = decodeURIComponent(location.hash.slice(1));
const first = desk.people.find((person) => person.name === wanted) ?? desk.people[0];
if (first) choose(first.name);
else openPlace();
