/** The sandbox's clock and how times are written: Asia/Shanghai, which keeps no summer time. */

const EAST_8 = 8 * 3_600_000;
const DAY = 86_400_000;
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];
let ahead = 0;

/** Takes over the sandbox's instant, an ISO string. */
export function setClock(at) {
  const instant = Date.parse(at);
  if (!Number.isNaN(instant)) ahead = instant - Date.now();
}

export const now = () => Date.now() + ahead;
const two = (number) => String(number).padStart(2, "0");
const local = (instant) => new Date(instant + EAST_8);
const dayNumber = (instant) => Math.floor((instant + EAST_8) / DAY);

export function hourMinute(instant) {
  const at = local(instant);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

export const clockTime = (instant) => `${hourMinute(instant)}:${two(local(instant).getUTCSeconds())}`;
export const clockMillis = (instant) => `${clockTime(instant)}.${String(local(instant).getUTCMilliseconds()).padStart(3, "0")}`;
export const date = (instant) => `${local(instant).getUTCMonth() + 1}月${local(instant).getUTCDate()}日`;
export const weekday = (instant) => WEEKDAYS[local(instant).getUTCDay()];

/** As WeChat writes it above a message: 「12:02」「昨天 12:02」「星期三 12:02」「3月6日 12:02」. */
export function chatTime(instant) {
  const days = dayNumber(now()) - dayNumber(instant);
  if (days <= 0) return hourMinute(instant);
  if (days === 1) return `昨天 ${hourMinute(instant)}`;
  return days < 7 ? `${weekday(instant)} ${hourMinute(instant)}` : `${date(instant)} ${hourMinute(instant)}`;
}

/** Seconds from now to the next day's 9:00. */
export function untilTomorrowNine() {
  const tomorrow = (dayNumber(now()) + 1) * DAY - EAST_8;
  return Math.ceil((tomorrow + 9 * 3_600_000 - now()) / 1000);
}

/** 93784 becomes 「1 天 2 小时」: the two largest units. */
export function duration(seconds) {
  const units = [[86_400, "天"], [3_600, "小时"], [60, "分钟"], [1, "秒"]];
  const parts = [];
  let left = Math.round(seconds);
  for (const [size, name] of units) {
    if (left >= size) parts.push(`${Math.floor(left / size)} ${name}`);
    left %= size;
  }
  return parts.slice(0, 2).join(" ") || "0 秒";
}
