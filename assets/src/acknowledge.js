/* Acknowledging an alert, and undoing it. */

import { attempt, userName } from "./alert-writes.js";
import { writeAcknowledgement } from "./api-write.js";
import { closestTarget, select } from "./dom.js";

/** @param {Event} event */
function click(event) {
  const button = closestTarget(event, "[data-acknowledge], [data-withdraw]");
  if (!(button instanceof HTMLButtonElement)) return;
  const { acknowledge, withdraw } = button.dataset;
  const place = button.parentElement && select("[role=alert]", button.parentElement);
  const method = acknowledge ? "POST" : "DELETE";
  button.disabled = true;
  attempt(place, () => writeAcknowledgement(method, acknowledge || withdraw || "", userName)).finally(() => {
    button.disabled = false;
  });
}

export function start() {
  document.addEventListener("click", click);
}
