/** The column at the left: whose phone lies on top, and who has something unread. */

import { choose, desk, on } from "./desk.js";
import { avatar, byId, el } from "./dom.js";
import { askName } from "./newcomer.js";
import { openScanner } from "./pictures.js";
import { hush } from "./screens.js";

const UNREAD_SHOWN = 99;
const drawer = byId("people");

function row(person) {
  const chosen = person.name === desk.person;
  const unread = chosen ? 0 : person.unread ?? 0;
  const status = person.following ? "已关注" : "未关注";
  const doors = person.userid ? "企业微信" : "公众号";
  return el("li", {}, el("button", {
    class: "person", "data-testid": `person-${person.name}`, "data-name": person.name, "aria-current": chosen ? "true" : undefined,
    "aria-label": `${person.name}，${status}${unread ? `，${unread} 条未读` : ""}`,
    onclick: () => { hush(); choose(person.name); drawer.classList.remove("open"); },
  }, avatar(person.name), el("span", { class: "who" }, el("b", {}, person.name), el("em", {}, `${status}　${doors}`)),
  unread > 0 && el("span", { class: "unread", "data-testid": `unread-${person.name}` }, unread > UNREAD_SHOWN ? "99+" : String(unread))));
}

let drawn = "";

function draw() {
  const shape = JSON.stringify([desk.people, desk.person]);
  if (shape === drawn) return;
  drawn = shape;
  const list = byId("people-list");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  const empty = [el("li", { class: "nobody" }, "还没有人")];
  list.replaceChildren(...(desk.people.length ? desk.people.map(row) : empty));
  if (focused !== null) [...list.querySelectorAll("button")].find((button) => button.dataset.name === focused)?.focus();
  byId("scan").disabled = desk.person === null;
}

/** On a narrow screen the column is a drawer. */
export const openPeople = () => drawer.classList.add("open");

on("people", draw);
on("person", draw);
byId("new-person").addEventListener("click", () => askName((name) => { choose(name); drawer.classList.remove("open"); }));
byId("scan").addEventListener("click", () => { drawer.classList.remove("open"); openScanner(); });
