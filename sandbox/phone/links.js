/** Where a blue word or a card leads: a code of the corp's into its chat, everything else into the phone's browser. */

import * as api from "./api.js";
import { desk, goTo } from "./desk.js";
import { attempt } from "./screens.js";
import { webView } from "./web.js";
import { isCode } from "./words.js";

/** A person reads a code's content, as if the camera had; the chat it leads to opens. */
export async function enter(name, content) {
  const answer = await attempt(() => api.scan(name, content));
  if (answer) goTo(name, answer.chat ?? "official");
}

export function follow(url, title) {
  return isCode(url) ? enter(desk.person, url) : webView(url, title);
}
