/* Copies of pages for times without a network: which are stored, and which one answers instead. */

export const CACHE = "pages";
export const MOST_PAGES = 20;
export const FRESH_MS = 60_000;
/* What is not a page for people, or has its own way with a lost connection. */
const OTHERS = ["/api/", "/embed/", "/health/", "/kiosk", "/metrics", "/render/", "/static/", "/_dash"];
const GATEWAY_ERRORS = [502, 503, 504];

/** Whether a request opens a page that may be stored. @param {{method: string, mode: string, url: string}} request */
export function isPage(request) {
  const { pathname } = new URL(request.url);
  return request.method === "GET" && request.mode === "navigate" && !OTHERS.some((path) => pathname.startsWith(path));
}

/** Whether a copy may stand in for an answer: the server is away behind its proxy. @param {Response} response */
export const isAway = (response) => GATEWAY_ERRORS.includes(response.status);

/** Whether the viewer is signed out, so that no copy may be shown any more. @param {Response} response */
export const isSignedOut = (response) => response.status === 401 || response.status === 403;

/** @param {Response} response */
export function mayBeStored(response) {
  const isHtml = (response.headers.get("Content-Type") || "").startsWith("text/html");
  const isPrivate = /no-store/.test(response.headers.get("Cache-Control") || "");
  return response.status === 200 && !response.redirected && isHtml && !isPrivate;
}

/** Milliseconds since the server sent a copy; infinite without its date. @param {Response} copy @param {number} now */
export function ageOf(copy, now) {
  const sent = Date.parse(copy.headers.get("Date") || "");
  return Number.isNaN(sent) ? Number.POSITIVE_INFINITY : now - sent;
}

/**
 * Store an answer as the newest copy; the oldest ones make room.
 * @param {Cache} cache
 * @param {string} url
 * @param {Response} response
 */
export async function store(cache, url, response) {
  const address = withoutHash(url);
  await cache.delete(address);
  await cache.put(address, response);
  const stored = await cache.keys();
  await Promise.all(stored.slice(0, Math.max(0, stored.length - MOST_PAGES)).map((request) => cache.delete(request)));
}

/**
 * The copy of an address, else the newest one of the same page with other parameters.
 * @param {Cache} cache
 * @param {string} url
 */
export async function copyOf(cache, url) {
  const exact = await cache.match(withoutHash(url));
  if (exact) return exact;
  const { pathname } = new URL(url);
  const similar = (await cache.keys()).filter((request) => new URL(request.url).pathname === pathname).pop();
  return similar && cache.match(similar);
}

/** @param {string} url */
const withoutHash = (url) => url.split("#")[0];
