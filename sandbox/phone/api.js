/** The sandbox's JSON interface. Every failure is an Error whose message may be shown as it stands. */

const BASE = "/sandbox/v1";

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("沙盒没有回答，看看它还在不在运行。", { cause: error });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { detail } = answer;
  throw new Error(typeof detail === "string" && detail ? detail : `沙盒答了 ${response.status}。`);
}

const json = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const person = (name) => `/people/${encodeURIComponent(name)}`;

export const readPeople = async () => (await call("/people")).people;
export const addPerson = (name) => call("/people", json("POST", { name }));
export const follow = (name, scene) => call(`${person(name)}/follow`, json("POST", scene ? { scene } : {}));
export const unfollow = (name) => call(`${person(name)}/unfollow`, json("POST", {}));
/** Says it in that chat, the account's unless one is given; with the bot alone there is a lever of its own. */
export function say(name, text, { key, door, group } = { door: "official" }) {
  if (key === "bot") return call("/aibot/say", json("POST", { person: name, text }));
  return call(`${person(name)}/say`, json("POST", { door, group, text }));
}

export const tap = (name, key, door) => call(`${person(name)}/tap`, json("POST", { key, door }));
export const scan = (name, content) => call(`${person(name)}/scan`, json("POST", { content }));
export const markRead = (name, chat) => call(`${person(name)}/read`, json("POST", { chat }));
export const addContact = (name, staff, how) => call("/contacts", json("POST", { person: name, staff, add_way: how }));
export const readChats = async (name) => (await call(`${person(name)}/chats`)).chats;
export const readGroups = async () => (await call("/groups")).groups;
export const readMenu = (door = "official") => call(`/menu?door=${door}`);
export const readState = () => call("/state");
export const advanceClock = (seconds) => call("/clock", json("POST", { advance_s: seconds }));
export const addFault = (fault) => call("/faults", json("POST", fault));
export const readEvening = () => call("/evening");
export const beginEvening = () => call("/evening", json("POST", {}));
export const clearFaults = () => call("/faults", { method: "DELETE" });

/** `{messages, typing?}` after number `since`, of one chat if it is given; waits up to `wait` seconds for one to come. */
export function readPhone(name, since, wait, signal, chat) {
  const where = chat ? `&chat=${encodeURIComponent(chat)}` : "";
  return call(`${person(name)}/phone?since=${since}&wait=${wait}${where}`, { signal });
}

/** What went over the wire after number `since`, of one person or (null) of everyone. */
export async function readWire(name, since, wait, signal) {
  const whose = name === null ? "" : `&person=${encodeURIComponent(name)}`;
  return (await call(`/wire?since=${since}&wait=${wait}${whose}`, { signal })).entries;
}

/** Lets a person scan a picture; the sandbox itself finds the code in it. */
export function scanPicture(name, picture) {
  const form = new FormData();
  form.append("image", picture, picture.name ?? "picture.jpg");
  return call(`${person(name)}/scan`, { method: "POST", body: form });
}

export function sendMedia(name, type, file, door = "official") {
  const form = new FormData();
  form.append("door", door);
  form.append("type", type);
  form.append("media", file, file.name);
  return call(`${person(name)}/send`, { method: "POST", body: form });
}

/** The address of a picture or film, whether the message carries its id or a whole path. */
export function mediaAddress(media) {
  if (typeof media !== "string") return media?.url ?? mediaAddress(String(media?.id ?? ""));
  return /^(https?:\/\/|blob:|\/)/.test(media) ? media : `${BASE}/media/${encodeURIComponent(media)}`;
}

export async function readMedia(media) {
  const response = await fetch(mediaAddress(media));
  if (!response.ok) throw new Error("这张图已经不在了。");
  return response.blob();
}
