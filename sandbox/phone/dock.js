/** The lower edge of a chat: an account's or an app's menus, or a line to write on, and the panel behind the plus. */

import { desk } from "./desk.js";
import { el, icon } from "./dom.js";
import { drawnPicture, smallFilm } from "./samples.js";
import { sheet } from "./screens.js";
import { openScanner } from "./pictures.js";

const TEXT_LINES_PX = 100;

function pickFile(accept, take) {
  const input = el("input", { type: "file", accept, onchange: () => input.files[0] && take(input.files[0]) });
  input.click();
}

function askPicture(send) {
  sheet("发一张图片", [
    { text: "从文件里选", testid: "picture-file", run: () => pickFile("image/*", (file) => send("image", file)) },
    { text: "随手画一张", sub: "没有图也能试", testid: "picture-drawn", run: async () => send("image", await drawnPicture(desk.person)) },
  ]);
}

function askFilm(send) {
  sheet("发一段视频", [
    { text: "从文件里选", testid: "video-file", run: () => pickFile("video/*", (file) => send("video", file)) },
    { text: "现拍一小段", sub: "没有视频也能试", testid: "video-made", run: () => send("video", smallFilm(desk.person)) },
  ]);
}

function popup(sub, run, close) {
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...list.querySelectorAll("button")];
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  };
  const list = el("ul", { class: "pop", role: "menu", onkeydown: move }, sub.map((item) => el("li", { role: "none" },
    el("button", { role: "menuitem", "data-testid": `menu-${item.key ?? item.name}`, onclick: () => { close(); run(item); } }, item.name))));
  return list;
}

const MENUS = { official: () => desk.menu, app: () => desk.appMenu };
const DEAF = {
  contact: "员工本人的聊天，应用听不到这里说的话",
  group: "你不在这个群里",
};

/** `hands`: {say(text), tap(key, name), send(type, file), again()}; `chat`: which one. Answers {node, draw(speaks), write(), leave()}. */
export function dock(hands, { key, door, kind, assistant }) {
  const menu = MENUS[key] ?? (() => []);
  const node = el("div", { class: "dock" });
  let open = null;
  let keyboard = null;
  let panel = false;
  let draft = "";
  let speaks = true;

  const close = () => {
    open?.pop.remove();
    open?.button.setAttribute("aria-expanded", "false");
    open = null;
  };
  const outside = (event) => open && !node.contains(event.target) && close();
  const escape = (event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    const { button } = open;
    close();
    button.focus();
  };
  document.addEventListener("pointerdown", outside);
  node.addEventListener("keydown", escape);

  function press(item) {
    if (item.type?.startsWith("scancode")) return openScanner();
    return hands.tap(item.key ?? item.url ?? item.name, item.name);
  }

  function toggle(button, top, item) {
    const mine = open?.button === button;
    close();
    if (mine) return;
    const pop = popup(item.sub_button, press, close);
    top.append(pop);
    button.setAttribute("aria-expanded", "true");
    open = { button, pop };
  }

  function topButton(item, place) {
    const sub = (item.sub_button ?? []).length > 0;
    const top = el("div", { class: "top" });
    const button = el("button", {
      class: sub ? "has-sub" : "", "data-testid": `menu-top-${place}`, "aria-haspopup": sub ? "menu" : undefined, "aria-expanded": sub ? "false" : undefined,
      onclick: () => (sub ? toggle(button, top, item) : (close(), press(item))),
    }, item.name);
    top.append(button);
    return top;
  }

  function menuLine() {
    return el("div", { class: "line" },
      el("button", { class: "switch", "aria-label": "换成键盘", "data-testid": "keyboard", onclick: () => write() }, icon("keyboard", 26, 24)),
      el("div", { class: "keys" }, menu().map(topButton)));
  }

  function submit(area) {
    const text = area.value.trim();
    if (!text) return;
    draft = "";
    area.value = "";
    grow(area);
    hands.say(text);
  }

  function grow(area) {
    area.style.height = "34px";
    area.style.height = `${Math.min(area.scrollHeight, TEXT_LINES_PX)}px`;
    const full = area.value.trim() !== "";
    node.querySelector(".send").hidden = !full;
    node.querySelector(".plus").hidden = full;
  }

  function writingLine() {
    const area = el("textarea", {
      rows: 1, value: draft, "aria-label": "写消息", "data-testid": "composer", enterKeyHint: "send", maxLength: 2048,
      oninput: () => { draft = area.value; grow(area); },
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        submit(area);
      },
    });
    const call = assistant && el("button", { class: "switch at", "aria-label": `@${assistant}`, "data-testid": "mention", onclick: mention }, "@");
    const menus = menu().length > 0 && el("button", { class: "switch", "aria-label": "换成菜单", "data-testid": "menus", onclick: () => { keyboard = false; panel = false; render(); } }, icon("menus", 26, 24));
    return el("div", { class: "line" }, call, menus, el("div", { class: "writing" }, area,
      el("button", { class: "plus", "aria-label": "图片、视频和扫一扫", "aria-expanded": String(panel), "data-testid": "plus", onclick: () => { panel = !panel; render(); } }, icon("plus", 28)),
      el("button", { class: "send", "data-testid": "send", hidden: true, onclick: () => submit(area) }, "发送")));
  }

  /** Calls the group's assistant by name: in a group it hears nothing else. */
  function mention() {
    const called = `@${assistant} `;
    if (!draft.startsWith(called)) draft = called + draft;
    write();
    const area = node.querySelector("textarea");
    area.setSelectionRange(draft.length, draft.length);
  }

  function silence() {
    if (key === "official") return el("button", { class: "ask", onclick: hands.again }, "重新关注才能说话");
    return el("p", { class: "ask deaf" }, DEAF[kind] ?? "这里不能说话了");
  }

  function plusPanel() {
    const tile = (name, sign, testid, run) => el("button", { "data-testid": testid, onclick: run }, el("i", {}, icon(sign, 28)), name);
    const media = door !== "group" && [
      tile("图片", "image", "send-picture", () => askPicture(hands.send)),
      tile("视频", "video", "send-video", () => askFilm(hands.send))];
    return el("div", { class: "panel" }, media, tile("扫一扫", "scan", "send-scan", openScanner));
  }

  function render() {
    close();
    const writing = keyboard ?? menu().length === 0;
    if (!speaks) return node.replaceChildren(el("div", { class: "line" }, silence()));
    if (!writing && menu().length) return node.replaceChildren(menuLine());
    node.replaceChildren(writingLine(), ...(panel ? [plusPanel()] : []));
    grow(node.querySelector("textarea"));
    return undefined;
  }

  /** Brings the keyboard up and puts the caret on the line. */
  function write() {
    keyboard = true;
    render();
    node.querySelector("textarea")?.focus();
  }

  render();
  return {
    node, write,
    draw: (isHeard) => {
      const shape = JSON.stringify([isHeard, menu()]);
      if (node.dataset.shape === shape) return;
      node.dataset.shape = shape;
      speaks = isHeard;
      render();
    },
    leave: () => document.removeEventListener("pointerdown", outside),
  };
}
