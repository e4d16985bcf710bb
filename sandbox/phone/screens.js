/** The phone's own window handling: pages that slide over each other, sheets from below, a short notice. */

import { byId, el, icon } from "./dom.js";

const stage = byId("stage");
const TOAST_MS = 2400;
let stack = [];
let toastTimer = 0;

function dress() {
  const dark = stack.at(-1)?.node.classList.contains("dark") ?? false;
  byId("screen").classList.toggle("dark", dark);
  document.querySelector(".st").classList.toggle("light", dark);
  stack.forEach(({ node }, level) => { node.inert = level < stack.length - 1; });
}

/** The bar on top of a page: back or close, the title, and what stands at the right. */
export function nav(title, { back = pop, sign = "back", label = "返回", right = null } = {}) {
  const size = sign === "back" ? [10, 17] : [22, 22];
  const left = back && el("button", { onclick: back, "aria-label": label, "data-testid": "back" }, icon(sign, ...size));
  return el("div", { class: "nav" }, left, el("h2", {}, title), right);
}

/** Empties the phone and shows one page; `leave` of every page that goes is called. */
export function show(page) {
  const leaving = stack;
  stack = [];
  leaving.forEach((one) => one.leave?.());
  stage.replaceChildren();
  push(page, false);
}

/** Lays a page `{node, leave?}` over the present one. */
export function push(page, sliding = true) {
  stack.push({ ...page, before: document.activeElement });
  page.node.classList.toggle("enter", sliding);
  stage.append(page.node);
  dress();
  if (sliding) page.node.querySelector("button")?.focus({ preventScroll: true, focusVisible: false });
}

export function pop() {
  if (stack.length < 2) return;
  const page = stack.pop();
  page.node.remove();
  page.leave?.();
  dress();
  page.before?.focus?.({ preventScroll: true });
}

export const isTop = (node) => stack.at(-1)?.node === node;

/** A choice from below; each item is `{text, sub?, sign?, warn?, testid?, run}`. Closes itself. */
export function sheet(title, items) {
  const before = document.activeElement;
  const close = () => {
    veil.remove();
    document.removeEventListener("keydown", escape, true);
    before?.focus?.({ preventScroll: true });
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  const rows = items.map((item) => el("button", {
    class: item.warn ? "warn" : "", "data-testid": item.testid,
    onclick: () => { close(); item.run(); },
  }, item.sign, el("span", {}, item.text), item.sub && el("span", { class: "sub" }, item.sub)));
  const box = el("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
    el("h3", {}, title), rows, el("button", { class: "cancel", onclick: close }, "取消"));
  const veil = el("div", { class: "veil", onclick: (event) => event.target === veil && close() }, box);
  stage.append(veil);
  document.addEventListener("keydown", escape, true);
  box.querySelector("button").focus({ preventScroll: true, focusVisible: false });
}

export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { node.hidden = true; }, TOAST_MS);
}

/** A notice belongs to the phone it was shown on: none stays when another is picked up. */
export function hush() {
  byId("toast").hidden = true;
}

/** Runs what may fail and shows the reason on the phone; answers undefined then. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stack.length > 1 && !document.querySelector("dialog[open]")) pop();
});
