"use strict";
const EVERY_MS = 10000;
const board = document.getElementById("board");
const said = document.getElementById("said");
let token = new URLSearchParams(location.search).get("t") || "";
let stopped = board.dataset.on === "";

function say(words) {
  said.textContent = words;
  said.hidden = !words;
}

async function renew() {
  const answer = await fetch("/pages/board.json?t=" + encodeURIComponent(token));
  if (answer.status === 403) {
    stopped = true;
    say("这个链接过期了。回到公众号，再发一次「看板」。");
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const found = await answer.json();
  board.innerHTML = found.body;
  token = found.t;
  history.replaceState(null, "", "?t=" + encodeURIComponent(token));
  stopped = !found.on;
  say("");
}

async function go() {
  if (stopped) return;
  if (!document.hidden) {
    try {
      await renew();
    } catch (error) {
      say("暂时连不上，数字停在上面的时间，连上了自己更新。");
    }
  }
  setTimeout(go, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !stopped) renew().catch(() => {});
});
setTimeout(go, EVERY_MS);
