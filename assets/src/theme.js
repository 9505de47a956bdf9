/* Light or dark: the URL decides, then what this browser chose last, then the system. */

import * as urlState from "./url-state.js";

const system = () => matchMedia("(prefers-color-scheme: dark)");
const remembered = () => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
};
const current = () => urlState.params().get("theme") || remembered() || (system().matches ? "dark" : "light");
/** Values of the colour tokens in this theme. @type {Map<string, string> | null} */
let tokens = null;

/** Apply the theme that the address, the browser or the system asks for. */
export const apply = () => use(current() === "dark" ? "dark" : "light");

/** @param {"dark" | "light"} theme */
function use(theme) {
  if (document.documentElement.dataset.theme === theme && tokens) return;
  document.documentElement.dataset.theme = theme;
  tokens = new Map();
  document.dispatchEvent(new CustomEvent("codeagent:theme"));
}

/** Change between light and dark. */
export function toggle() {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", next);
  } catch {
    /* private mode: the URL remembers */
  }
  urlState.set({ theme: next }, { replace: true });
  apply();
}

/**
 * The value of a colour token such as `--critical`.
 * @param {string} name
 */
export function token(name) {
  tokens ||= new Map();
  const known = tokens.get(name);
  if (known) return known;
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888888";
  tokens.set(name, value);
  return value;
}

/**
 * `var(--token)` or `var(--token)/0.12` as a colour that Plotly understands.
 * @param {string} text
 */
export function colour(text) {
  const match = /^var\((--[\w-]+)\)(?:\/([\d.]+))?$/.exec(text);
  if (!match) return text;
  const value = token(match[1]);
  if (!match[2]) return value;
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(value.slice(start, start + 2), 16));
  return `rgba(${red},${green},${blue},${match[2]})`;
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  system().addEventListener("change", apply);
  document.addEventListener("codeagent:state", apply);
  addEventListener("beforeprint", () => use("light")); // paper is white
  addEventListener("afterprint", apply);
  apply();
}
