/* Whether the server answers a wall, and lets a display see the wall of its playlist. A display whose token was revoked
   shows why, instead of numbers, and asks now and then whether that has changed. */

import { select } from "./dom.js";

const INTERVAL = 20000; // ms: a revoked token is noticed within a minute
const REFUSED = [403, 404, 410];

/** Whether the boards are those of a playlist. */
export const isPlaylist = () => location.pathname.startsWith("/kiosk/");

/** Whether the wall may go on. */
export async function check() {
  try {
    const response = await fetch(isPlaylist() ? location.href : "/health/live", { method: "HEAD", cache: "no-store" });
    if (isPlaylist() && REFUSED.includes(response.status)) await showRefusal();
    else if (response.ok && select(".refusal")) location.reload();
    return response.ok;
  } catch {
    return false;
  }
}

/** The server's page with the reason in place of the board; another server's page, such as a proxy's, is not shown. */
async function showRefusal() {
  const response = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const refusal = response.ok ? null : select(".refusal", page);
  if (!refusal) return;
  select("#page")?.replaceChildren(refusal);
  document.dispatchEvent(new CustomEvent("codeagent:page"));
}

/** Listen to the page. Called once, by kiosk.js. */
export function start() {
  if (isPlaylist()) setInterval(check, INTERVAL);
}
