/* Another board in place of the present one: its document is fetched, and what stands on the page is replaced. Scripts
   and styles stay, so it takes as long as the answer. */

const KEPT = 10000; // ms that a document fetched ahead is good for

/** `url` is where a redirection has led to; empty without one. @typedef {{text: string, url: string}} Fetched */

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

/**
 * Show the board of an address, which is in the history already. The browser loads it where it cannot be swapped in.
 * @param {string} address
 * @param {{isBack?: boolean}} [options] whether the browser has gone back or forward, and keeps the place on the page
 */
export async function show(address, { isBack = false } = {}) {
  latest += 1;
  const number = latest;
  try {
    const { text, url } = await documentOf(address);
    if (number !== latest) return; // somebody has gone on meanwhile
    const next = new DOMParser().parseFromString(text, "text/html");
    const [page, present] = [next.getElementById("page"), document.getElementById("page")];
    if (!page || !present) throw new Error("no board");
    if (url) history.replaceState({}, "", url);
    document.title = next.title;
    present.replaceChildren(...page.childNodes);
    if (!isBack) scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("codeagent:page"));
  } catch {
    if (number === latest) location.assign(address);
  }
}
