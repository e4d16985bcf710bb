/** 「刚才发生的事」: every delivery to the application and every call of it, newest first and open. */

import * as api from "./api.js";
import { clockMillis, clockTime } from "./clock.js";
import { desk, menuItem, on } from "./desk.js";
import { byId, el } from "./dom.js";
import { callBlock, millis, requestBlock, step, tag, understood, waterfall, xmlBlock } from "./wire_parts.js";

const LONG_POLL_S = 20;
const LOST_MS = 2000;
const KEPT = 60;
const TOGETHER_MS = 15_000;
const box = byId("wire-entries");
const scope = byId("wire-scope");
let everyone = false;
let stop = new AbortController();
let entries = new Map();
let opened = null;
let reading = false;

const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));
const field = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`).exec(xml ?? "")?.[1];

const EVENTS = { subscribe: "关注", unsubscribe: "取消关注", scan: "扫码", click: "点菜单", view: "打开网页" };
const KINDS = { image: "发图片", video: "发视频", voice: "发语音", location: "发位置" };

function saying(entry) {
  if (entry.kind === "api") return `应用调接口 ${String(entry.api?.path ?? "").split("?")[0].split("/").slice(-3).join("/")}`;
  if (entry.title) return entry.title;
  const kind = field(entry.xml, "MsgType");
  if (kind === "text") return field(entry.xml, "Content") ?? "";
  if (kind !== "event") return KINDS[kind] ?? kind ?? "";
  const event = (field(entry.xml, "Event") ?? "").toLowerCase();
  const key = field(entry.xml, "EventKey");
  return [EVENTS[event] ?? event, event === "click" ? (menuItem(key)?.name ?? key) : key].filter(Boolean).join(" ");
}

const failed = (entry) => Boolean(entry.error) || (entry.kind === "api" ? Boolean(entry.api?.errcode) : !(entry.answer?.status < 400));
const refused = (entry) => [400, 401, 403].includes(entry.answer?.status);

function signed(entry) {
  if (!entry.answer?.status) return [];
  return [refused(entry) ? tag("应用不认签名", "stop") : tag("签名对", "ok")];
}

const TROUBLES = [
  [/^no answer within ([\d.]+) s/, (match) => `${match[1]} 秒内没有回答，微信断开了，最多送 3 次。`],
  [/^no answer: ?(.*)/s, (match) => `连不上应用：${match[1]}`],
  [/lost \(fault\)/, () => "应用答了，回答在路上丢了，这是制造的故障。"],
  [/^HTTP (\d+)/, (match) => `应用答了 ${match[1]}，微信当作没收到。`],
];

/** The sandbox's word for what went wrong, in the desk's language where it has one. */
function trouble(error) {
  const known = TROUBLES.find(([pattern]) => pattern.test(error));
  return known ? known[1](known[0].exec(error)) : error || "没有回答。";
}

function answerStep(entry) {
  const { answer } = entry;
  const right = answer ? clockMillis(Date.parse(entry.at) + answer.ms) : "";
  if (!answer || entry.error) {
    const heading = { tags: [tag(answer?.status ? `${answer.status}，没用上` : "没等到", "stop")], right, bad: true };
    return step("应用 → 微信", heading, el("pre", {}, trouble(entry.error ?? "")));
  }
  const text = answer.xml ?? answer.text ?? "";
  const how = answer.encrypted ? "已加密" : "明文";
  const empty = text === "" || text === "success";
  const badge = tag(`${answer.status}，${empty ? "收到，不当场回" : how}`, answer.status < 400 ? "ok" : "stop");
  return step("应用 → 微信", { tags: [badge], right, bad: answer.status >= 400 }, answer.xml ? xmlBlock(answer.xml) : el("pre", {}, text || "（空）"));
}

function afterwards(calls) {
  if (!calls.length) return null;
  return step("之后", { right: `应用调接口 ${calls.length} 次` }, calls.map((call) => callBlock(call.api ?? {})));
}

function details(entry, calls) {
  if (entry.kind === "api") return [step("应用 → 微信", { tags: [tag(entry.api?.errcode ? `${entry.api.errcode}` : "成功", entry.api?.errcode ? "stop" : "ok")], right: clockMillis(Date.parse(entry.at)) }, callBlock(entry.api ?? {}))];
  const timing = entry.timing ?? [];
  return [
    step("微信 → 应用", { tags: signed(entry), right: clockMillis(Date.parse(entry.at)) }, requestBlock(entry.request ?? {})),
    step(entry.mode === "plaintext" ? "明文" : "解密后", { right: `第 ${entry.attempt ?? 1} 次送达`, tags: entry.attempt > 1 ? [tag("重送", "wait")] : [] }, xmlBlock(entry.xml ?? "")),
    understood(timing),
    answerStep(entry),
    entry.answer && waterfall(timing, Number(entry.answer.ms), !entry.answer.status),
    afterwards(calls),
  ].filter(Boolean);
}

/** Deliveries newest first, each with the calls that followed it within seconds; other calls stand alone. */
function grouped() {
  const groups = [];
  for (const entry of [...entries.values()].sort((a, b) => a.n - b.n)) {
    const near = groups.findLast((group) => group.entry.kind === "delivery" && group.entry.person === entry.person);
    const follows = entry.kind === "api" && near && Date.parse(entry.at) - Date.parse(near.entry.at) <= TOGETHER_MS;
    if (follows) near.calls.push(entry);
    else groups.push({ entry, calls: [] });
  }
  return groups.reverse().slice(0, KEPT);
}

/** Someone who opened an older entry keeps it; otherwise the newest is open. */
function turn(n, open) {
  opened = open ? n : null;
  reading = open && n !== grouped()[0].entry.n;
  draw();
  box.querySelector(`[data-n="${n}"] > button`)?.focus();
}

function article({ entry, calls }) {
  const open = entry.n === opened;
  const what = [everyone && entry.person, saying(entry)].filter(Boolean).join("　");
  const figure = entry.kind === "api" ? (entry.api?.errcode ? String(entry.api.errcode) : "") : entry.answer && !entry.error ? millis(entry.answer.ms) : entry.answer?.status ? "没用上" : "没送到";
  const head = el("button", { "aria-expanded": String(open), onclick: () => turn(entry.n, !open) },
    el("time", {}, clockTime(Date.parse(entry.at))), el("b", {}, what), entry.attempt > 1 && tag(`第 ${entry.attempt} 次`, "wait"), el("span", { class: "ms" }, figure));
  return el("article", { class: failed(entry) ? "entry trouble" : "entry", "open-entry": open, "data-testid": "wire-entry", "data-n": entry.n, "data-kind": entry.kind, "aria-label": what }, head, open && el("div", {}, details(entry, calls)));
}

function draw() {
  const groups = grouped();
  const quiet = el("p", { class: "quiet" }, "还很安静。说句话，这里会写出线上走过的每一步。");
  box.replaceChildren(...(groups.length ? groups.map(article) : [quiet]));
}

function drawScope() {
  const choice = (name, all) => el("button", { "aria-pressed": String(everyone === all), "data-testid": all ? "wire-everyone" : "wire-person", onclick: () => { everyone = all; restart(); } }, name);
  scope.replaceChildren(choice(desk.person === null ? "这个人" : `只看${desk.person}`, false), choice("所有人", true));
}

async function listen(name, signal) {
  let last = 0;
  while (!signal.aborted) {
    try {
      const news = await api.readWire(name, last, LONG_POLL_S, signal);
      if (signal.aborted || !news.length) continue;
      for (const entry of news) entries.set(entry.n, entry);
      last = Math.max(...entries.keys());
      if (!reading) opened = grouped().find((group) => group.entry.kind === "delivery")?.entry.n ?? last;
      draw();
      if (!reading) box.scrollTop = 0;
    } catch {
      await pause(LOST_MS);
    }
  }
}

function restart() {
  stop.abort();
  stop = new AbortController();
  entries = new Map();
  opened = null;
  reading = false;
  drawScope();
  draw();
  if (everyone || desk.person !== null) listen(everyone ? null : desk.person, stop.signal);
}

on("person", restart);
restart();
