/** Below the people: the corp's groups. A touch opens one on the phone on top, or on its first member's. */

import { desk, goTo, on } from "./desk.js";
import { byId, el, groupAvatar } from "./dom.js";
import { hush } from "./screens.js";

const KINDS = { internal: "内部群", external: "外部群" };

function enter({ name, members }) {
  const who = members.includes(desk.person) ? desk.person : members[0];
  hush();
  byId("people").classList.remove("open");
  if (who) goTo(who, `group:${name}`);
}

function row(group) {
  const { name, kind, members } = group;
  return el("li", {}, el("button", { class: "person", "data-testid": `group-${name}`, "data-name": name, onclick: () => enter(group) },
    groupAvatar(members), el("span", { class: "who" }, el("b", {}, name), el("em", {}, `${KINDS[kind]}　${members.length} 人`))));
}

let drawn = "";

function draw() {
  const shape = JSON.stringify(desk.groups);
  if (shape === drawn) return;
  drawn = shape;
  byId("groups").hidden = desk.groups.length === 0;
  byId("group-list").replaceChildren(...desk.groups.map(row));
}

on("chats", draw);
