/** The desk's own levers: the clock and the faults. */

import * as api from "./api.js";
import { clockTime, date, duration, hourMinute, now, untilTomorrowNine, weekday } from "./clock.js";
import { changed, desk, on } from "./desk.js";
import { byId, el } from "./dom.js";
import { attempt } from "./screens.js";

const FORWARD = [
  ["1 分钟", "60", () => 60],
  ["1 小时", "3600", () => 3600],
  ["1 天", "86400", () => 86_400],
  ["3 天", "259200", () => 3 * 86_400],
  ["到明天 9 点", "tomorrow", untilTomorrowNine],
];
const FAULTS = [
  ["duplicate", "重复送达", "同一条消息送两遍，编号一样"],
  ["lost_answer", "回答丢失", "应用答了，微信没收到，会再送"],
  ["slow", "网络慢", "一条消息在路上多走一会儿", 3000],
  ["token_expired", "凭证过期", "下一次调接口时说 access_token 过期"],
  ["busy", "平台忙", "下一次调接口时说系统繁忙"],
  ["reorder", "乱序", "后发的消息先送到"],
];
const MOST = 99;
const OTHERS = { timeout_accepted: "做了没回答", timeout_refused: "没做也没回答", fail: "受理后失败", refuse: "当场拒绝", forget: "忘了通知" };
const names = { ...OTHERS, ...Object.fromEntries(FAULTS.map(([kind, name]) => [kind, name])) };
const dialog = byId("fault-dialog");

for (const [name, key, seconds] of FORWARD) {
  const run = () => attempt(async () => { await api.advanceClock(seconds()); changed("sent"); });
  byId("forward").append(el("button", { "data-testid": `clock-forward-${key}`, "aria-label": key === "tomorrow" ? "快进到明天 9 点" : `快进 ${name}`, onclick: run }, name));
}

/** Active faults as `{kind, count}`, whether the sandbox lists them or counts them by kind. */
function active() {
  const faults = desk.state.faults ?? [];
  const list = Array.isArray(faults) ? faults : Object.entries(faults).map(([kind, value]) => (typeof value === "object" ? { kind, ...value } : { kind, count: value }));
  return list.filter((fault) => (fault.count ?? fault.left ?? 1) > 0);
}

const describe = (fault) => `${names[fault.kind] ?? fault.kind}，还有 ${fault.count ?? fault.left ?? 1} 次${fault.ms ? `，${fault.ms} 毫秒` : ""}`;

function faultRow([kind, name, words, ms]) {
  const field = (label, value, most, className, unit) => el("label", {}, el("input", { type: "number", min: 1, max: most, value, class: className, "aria-label": `${name}${label}`, "data-testid": `fault-${className}-${kind}` }), unit);
  const count = field("次数", 1, MOST, "count", "次");
  const delay = ms && field("毫秒", ms, 60_000, "ms", "毫秒");
  const make = async () => {
    const fault = { kind, count: Number(count.firstChild.value) || 1 };
    if (delay) fault.ms = Number(delay.firstChild.value) || ms;
    await change(() => api.addFault(fault));
  };
  return el("li", { class: "fault" }, el("div", {}, el("b", {}, name), el("em", {}, words)), el("div", { class: "nums" }, delay, count),
    el("button", { "data-testid": `fault-${kind}`, "aria-label": `制造${name}`, onclick: make }, "制造"));
}

async function change(work) {
  const bad = byId("fault-bad");
  bad.textContent = "";
  try {
    await work();
    desk.state = await api.readState();
    changed("state");
  } catch (error) {
    bad.textContent = error.message;
  }
}

function drawFaults() {
  const now_active = active();
  const chip = byId("fault-chip");
  chip.hidden = now_active.length === 0;
  chip.textContent = `故障 ${now_active.length} 种`;
  const tags = now_active.map((fault) => el("span", { class: "chip" }, describe(fault)));
  byId("fault-active").replaceChildren(...(tags.length ? tags : ["现在一切正常。选一种，让下面几次不顺。"]));
  byId("fault-clear").disabled = now_active.length === 0;
}

function drawClock() {
  const instant = now();
  const offset = desk.state.clock_offset_s ?? 0;
  byId("clock").replaceChildren(`${date(instant)} ${clockTime(instant)}`, ...(offset >= 1 ? [el("b", {}, `快了 ${duration(offset)}`)] : []));
  byId("phone-time").textContent = hourMinute(instant);
  const idle = document.querySelector(".idle");
  if (!idle) return;
  idle.querySelector(".big-time").textContent = hourMinute(instant);
  idle.querySelector(".day").textContent = `${date(instant)} ${weekday(instant)}`;
}

function drawOnline() {
  const online = desk.state.app_online;
  const node = byId("online");
  const text = { true: "应用在线", false: "应用不在线" }[String(online)] ?? "沙盒没有回答";
  if (node.textContent !== text) node.textContent = text;
  node.className = `online ${online === true ? "yes" : "no"}`;
}

byId("fault-list").append(...FAULTS.map(faultRow));
byId("fault-clear").addEventListener("click", () => change(api.clearFaults));
for (const id of ["faults", "fault-chip"]) byId(id).addEventListener("click", () => dialog.showModal());
for (const box of document.querySelectorAll("dialog")) {
  box.addEventListener("click", (event) => (event.target === box || event.target.closest("[data-close]")) && box.close());
}
on("state", () => { drawFaults(); drawOnline(); drawClock(); });
setInterval(drawClock, 1000);
drawClock();
