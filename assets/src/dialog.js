/* A modal dialog that closes on its button, on a click beside it, and with Escape. */

import { closestTarget, create, requireElement } from "./dom.js";

/**
 * Open a dialog; it is removed when it closes.
 * @param {string} className
 * @param {string} html of the inside, with a heading and elements with data-close
 * @param {string} title
 */
export function openDialog(className, html, title) {
  const dialog = create("dialog", { className, innerHTML: html });
  requireElement("h2", dialog).textContent = title;
  dialog.setAttribute("aria-label", title);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || closestTarget(event, "[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.appendChild(dialog);
  dialog.showModal();
  return dialog;
}
