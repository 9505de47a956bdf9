/* Copying text, and the short message that confirms it. */

import { create } from "./dom.js";

const TOAST_DURATION = 2500; // ms

/**
 * Copy text to the clipboard, or show it for copying where the browser forbids that.
 * @param {string} text
 * @param {HTMLElement} [button] that gets the focus back
 */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    prompt("Copy this:", text);
  }
  button?.focus();
}

/**
 * Show a message for a moment.
 * @param {string} text
 */
export function toast(text) {
  const box = create("div", { className: "toast" }, text);
  box.setAttribute("role", "status");
  document.body.appendChild(box);
  setTimeout(() => box.remove(), TOAST_DURATION);
}
