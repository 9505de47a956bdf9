/* The URL is the only store of state. Reading, changing and announcing it happens here and nowhere else. */

import { PERSONAL } from "./choices.js";
import { embeddedBoards } from "./dom.js";
import { mountedBoard } from "./mounted-board.js";
import * as pageSwap from "./page-swap.js";

/** Values by name; an empty value removes the name.
 * @typedef {Record<string, string | string[] | null | undefined>} Changes */

/** Which rows of a panel are shown, as app/state.py reads it. */
const ROWS = /^([a-z0-9-]+)\.(page|search|sort)$/;

export const params = () => new URLSearchParams(location.search);

/**
 * Change parameters of the page.
 * @param {Changes} changes
 * @param {{replace?: boolean}} [options] replace the entry of the history instead of adding one
 */
export function set(changes, { replace = false } = {}) {
  const address = changed(changes);
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  announce(panelsOf(Object.keys(changes)));
}

/** The address of the page with other values. @param {Changes} changes */
export const changed = (changes) => join(location.pathname, apply(params(), changes));

/**
 * The panels whose rows these parameters choose; null where one of them concerns the whole page.
 * @param {string[]} names
 */
function panelsOf(names) {
  const panels = names.map((name) => ROWS.exec(name)?.[1]);
  return panels.includes(undefined) ? null : [...new Set(panels)];
}

/**
 * @param {URLSearchParams} parameters
 * @param {Changes} changes
 */
function apply(parameters, changes) {
  for (const [name, change] of Object.entries(changes)) {
    parameters.delete(name);
    for (const value of [change].flat()) if (value) parameters.append(name, value);
  }
  return parameters;
}

/**
 * A query string with slashes and colons as they are.
 * @param {URLSearchParams | string} query
 */
export const encode = (query) => query.toString().replace(/%2F/g, "/").replace(/%3A/g, ":");

/**
 * @param {string} path
 * @param {URLSearchParams} parameters
 */
function join(path, parameters) {
  const query = encode(parameters);
  return path + (query ? `?${query}` : "");
}

/** @param {(string | undefined)[] | null} [panels] those that alone have changed */
const announce = (panels = null) => document.dispatchEvent(new CustomEvent("codeagent:state", { detail: { panels } }));

/**
 * The address of another page with what can be kept: range, comparison, personal choices, and some filters.
 * @param {string} address
 * @param {Changes} [changes]
 * @param {string[]} [filters] names of the filters to keep
 */
export function link(address, changes = {}, filters = []) {
  const current = params();
  const [path, query] = address.split("?");
  const next = new URLSearchParams();
  for (const name of ["from", "to", "compare", ...PERSONAL, ...filters])
    for (const value of current.getAll(name)) next.append(name, value);
  const board = mountedBoard();
  if (board && !current.get("from") && !isBoard(path)) next.append("from", board.range); // the board's own range
  const own = new URLSearchParams(query || "");
  const ownValues = Object.fromEntries([...own.keys()].map((name) => [name, own.getAll(name)]));
  return join(path, apply(next, { ...ownValues, ...changes }));
}

/**
 * Go to another page of the app. Between boards scripts and styles are not loaded anew.
 * @param {string} address
 */
export function go(address) {
  const target = new URL(address, location.href);
  if (target.origin !== location.origin) return; // no link from data leads out of the app
  if (target.pathname === location.pathname) {
    history.pushState({}, "", address);
    announce();
  } else if (isBoard(target.pathname) && isBoard(location.pathname)) {
    history.pushState({}, "", address);
    path = target.pathname;
    pageSwap.show(address);
  } else location.assign(address);
}

/** Fetch a board ahead, on screens with a pointer. @param {string} address */
export function prefetch(address) {
  const { pathname } = new URL(address, location.href);
  if (innerWidth >= 600 && isBoard(pathname) && isBoard(location.pathname)) pageSwap.prefetch(address);
}

/** The path that a link leads to. @param {HTMLElement} element */
export const pathOf = (element) => new URL(element.getAttribute("href") || "", location.href).pathname;

/**
 * Other pages than boards are documents of their own.
 * @param {string} path
 */
const isBoard = (path) => path.slice(1) in embeddedBoards();

/**
 * The canonical query of the data address: fixed order, sorted values, nothing personal.
 * @param {{range: string, filters?: string[], fixed?: Record<string, string[]>, panels?: string[]}} board
 * @param {string} width class of screen width: s, m, l
 */
export function dataQuery(board, width) {
  const current = params();
  const compare = current.get("compare");
  const pairs = [
    ["from", current.get("from") || board.range],
    ["to", current.get("to") || "now"],
    ["w", width],
    ...(compare ? [["compare", compare]] : []),
  ];
  for (const name of [...(board.filters || [])].sort())
    for (const value of [...new Set(board.fixed?.[name] || current.getAll(name))].filter(Boolean).sort())
      pairs.push([name, value]);
  for (const name of [...new Set(current.keys())].sort()) {
    const value = current.get(name);
    if (value && board.panels?.includes(ROWS.exec(name)?.[1] || "")) pairs.push([name, value]);
  }
  return pairs.map(([name, value]) => `${name}=${encode(encodeURIComponent(value))}`).join("&");
}

let path = ""; // of the board on the page

/** Listen to the page. Called once, by main.js. */
export function start() {
  path = location.pathname;
  addEventListener("popstate", () => {
    const isSame = location.pathname === path || !isBoard(location.pathname);
    path = location.pathname;
    if (isSame) announce();
    else pageSwap.show(location.pathname + location.search, { isBack: true });
  });
  document.addEventListener("codeagent:page", () => announce());
}
