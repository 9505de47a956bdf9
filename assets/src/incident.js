/* The incident report: notes, and the button that prints. */

import { keepName, knownName } from "./alert-writes.js";
import { send } from "./api-write.js";
import { closestTarget, select } from "./dom.js";
import * as urlState from "./url-state.js";

const ADDRESS = "/api/incident/notes";

/**
 * The instant that a note is about, in epoch seconds: what was typed, else now, but not after the end of the report.
 * @param {string} typed local time as an input has it, or nothing
 * @param {number} end of the report
 * @param {number} now
 */
export function instantOf(typed, end, now) {
  const instant = typed ? new Date(typed).getTime() / 1000 : Number.NaN;
  return Number.isFinite(instant) ? instant : Math.min(now, end);
}

/** @param {HTMLFormElement} form */
async function add(form) {
  const fields = new FormData(form);
  const user = String(fields.get("user") || "").trim();
  keepName(user);
  const time = instantOf(String(fields.get("time") || ""), Number(form.dataset.end), Date.now() / 1000);
  const answer = await send("POST", ADDRESS, { time, text: String(fields.get("text") || ""), user });
  // Another address is another answer: the one without the note may be kept for some seconds.
  urlState.set({ noted: String(Math.round(answer.written * 1000)) }, { replace: true });
}

/** @param {Event} event */
async function submitted(event) {
  const form = closestTarget(event, "form[data-note]");
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  try {
    await add(form);
  } catch (error) {
    const place = select(".note-error", form);
    if (place) place.textContent = String(error instanceof Error ? error.message : error);
  }
}

/** @param {Event} event */
function toggled(event) {
  const details = event.target instanceof HTMLDetailsElement && event.target.open ? event.target : null;
  const name = details?.querySelector('form[data-note] input[name="user"]');
  if (name instanceof HTMLInputElement) name.value ||= knownName();
}

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("toggle", toggled, true);
}
