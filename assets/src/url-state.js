/* The URL is the only store of state. Reading, changing and announcing it happens here and nowhere else. */

import { PERSONAL } from "./choices.js";
import { mountedBoard } from "./mounted-board.js";

const params = () => new URLSearchParams(location.search);

/** Change parameters ({name: value | [values] | ""}); an empty value removes the name. */
function set(changes, { replace = false } = {}) {
  const next = params();
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const each of [].concat(value)) if (each !== "" && each != null) next.append(name, each);
  }
  const query = tidy(next);
  const address = location.pathname + (query ? `?${query}` : "");
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  announce();
}

const tidy = (query) => query.toString().replace(/%2F/g, "/").replace(/%3A/g, ":");

const announce = () => document.dispatchEvent(new CustomEvent("codeagent:state"));

/** The address of another page with what can be kept: range, comparison, personal choices, and `keep` filters. */
function link(address, changes = {}, keep = []) {
  const now = params();
  const [path, own] = address.split("?");
  const next = new URLSearchParams();
  for (const name of ["from", "to", "compare", ...PERSONAL, ...keep])
    for (const value of now.getAll(name)) next.append(name, value);
  const board = mountedBoard();
  if (board && !now.get("from") && !isBoard(path)) next.append("from", board.range); // a board's own range goes along
  const given = new URLSearchParams(own || "");
  const wanted = { ...Object.fromEntries([...given.keys()].map((name) => [name, given.getAll(name)])), ...changes };
  for (const [name, value] of Object.entries(wanted)) {
    next.delete(name);
    for (const each of [].concat(value)) if (each !== "") next.append(name, each);
  }
  const query = tidy(next);
  return path + (query ? `?${query}` : "");
}

/** Go to another page of the app. Between boards nothing is loaded anew: Dash's own router listens for this event. */
function go(address) {
  const target = new URL(address, location.href);
  if (target.origin !== location.origin) return; // no link from data leads out of the app
  if (target.pathname === location.pathname) {
    history.pushState({}, "", address);
    announce();
  } else if (isBoard(target.pathname) && isBoard(location.pathname)) {
    history.pushState({}, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
    announce();
  } else location.assign(address);
}

/** Exploring pages are documents of their own; the list of boards stands in the documents of Dash. */
const isBoard = (path) =>
  path.slice(1) in JSON.parse(document.getElementById("boards").textContent) || path === "/about";

/** The canonical query of the data address: fixed order, sorted values, nothing personal. */
function dataQuery(board, width) {
  const now = params();
  const pairs = [
    ["from", now.get("from") || board.range],
    ["to", now.get("to") || "now"],
    ["w", width],
  ];
  if (now.get("compare")) pairs.push(["compare", now.get("compare")]);
  for (const name of [...board.filters].sort())
    for (const value of [...new Set(now.getAll(name))].filter(Boolean).sort()) pairs.push([name, value]);
  return pairs
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%2F/g, "/").replace(/%3A/g, ":")}`)
    .join("&");
}

// Dash's router re-renders a page whenever the query changes. On "back" within one page only the data change:
// this listener runs first and keeps the event from the router.
let path = "";

export { dataQuery, go, link, params, set };

/** Listen to the page. Called once, by main.js. */
export function start() {
  path = location.pathname;
  window.addEventListener(
    "popstate",
    (event) => {
      if (location.pathname === path) event.stopImmediatePropagation();
      path = location.pathname;
      announce();
    },
    true,
  );
  document.addEventListener("codeagent:state", () => {
    path = location.pathname;
  });
}
