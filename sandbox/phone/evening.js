/** The button that lets an evening be played, and what it says meanwhile; the phones go on. */

import * as api from "./api.js";
import { changed } from "./desk.js";
import { byId } from "./dom.js";

const EVERY_MS = 700;
const dialog = byId("evening-dialog");
let timer = null;

function show({ on, lines, code }) {
  const words = on ? "正在演。关掉这个窗口也行，随便点谁，看他的手机。" : { 0: "演完了。" }[code] ?? "没有演完，看最后一行。";
  byId("evening-state").textContent = code === null && !on ? "" : words;
  const box = byId("evening-lines");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  box.textContent = lines.join("\n");
  if (atEnd) box.scrollTop = box.scrollHeight;
  byId("evening-begin").disabled = on;
  byId("evening").dataset.on = on;
  return on;
}

async function follow() {
  clearTimeout(timer);
  try {
    if (show(await api.readEvening())) timer = setTimeout(follow, EVERY_MS);
    changed("sent");
  } catch (error) {
    byId("evening-bad").textContent = error.message;
  }
}

async function begin() {
  byId("evening-bad").textContent = "";
  try {
    show(await api.beginEvening());
    timer = setTimeout(follow, EVERY_MS);
  } catch (error) {
    byId("evening-bad").textContent = error.message;
  }
}

byId("evening").addEventListener("click", () => { dialog.showModal(); follow(); });
byId("evening-begin").addEventListener("click", begin);
