/** 进直播间: the person on top asks for the way in, and opens it as soon as it is there. */

import * as api from "./api.js";
import { changed, desk, on } from "./desk.js";
import { byId } from "./dom.js";
import { attempt, hush, toast } from "./screens.js";
import { webView } from "./web.js";

const WORDS = "进直播间";
const ROOM = "/pages/live";
const TRIES = 5;
const WAIT_S = 2;
const button = byId("enter-live");

const isRoom = ({ url }) => URL.canParse(url) && new URL(url).pathname.startsWith(ROOM);

/** The first way in after message `since`; null when nothing more comes. A newcomer is greeted first. */
async function wayIn(name, since) {
  let seen = since;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { messages } = await api.readPhone(name, seen, WAIT_S);
    const link = messages.flatMap((message) => message.links ?? []).find(isRoom);
    if (link) return link;
    if (!messages.length) return null;
    seen = messages.at(-1).n;
  }
  return null;
}

async function enter() {
  const name = desk.person;
  const { n } = await api.say(name, WORDS);
  changed("sent");
  const link = await wayIn(name, n);
  if (desk.person !== name) return;
  if (link) webView(link.url, link.text);
  else toast("现在没有正在播的，看看他回了什么。");
}

button.addEventListener("click", async () => {
  byId("people").classList.remove("open");
  hush();
  button.disabled = true;
  await attempt(enter);
  button.disabled = desk.person === null;
});
on("person", () => { button.disabled = desk.person === null; });
