/* Light or dark: the URL decides, then what this browser chose last, then the system(). */

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
let tokens = null;

function apply() {
  const theme = current() === "dark" ? "dark" : "light";
  if (document.documentElement.dataset.theme === theme && tokens) return;
  document.documentElement.dataset.theme = theme;
  tokens = new Map();
  document.dispatchEvent(new CustomEvent("codeagent:theme"));
}

function toggle() {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", next);
  } catch {
    /* private mode: the URL remembers */
  }
  urlState.set({ theme: next }, { replace: true });
  apply();
}

function token(name) {
  if (!tokens.has(name))
    tokens.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888888");
  return tokens.get(name);
}

/** `var(--token)` or `var(--token)/0.12` to a colour that Plotly understands. */
function colour(text) {
  const match = /^var\((--[\w-]+)\)(?:\/([\d.]+))?$/.exec(text);
  if (!match) return text;
  const value = token(match[1]);
  if (!match[2]) return value;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${match[2]})`;
}

export { apply, colour, toggle, token };

/** Listen to the page. Called once, by main.js. */
export function start() {
  system().addEventListener("change", apply);
  document.addEventListener("codeagent:state", apply);
  apply();
}
