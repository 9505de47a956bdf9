/* The gestures of phones, which are loaded after everything that is on the screen: nobody swipes before that. */

import { refreshNow } from "./controls.js";
import { metaContent } from "./dom.js";
import * as fullScreen from "./full-screen.js";
import * as liveStatus from "./live-status.js";
import { loadPart } from "./load-file.js";

const DELAY = 1500; // ms after the page has loaded

async function load() {
  try {
    await loadPart("touch");
  } catch {
    return; // the page works without them
  }
  window.codeagentTouch?.({
    refresh: refreshNow,
    ageText: liveStatus.ageText,
    fullPanel: fullScreen.current,
    showFull: (panel) => fullScreen.show(panel, { replace: true }),
  });
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  if (!metaContent("touch") || !matchMedia("(pointer: coarse)").matches) return;
  addEventListener("load", () => setTimeout(load, DELAY));
}
