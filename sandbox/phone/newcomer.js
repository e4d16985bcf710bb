/** 「新来一个人」: asks a name and puts a new phone on the desk. */

import * as api from "./api.js";
import { changed, desk } from "./desk.js";
import { byId } from "./dom.js";

const NAMES = ["小明", "小红", "小刚", "阿丽", "阿强", "阿芳", "小周", "阿伟", "小林", "阿静"];
const dialog = byId("new-dialog");
const field = byId("new-name");
let then = null;

const suggestion = () => NAMES.find((name) => !desk.people.some((person) => person.name === name)) ?? `新人${desk.people.length + 1}`;

/** Opens the dialog; `run(name)` follows when the person is there. */
export function askName(run) {
  then = run;
  field.value = "";
  field.placeholder = suggestion();
  byId("new-bad").textContent = "";
  dialog.showModal();
  field.focus();
}

byId("new-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = field.value.trim() || field.placeholder;
  try {
    await api.addPerson(name);
    desk.people = await api.readPeople();
    changed("people");
    dialog.close();
    then(name);
  } catch (error) {
    byId("new-bad").textContent = error.message;
  }
});
