/** The phone's own browser: a page the account linked to, as WeChat opens it. */

import { desk } from "./desk.js";
import { el, icon } from "./dom.js";
import { nav, push, sheet, toast } from "./screens.js";
import { isWeb } from "./words.js";

const RIGHTS = "allow-scripts allow-forms allow-same-origin allow-popups";

/** The application's own pages open through the sandbox, which puts the bridge into them. */
function asSeenInWeChat(address) {
  const ours = address.origin === desk.state.app_url && address.pathname.startsWith("/pages/");
  return ours ? `${location.origin}${address.pathname}${address.search}${address.hash}` : address.href;
}

/** Opens an address over the chat; its bar shows what the page calls itself, where that can be read. Who is looking goes along as the cookie `sandbox_person`, for the sandbox's authorise page. */
export function webView(url, title = "") {
  if (!isWeb(url)) return toast("这个地址打不开。");
  const address = new URL(url, location.href);
  document.cookie = `sandbox_person=${encodeURIComponent(desk.person ?? "")}; path=/; SameSite=Lax`;
  const frame = el("iframe", { src: asSeenInWeChat(address), title: title || "网页", "data-testid": "web-frame", sandbox: RIGHTS, referrerPolicy: "no-referrer" });
  const more = () => sheet(address.host, [
    { text: "刷新", run: () => { frame.src = asSeenInWeChat(address); } },
    { text: "在浏览器里打开", run: () => window.open(address.href, "_blank", "noopener") },
  ]);
  const bar = nav(title, { sign: "close", label: "关掉网页", right: el("button", { "aria-label": "更多", onclick: more }, icon("more", 22)) });
  frame.addEventListener("load", () => {
    const called = frame.contentDocument?.title;
    if (called) bar.querySelector("h2").textContent = called;
  });
  const node = el("section", { class: "page", "aria-label": title || "网页", "data-testid": "web-view" }, bar,
    el("div", { class: "web" }, frame),
    el("div", { class: "web-foot" }, `网页由 ${address.host} 提供`));
  return push({ node });
}
