/* Opens the dialog about notifications; its script is loaded at that moment. */

import { toast } from "./clipboard.js";
import { closestTarget } from "./dom.js";
import { loadPart } from "./load-file.js";

/** @param {Event} event */
async function click(event) {
  if (!closestTarget(event, "[data-push]")) return;
  try {
    if (!window.codeagentPush) await loadPart("push");
    window.codeagentPush?.();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("click", click);
}
