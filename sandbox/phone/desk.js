/** What is on the desk: the people, whose phone lies on top, and the sandbox's state. One listener list per event. */

export const desk = { people: [], person: null, account: "千星计划", menu: [], state: {} };

const listeners = new Map();

/** Events: people, person, account, state. */
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
  history.replaceState(null, "", name === null ? location.pathname : `#${encodeURIComponent(name)}`);
  changed("person");
}

export const current = () => desk.people.find((person) => person.name === desk.person) ?? null;

/** The menu item of that key, at either level. */
export const menuItem = (key) => desk.menu.flatMap((top) => [top, ...(top.sub_button ?? [])]).find((item) => item.key === key);

export function nameAccount(name) {
  if (!name || name === "me" || name === desk.account) return;
  desk.account = name;
  changed("account");
}
