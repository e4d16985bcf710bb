/** What is on the desk: the people, whose phone lies on top, and the sandbox's state. One listener list per event. */

export const desk = { people: [], person: null, account: "千星计划", menu: [], appMenu: [], chats: [], groups: [], state: {} };

const opened = new Map();

const listeners = new Map();

/** Events: people, person, chat, chats, account, state, sent. */
export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

export function changed(event) {
  for (const listener of listeners.get(event) ?? []) listener();
}

/** Puts a person's phone on top; remembered in the address so that a reload keeps it. */
export function choose(name) {
  if (desk.person === name) return;
  desk.person = name;
  desk.chats = [];
  history.replaceState(null, "", name === null ? location.pathname : `#${encodeURIComponent(name)}`);
  changed("person");
}

/** Lays that chat of a person on top, whatever is there now. */
export function goTo(name, key) {
  opened.set(name, key);
  if (desk.person === name) changed("chat");
  else choose(name);
}

/** Which chat lay open on a phone last. */
export const openedOn = (name) => opened.get(name) ?? "official";

export const isKnown = (key) => key === "official" || desk.chats.some((one) => one.key === key);

/** What is known of a chat of the person on top; of the account's something always is. */
export function chatOf(key) {
  const account = { key: "official", door: "official", kind: "account", title: desk.account, speaks: true };
  return desk.chats.find((one) => one.key === key) ?? account;
}

export const current = () => desk.people.find((person) => person.name === desk.person) ?? null;

/** The menu item of that key, at either level. */
export const menuItem = (key) => desk.menu.flatMap((top) => [top, ...(top.sub_button ?? [])]).find((item) => item.key === key);

export function nameAccount(name) {
  if (!name || name === "me" || name === desk.account) return;
  desk.account = name;
  changed("account");
}
