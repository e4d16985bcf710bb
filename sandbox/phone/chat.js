/** A chat: its messages, what is on its way, and the dock below. */

import * as api from "./api.js";
import { chatTime } from "./clock.js";
import { changed, chatOf, current, desk, menuItem, nameAccount } from "./desk.js";
import { dock } from "./dock.js";
import { el, icon } from "./dom.js";
import { bubble, isNote, isPay, isPayButton } from "./bubbles.js";
import { look, play } from "./pictures.js";
import { attempt, nav, sheet } from "./screens.js";
import { follow } from "./links.js";

const AGAIN = 40;
const GAP_MS = 5 * 60_000;
const LONG_POLL_S = 20;
const QUICK_MS = 350;
const LOST_MS = 2000;
const ANSWER_MS = 5000;
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** The name on the bar; a group says how many are in it. */
const named = ({ title, members }) => (members ? `${title}（${members.length}）` : title);

/** A page `{node, leave}` of one person's chat; `back` and `more` are the bar's two buttons, `profile` leads to the account's page. */
export function chat(person, key, { back, more, profile }) {
  const place = () => chatOf(key);
  const { door } = place();
  const official = key === "official";
  const dress = { account: place().kind === "contact" ? place().staff : desk.account, named: door === "group" && key !== "bot" };
  const stop = new AbortController();
  const seen = new Map();
  const separators = new Map();
  const waiting = [];
  let last = 0;
  let awaited = 0;
  let expected = 0;
  let writes = false;

  const paper = el("div", { class: "chat", role: "log", "aria-live": "polite", "aria-label": "聊天", tabIndex: 0, "data-testid": "chat" });
  const bar = nav(named(place()), { back, label: "返回微信", right: el("button", { onclick: more, "aria-label": "更多", "data-testid": "more" }, icon("more", 22)) });
  const title = bar.querySelector("h2");
  title.dataset.testid = "chat-title";
  const others = el("span", { class: "dot", "data-testid": "other-unread", hidden: true });
  bar.querySelector("[data-testid=back]").append(others);
  const low = dock({ say, tap, send, again: profile }, place());
  const node = el("section", { class: "page", "aria-label": `${person} 的聊天`, "data-chat": key }, bar, paper, low.node);
  const hands = { open: follow, tap: tapButton, look: (message) => look(message, person), play, again, settle };

  const atBottom = () => paper.scrollHeight - paper.scrollTop - paper.clientHeight < 60;
  const toBottom = () => { paper.scrollTop = paper.scrollHeight; };
  function settle() {
    if (pinned) toBottom();
  }
  let pinned = true;
  let top = 0;
  const size = new ResizeObserver(settle);
  size.observe(paper);
  paper.addEventListener("scroll", () => {
    if (paper.scrollTop < top) pinned = false;
    if (atBottom()) pinned = true;
    top = paper.scrollTop;
  });

  function say(text) {
    return onTheWay({ type: "text", text }, () => api.say(person, text, place()));
  }

  function send(type, file) {
    const address = URL.createObjectURL(file);
    return onTheWay({ type, media: address, text: type === "video" ? file.name : undefined }, () => api.sendMedia(person, type, file, door)).finally(() => setTimeout(() => URL.revokeObjectURL(address), LOST_MS * 5));
  }

  /** A word whose id is also a menu key goes by its text, or the sandbox would press the menu. */
  function tapButton(button, on = "words") {
    const press = () => api.tap(person, official && menuItem(button.id) ? button.text : button.id, door);
    if (isPayButton(button) || on === "card") return busy(() => attempt(press));
    return onTheWay({ type: "text", text: button.text }, press);
  }

  /** A menu leaves no bubble: the answer is expected for as long as WeChat waits for one. */
  async function tap(key, name) {
    expected = Date.now() + ANSWER_MS;
    setTimeout(retitle, ANSWER_MS + 50);
    const answer = await busy(() => attempt(() => api.tap(person, key, official ? undefined : door)));
    if (answer?.open) follow(answer.open, name);
    if (!answer || answer.open) expected = 0;
    retitle();
  }

  function again(message) {
    if (message.type !== "text") return sheet("这条没有送到", [{ text: "知道了", run: () => {} }]);
    return sheet("重发这条消息", [{ text: "重发", run: () => say(message.text) }]);
  }

  async function busy(work) {
    awaited += 1;
    retitle();
    try {
      return await work();
    } finally {
      awaited -= 1;
      retitle();
      changed("sent");
    }
  }

  /** Shows a message at once; the sandbox's own record of it takes its place when it arrives. */
  async function onTheWay(message, work) {
    const entry = { message: { ...message, from: "me", at: null, state: "sending" }, after: last, done: false };
    waiting.push(entry);
    pinned = true;
    redraw();
    try {
      await busy(work);
      entry.done = true;
    } catch (error) {
      entry.message.state = "failed";
      entry.reason = error.message;
    }
    redraw();
    setTimeout(() => entry.done && forget(entry), LOST_MS * 2);
  }

  function forget(entry) {
    const at = waiting.indexOf(entry);
    if (at >= 0) waiting.splice(at, 1);
    redraw();
  }

  function arrived(message) {
    if (message.from !== "me") {
      expected = 0;
      return !official || isNote(message) || isPay(message) ? undefined : nameAccount(message.from);
    }
    const entry = waiting.find((one) => message.n > one.after && one.message.type === message.type && one.message.state === "sending" && (message.type !== "text" || one.message.text === message.text));
    if (entry) waiting.splice(waiting.indexOf(entry), 1);
    return undefined;
  }

  const sending = () => [...seen.values()].filter(({ message }) => message.state === "sending");

  function retitle() {
    const typing = awaited > 0 || writes || Date.now() < expected || sending().length > 0;
    title.textContent = typing && door !== "group" ? "对方正在输入…" : named(place());
    const unread = desk.chats.reduce((sum, one) => sum + (one.key === key ? 0 : one.unread), 0);
    others.hidden = unread === 0;
    others.textContent = unread > 99 ? "99+" : String(unread);
  }

  function drawing(message) {
    const key = JSON.stringify(message);
    const known = seen.get(message.n);
    if (known?.key === key) return;
    const fresh = bubble(message, person, hands, dress);
    known?.node.replaceWith(fresh);
    seen.set(message.n, { key, node: fresh, message });
  }

  function separator(at) {
    if (!separators.has(at)) separators.set(at, el("time", { class: "tm", "data-at": at }, chatTime(at)));
    return separators.get(at);
  }

  function pending(entry) {
    if (entry.drawn !== entry.message.state) entry.node = bubble(entry.message, person, hands, dress);
    entry.drawn = entry.message.state;
    entry.why ??= entry.reason && el("div", { class: "note", role: "alert" }, entry.reason);
    return entry.why ? [entry.node, entry.why] : [entry.node];
  }

  /** Puts the nodes in place and leaves those alone that stand there already: focus and scroll position stay. */
  function arrange(nodes) {
    nodes.forEach((one, place) => {
      if (paper.children[place] !== one) paper.insertBefore(one, paper.children[place] ?? null);
    });
    while (paper.children.length > nodes.length) paper.lastChild.remove();
  }

  function redraw() {
    const nodes = [];
    let before = -Infinity;
    for (const [, { node: one, message }] of [...seen].sort(([a], [b]) => a - b)) {
      const at = Date.parse(message.at);
      if (at - before > GAP_MS) nodes.push(separator(at));
      if (!Number.isNaN(at)) before = at;
      nodes.push(one);
    }
    arrange([...nodes, ...waiting.flatMap(pending)]);
    retitle();
    settle();
  }

  function redate() {
    for (const line of paper.querySelectorAll(".tm")) {
      const text = chatTime(Number(line.dataset.at));
      if (line.textContent !== text) line.textContent = text;
    }
  }

  function take(messages) {
    const fresh = messages.filter((message) => !seen.has(message.n));
    fresh.forEach(arrived);
    messages.forEach(drawing);
    if (!messages.length) return;
    last = Math.max(last, messages.at(-1).n);
    redraw();
    if (fresh.length && !document.hidden) api.markRead(person, key).catch(() => {});
  }

  /** What stands there may change: a card that was tapped, an answer that is still being written. */
  async function lookAgain() {
    if (door !== "app" && door !== "group") return;
    const { messages } = await api.readPhone(person, Math.max(0, last - AGAIN), 0, stop.signal, key).catch(() => ({ messages: [] }));
    take(messages);
  }

  /** A message that is still on its way is asked for again until its state settles. */
  async function listen() {
    while (!stop.signal.aborted) {
      const unsettled = sending().map(({ message }) => message.n);
      const since = unsettled.length ? Math.min(...unsettled) - 1 : last;
      try {
        const quick = writes || unsettled.length > 0;
        const { messages, typing } = await api.readPhone(person, since, quick ? 0 : LONG_POLL_S, stop.signal, key);
        writes = official && Boolean(typing);
        take(messages);
        retitle();
        if (quick) await pause(QUICK_MS);
      } catch {
        await pause(LOST_MS);
      }
    }
  }

  listen();
  return {
    node,
    leave: () => { stop.abort(); size.disconnect(); low.leave(); },
    write: () => place().speaks && low.write(),
    refresh: () => { retitle(); redate(); lookAgain(); low.draw(official ? current()?.following ?? true : place().speaks); },
  };
}

