/** Builders of nodes. Text always becomes a text node, so nothing a person writes is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";
const GROUNDS = 7;
const grounds = new Map();

/** An element; `on…` properties are listeners, `data-…` and `aria-…` are attributes, falsy children are left out. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key in node && !key.includes("-")) node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  if (tag === "button" && !properties.type) node.type = "button";
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A symbol of index.html by its name without `i-`. */
export function icon(name, width = 24, height = width) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

function initial(name) {
  const characters = [...new Intl.Segmenter("zh", { granularity: "grapheme" }).segment(name)].map((part) => part.segment);
  const visible = characters.filter((character) => /[\p{L}\p{N}]/u.test(character));
  if (!visible.length) return null;
  const last = visible.at(-1);
  return visible.length <= 3 && /\p{Script=Han}/u.test(last) ? last : visible[0].toUpperCase();
}

/** A person's square or round picture: initial on one of seven grounds, given out in order of appearance. */
export function avatar(name) {
  if (!grounds.has(name)) grounds.set(name, grounds.size % GROUNDS);
  return el("span", { class: `av av${grounds.get(name)}`, "aria-hidden": "true" }, initial(name) ?? icon("star", 20));
}

/** A group's square: the heads of its first members. */
export const groupAvatar = (names) => el("span", { class: "av av-group", "aria-hidden": "true" }, names.slice(0, 4).map(avatar));

export const accountAvatar = (size = 24) => el("span", { class: "av av-account", "aria-hidden": "true" }, icon("star", size));
