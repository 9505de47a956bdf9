/* Tells the site round the frame how high its content is: {type: "codeagent:height", height}, in CSS pixels. */

import { select } from "./dom.js";

const TYPE = "codeagent:height";
let last = 0;

/**
 * The origin of the site round the frame, to which alone the height is sent; empty where the browser does not tell it.
 * @param {ArrayLike<string> | undefined} ancestors of the frame, the nearest first; Chromium and Safari have them
 * @param {string} referrer address of the page that has loaded the frame
 */
export function parentOrigin(ancestors, referrer) {
  if (ancestors?.length) return ancestors[0];
  try {
    return new URL(referrer).origin;
  } catch {
    return "";
  }
}

/** The height that the content takes where it is not stretched to the frame. */
function contentHeight() {
  const root = document.documentElement;
  root.classList.add("measured");
  const height = select(".embed")?.offsetHeight || 0;
  root.classList.remove("measured");
  return Math.ceil(height);
}

function send() {
  const height = contentHeight();
  const origin = parentOrigin(location.ancestorOrigins, document.referrer);
  if (!height || height === last || !origin || origin === "null") return;
  last = height;
  parent.postMessage({ type: TYPE, height }, origin);
}

/** Send the height now and whenever it changes. Called once, by embed.js. */
export function start() {
  if (parent === window) return;
  document.addEventListener("codeagent:refreshed", () => setTimeout(send, 0)); // after the panels are drawn
  addEventListener("resize", send);
  send();
}
