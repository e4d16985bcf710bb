/** The pieces of the wire panel: a request, an XML document, a call, a waterfall. Pure builders of nodes. */

import { el } from "./dom.js";

const EDGE = 6;
const LIMIT_MS = 5000;
const GIVEN_UP_MS = 4950;
const SECRET_KEYS = /token|secret|signature|ticket|encrypt|openid|tousername|touser|unionid|media_?id|fromusername|nonce/i;
const PLAIN_KEYS = /^encrypt_type$/i;
const LONG_CHARACTERS = 160;
const STEPS = {
  verify: "验签", signature: "验签", decrypt: "解密", open: "解密", parse: "读懂格式", dedupe: "去重", seen: "去重", route: "听懂", understand: "听懂", understanding: "听懂", intent: "听懂",
  load: "取数", query: "取数", data: "取数", db: "取数", handle: "处理", handler: "处理", answer: "处理", dispatch: "处理", write: "写回复", render: "写回复", reply: "写回复",
  commit: "落账", save: "落账", encrypt: "加密", seal: "加密", queue: "排队", total: "合计", app: "应用",
};

export const dim = (text) => el("s", {}, text);
export const lit = (text) => el("q", {}, text);

/** Ids and signatures as 6…6; nothing that could be used again is shown whole. */
export function shortened(text) {
  return text.length > 2 * EDGE + 1 ? `${text.slice(0, EDGE)}…${text.slice(-EDGE)}` : text;
}

export function secretive(key, value) {
  const account = String(value).startsWith("gh_");
  return SECRET_KEYS.test(key) && !PLAIN_KEYS.test(key) && !account ? shortened(String(value)) : String(value);
}

/** A block at the left line: heading, tags, what stands at the right, the body. */
export function step(title, { tags = [], right = "", bad = false } = {}, ...body) {
  return el("div", { class: bad ? "step bad-step" : "step" }, el("h3", {}, title, tags, right && el("span", { class: "ms" }, right)), body);
}

export const tag = (text, kind = "") => el("span", { class: `tag ${kind}` }, text);
export const millis = (ms) => `${Number(ms).toFixed(1)} ms`;

export function requestBlock({ method, path, query }) {
  const pairs = typeof query === "string" ? [...new URLSearchParams(query)] : Object.entries(query ?? {});
  const shown = pairs.flatMap(([key, value], place) => [place % 3 === 0 ? "\n  " : "  ", dim(key), "=", lit(secretive(key, value))]);
  return el("pre", {}, el("b", {}, method), ` ${path}`, shown);
}

/** A long text as its first line; the rest opens in place. */
function foldable(value) {
  const lines = value.split("\n");
  if (lines.length === 1 && value.length <= LONG_CHARACTERS) return [lit(value)];
  const buttons = (value.match(/bizmsgmenu/g) ?? []).length;
  const head = lines[0].slice(0, LONG_CHARACTERS);
  const hint = dim(` … 共 ${lines.length} 行${buttons ? `，${buttons} 个按钮` : ""}`);
  const holder = el("span", {}, lit(head), hint);
  holder.append(el("button", { onclick: () => holder.replaceChildren(lit(value)) }, "展开"));
  return [holder];
}

function leaf(node, indent) {
  const value = node.textContent;
  const words = /^(Content|EventKey|Title|Description|Recognition|Event)$/.test(node.nodeName);
  const inner = words ? foldable(value) : [SECRET_KEYS.test(node.nodeName) ? secretive(node.nodeName, value) : value.slice(0, LONG_CHARACTERS)];
  return [indent, dim(`<${node.nodeName}>`), ...inner, dim(`</${node.nodeName}>`)];
}

function branch(node, indent) {
  const inner = elements(node, `${indent}  `);
  return [indent, dim(`<${node.nodeName}>`), "\n", ...inner, "\n", indent, dim(`</${node.nodeName}>`)];
}

function elements(parent, indent) {
  const nodes = [...parent.children];
  return nodes.flatMap((node, place) => {
    const beside = place > 0 && nodes[place - 1].nodeName === "MsgType" && node.children.length === 0;
    const gap = place === 0 ? [] : [beside ? "  " : "\n"];
    return [...gap, ...(node.children.length ? branch(node, indent) : leaf(node, beside ? "" : indent))];
  });
}

/** An XML document, one element a line; what is not XML stands as it came. */
export function xmlBlock(source) {
  if (!source.startsWith("<")) return el("pre", {}, foldable(source));
  const document = new DOMParser().parseFromString(source, "text/xml");
  if (document.querySelector("parsererror") || !document.documentElement.children.length) return el("pre", {}, foldable(source));
  return el("pre", {}, elements(document.documentElement, ""));
}

function jsonParts(text) {
  return text.split(/("(?:[^"\\]|\\.)*"\s*:|[{}\[\],])/).filter(Boolean).map((part) => (/^("(?:[^"\\]|\\.)*"\s*:|[{}\[\],])$/.test(part) ? dim(part) : lit(part)));
}

function calm(value) {
  const hide = (key, inner) => (typeof inner === "string" && key ? secretive(key, inner) : inner);
  try {
    return JSON.stringify(typeof value === "string" ? JSON.parse(value) : value, hide, 1).replace(/\n\s*/g, " ");
  } catch {
    return String(value);
  }
}

/** One call of the application to the platform. */
export function callBlock({ path, body, errcode, errmsg }) {
  const good = !errcode;
  const words = body === undefined || body === null || body === "" ? [] : ["\n", ...folded(calm(body))];
  return el("pre", { "data-testid": "wire-api" }, el("b", {}, String(path).split("?")[0]), "  ", good ? dim("0 ok") : lit(`${errcode} ${errmsg ?? ""}`), words);
}

function folded(text) {
  const short = text.slice(0, LONG_CHARACTERS);
  if (short === text) return jsonParts(text);
  const holder = el("span", {}, jsonParts(short), dim(" …"));
  holder.append(el("button", { onclick: () => holder.replaceChildren(...jsonParts(text)) }, "展开"));
  return [holder];
}

/** A description is ASCII on the wire: quoted with backslashes, other characters as %XX. */
function readDesc(desc) {
  const plain = String(desc).replace(/\\(.)/g, "$1");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** What was understood: the description a timing carries, and how sure it was if that stands at its end. */
export function understood(timing) {
  const found = timing.find((one) => one.desc && /understand|route|intent|听懂/.test(one.name)) ?? timing.find((one) => one.desc);
  if (!found) return null;
  const match = /^(.*?)[\s,;]*\b(?:confidence=)?(0?\.\d+|1\.0+|0\.\d+)$/s.exec(readDesc(found.desc));
  const text = match ? match[1] : readDesc(found.desc);
  const [, intent, rest] = /^([\w.-]+)\s*(.*)$/s.exec(text) ?? [null, text, ""];
  return step("听懂了什么", { right: match ? `把握 ${match[2]}` : "" }, el("pre", {}, intent, rest && "  ", jsonParts(rest)));
}

function row(name, from, length, total, rest = false) {
  const bar = el("i", { class: rest ? "rest" : "" });
  bar.style.left = `${Math.min(100, (from / total) * 100)}%`;
  bar.style.width = `${Math.min(100, (length / total) * 100)}%`;
  return el("div", { class: "bar-row" }, el("span", { title: name }, STEPS[name.toLowerCase()] ?? name), el("span", { class: "track" }, bar), el("span", {}, length.toFixed(1)));
}

/** The parts of an answer's time one after another, to 0.1 ms, and the share of WeChat's five seconds;
 * an `unanswered` delivery was cut off there. */
export function waterfall(timing, ms, unanswered) {
  const parts = timing.filter((one) => Number.isFinite(Number(one.dur)) && !/^total$/i.test(one.name));
  const known = parts.reduce((sum, one) => sum + Number(one.dur), 0);
  const total = Math.max(known, ms, 0.1);
  let from = 0;
  const rows = parts.map((one) => {
    const drawn = row(one.name, from, Number(one.dur), total);
    from += Number(one.dur);
    return drawn;
  });
  if (ms - known >= 0.05) rows.push(row(parts.length ? "路上和其余" : "全程", from, ms - known, total, true));
  const over = ms > LIMIT_MS || (unanswered && ms > GIVEN_UP_MS);
  const line = el("div", { class: over ? "line5 over" : "line5" }, el("i"));
  line.firstChild.style.width = `${over ? 100 : (ms / LIMIT_MS) * 100}%`;
  if (ms > LIMIT_MS) line.style.setProperty("--five", `${(LIMIT_MS / ms) * 100}%`);
  const share = over ? `用了 ${millis(ms)}，微信已经不等了` : `用了 ${millis(ms)}，${((ms / LIMIT_MS) * 100).toFixed(1)}%`;
  return step("用时", { right: millis(ms) }, el("div", { class: "fall" }, rows, el("div", { class: over ? "limit over" : "limit" }, el("span", {}, "5 秒限时"), el("span", {}, share)), line));
}
