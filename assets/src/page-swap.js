/* Another board in place of the present one: its document is fetched, and what stands on the page is replaced. Scripts
   and styles stay, so it takes as long as the answer. A document of another release brings its own scripts. */

import { select, selectAll } from "./dom.js";
import { loadFile } from "./load-file.js";

const KEPT = 10000; // ms that a document fetched ahead is good for

/** `url` is where a redirection has led to; empty without one. @typedef {{text: string, url: string}} Fetched */
/** `page` is the new content, `url` its address. @typedef {{title: string, page: Element, url: string}} Loaded */

/** The document was built with other scripts or styles than those that run. */
export class OtherRelease extends Error {}

/** Documents fetched ahead, by address. @type {Map<string, {document: Promise<Fetched>, at: number}>} */
const ahead = new Map();
let latest = 0;

/** @param {string} address @returns {Promise<Fetched>} */
async function fetchDocument(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return { text: await response.text(), url: response.redirected ? response.url : "" };
}

/**
 * Fetch the document of a board before it is wanted.
 * @param {string} address
 */
export function prefetch(address) {
  const known = ahead.get(address);
  if (known && performance.now() - known.at < KEPT) return;
  const document = fetchDocument(address);
  document.catch(() => ahead.delete(address));
  ahead.set(address, { document, at: performance.now() });
}

/** @param {string} address */
function documentOf(address) {
  const known = ahead.get(address);
  ahead.delete(address);
  return known && performance.now() - known.at < KEPT ? known.document : fetchDocument(address);
}

/** The addresses of a document's scripts and styles by their names; an address names its content.
 * @param {Document} root
 * @returns {Map<string, string>} */
const filesOf = (root) =>
  new Map(
    selectAll("script[src], link[rel=stylesheet]", root)
      .map((element) => element.getAttribute("src") || element.getAttribute("href") || "")
      .filter((address) => address.startsWith("/static/"))
      .map((address) => [address.replace(/\.[0-9a-f]{16}(?=\.)/, ""), address]),
  );

/**
 * Load what a document has beyond the present one: the script and style of parts below a board.
 * @param {Document} next
 */
async function loadFiles(next) {
  const present = filesOf(document);
  const needed = [...filesOf(next)];
  if (needed.some(([name, address]) => (present.get(name) ?? address) !== address)) throw new OtherRelease();
  await Promise.all(needed.filter(([name]) => !present.has(name)).map(([, address]) => loadFile(address)));
}

/**
 * The page of an address, from a document of this release. Throws where there is none.
 * @param {string} address
 * @returns {Promise<Loaded>}
 */
export async function load(address) {
  const { text, url } = await documentOf(address);
  const next = new DOMParser().parseFromString(text, "text/html");
  const page = select("#page", next);
  if (!page) throw new Error("no board");
  await loadFiles(next);
  return { title: next.title, page, url };
}

/** Put a page in the place of the present one. @param {Loaded} loaded */
export function put({ title, page, url }) {
  if (url) history.replaceState({}, "", url);
  document.title = title;
  select("#page")?.replaceChildren(...page.childNodes);
  document.dispatchEvent(new CustomEvent("codeagent:page"));
}

/**
 * Show the board of an address, which is in the history already. The browser loads it where it cannot be swapped in.
 * @param {string} address
 * @param {{isBack?: boolean}} [options] whether the browser has gone back or forward, and keeps the place on the page
 */
export async function show(address, { isBack = false } = {}) {
  latest += 1;
  const number = latest;
  try {
    const loaded = await load(address);
    if (number !== latest) return; // somebody has gone on meanwhile
    if (!select("#page")) throw new Error("no board");
    if (!isBack) scrollTo(0, 0);
    put(loaded);
  } catch {
    if (number === latest) location.assign(address);
  }
}
