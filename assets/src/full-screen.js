/* A panel in full screen, below the bar with the range and the filters. The address says which one it is, so that a view
   in full screen can be shared, and the browser's way back leaves it. */

import { create, requireElement, select, selectAll } from "./dom.js";
import * as popups from "./popups.js";
import * as urlState from "./url-state.js";

const PARAMETER = "full";

/** The id of the panel in full screen; empty for none. */
export const current = () => urlState.params().get(PARAMETER) || "";

/**
 * Show a panel in full screen, or leave it.
 * @param {string} id of the panel; empty to leave
 * @param {{replace?: boolean}} [options] of the entry in the history
 */
export const show = (id, options) => urlState.set({ [PARAMETER]: id }, options);

/** Bring the page in line with the address. */
function sync() {
  const panel = current() ? document.getElementById(`panel-${current()}`) : null;
  const before = select(".panel.full");
  if (before === panel) return;
  if (before) leave(before);
  document.documentElement.classList.toggle("has-full", !!panel);
  for (const other of selectAll("[data-panel], .rail, #sentence, .skip, .board-note"))
    other.inert = !!panel && other !== panel;
  if (!panel) return;
  panel.classList.add("full");
  const button = create("button", { type: "button", className: "leave-full" }, "Close");
  button.setAttribute("aria-label", "Leave full screen");
  button.addEventListener("click", () => show(""));
  requireElement(".panel-head", panel).append(button);
  button.focus({ preventScroll: true });
}

/** @param {HTMLElement} panel */
function leave(panel) {
  panel.classList.remove("full");
  select(".leave-full", panel)?.remove();
  panel.scrollIntoView({ block: "nearest" });
  select("[data-panel-menu]", panel)?.focus({ preventScroll: true });
}

/** Escape closes what is open over the panel before it leaves full screen. @param {KeyboardEvent} event */
function handleKey({ key }) {
  if (key !== "Escape" || !select(".panel.full")) return;
  if (!select(`${popups.OPEN}, dialog[open], .controls.open`)) show("");
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("keydown", handleKey, { capture: true });
  document.addEventListener("codeagent:state", sync);
  sync();
}
