/* A dialog over a panel with what the server answers about it. */

import { openDialog } from "./dialog.js";
import { requireElement } from "./dom.js";

const DIALOG =
  '<header><h2></h2><button type="button" data-close aria-label="Close">Close</button></header>' +
  '<div class="inspector-body" tabindex="0" role="group"><p>Loading…</p></div>';

/**
 * Open the dialog, and show the answer or why there is none. It can be scrolled by keyboard.
 * @template Answer
 * @param {string} what the answer has, such as "Numbers"
 * @param {string} panelId
 * @param {string} address
 * @param {(answer: Answer) => HTMLElement[]} elements of an answer
 */
export async function openAnswer(what, panelId, address, elements) {
  const title = document.getElementById(`title-${panelId}`)?.textContent || panelId;
  const body = requireElement(".inspector-body", openDialog("inspector", DIALOG, `${what} of ${title}`));
  body.setAttribute("aria-label", what);
  try {
    const response = await fetch(address);
    /** @type {Answer & {error: ErrorAnswer}} */
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.sentence);
    body.replaceChildren(...elements(answer));
  } catch (error) {
    body.textContent = error instanceof Error ? error.message : `The ${what.toLowerCase()} cannot be read now.`;
  }
}
