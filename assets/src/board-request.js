/* The requests of a board's data: which panels, at which address, how often. */

import * as serverClock from "./clock.js";
import { select } from "./dom.js";
import { ForeignAnswer } from "./live-status.js";
import { mountedBoard } from "./mounted-board.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

/** @typedef {import("./mounted-board.js").MountedBoard} MountedBoard */

const FIRST_OF_MANY = 16; // on wide screens; the others are requested when they come near the screen
const MANY_PANELS = 40; // nobody sees so many at once, and asking for all of them makes those in view wait

export const isPhone = () => innerWidth < 600;
const isWall = () => !!select(".kiosk");
/** Whether few of a page's panels are seen at first: on phones, and in frames, which few scroll to the end. */
const isSmall = () => isPhone() || (!!mountedBoard()?.address && !isWall());
/** Whether a board has more panels than a screen; a wall shows them all. */
const hasMany = () => !isWall() && (mountedBoard()?.panels.length || 0) > MANY_PANELS;
/** Whether panels are requested when they come near the screen. */
export const isLazy = () => isSmall() || hasMany();
/** Class of screen width, which decides how many points a chart has. */
export const width = () => (isWall() ? "m" : isPhone() ? "s" : innerWidth < 2000 ? "m" : "l");

/** Milliseconds between refreshes; 0 while paused. */
export function intervalMs() {
  const interval = urlState.params().get("refresh") || mountedBoard()?.refresh || "10s";
  return interval === "off" ? 0 : Math.max(5, timeFormat.seconds(interval) || 10) * 1000;
}

/**
 * The refresh address of some panels of a board.
 * @param {MountedBoard} board
 * @param {string[]} panels
 * @param {boolean} [hasStatus] whether the answer has a status line; one that was fetched a moment ago need not come again
 */
export function address(board, panels, hasStatus = true) {
  // Where a status line stands above the panels, it speaks of the whole board.
  const status = board.address && !isWall() ? "" : `&status=${hasStatus ? "board" : "none"}`;
  const subset = panels.length === board.panels.length && board.whole ? "" : `&panels=${panels.join(",")}${status}`;
  const signature = board.address && urlState.params().get("sig");
  const rest = signature ? `&sig=${encodeURIComponent(signature)}` : "";
  return `${board.address || `/api/boards/${board.id}/refresh`}?${urlState.dataQuery(board, width())}${subset}${rest}`;
}

/**
 * The panels of the first answer of a page.
 * @param {{panels: string[], first: number}} board
 */
export const firstPanels = ({ panels, first }) =>
  isLazy() && panels.length > 1 ? panels.slice(0, isSmall() ? first : FIRST_OF_MANY) : panels;

/**
 * A proxy's error page or a sign-in page is an answer too, but not the dashboard server's.
 * @param {Response} response
 * @returns {Promise<BoardAnswer>}
 */
export async function decode(response) {
  if ((response.headers.get("Content-Type") || "").includes("json")) return response.json();
  throw new ForeignAnswer(response.status);
}

/**
 * The answer of an address, before anything else happens: a page that is being printed cannot wait for a promise. Null
 * where there is none.
 * @param {string} url
 * @returns {BoardAnswer | null}
 */
export function requestNow(url) {
  const request = new XMLHttpRequest();
  try {
    request.open("GET", url, false);
    request.setRequestHeader("Accept", "application/json");
    request.send();
    return request.status === 200 ? JSON.parse(request.responseText) : null;
  } catch {
    return null; // no network, or another server's page
  }
}

/**
 * The answer of an address; that of the first one is on its way since the document has named it.
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
export function request(url, signal) {
  return fetch(url, { signal, headers: { Accept: "application/json" } }).then(serverClock.learn);
}
