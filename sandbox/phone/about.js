/** The ··· of every chat but the account's: who is in it, and whom of the corp one may add. */

import * as api from "./api.js";
import { chatOf, current, desk, goTo, isKnown } from "./desk.js";
import { openScanner } from "./pictures.js";
import { attempt, sheet } from "./screens.js";

const BY_GROUP = 4;

function whoIsThere({ members, staff }) {
  if (members) return `${members.join("、")}，共 ${members.length} 人`;
  return staff ? `企业员工 ${staff}` : "";
}

async function add(staff) {
  const { person } = desk;
  if (await attempt(() => api.addContact(person, staff, BY_GROUP))) goTo(person, `contact:${staff}`);
}

export function about(key) {
  const chat = chatOf(key);
  const scan = { text: "扫一扫", testid: "more-scan", run: openScanner };
  const stranger = chat.kind === "external" && chat.staff && !current()?.userid && !isKnown(`contact:${chat.staff}`);
  const befriend = { text: "加「千星小助手」", sub: `企业员工 ${chat.staff}`, testid: "add-contact", run: () => add(chat.staff) };
  sheet([chat.title, whoIsThere(chat)].filter(Boolean).join("\n"), stranger ? [befriend, scan] : [scan]);
}
