/* Acknowledging an alert, and undoing it. */

import { attempt, send, userName } from "./alert-writes.js";
import { closestTarget, select } from "./dom.js";

const ADDRESS = "/api/alerts";
const HEADER = "X-Write-Token";

/**
 * Send the change with the token of this browser, which no other site can read. Behind a proxy that tells the user,
 * nobody types a name.
 * @param {string} method POST acknowledges, DELETE withdraws
 * @param {string} id of the alert in the history
 */
async function write(method, id) {
  const { write_token: token, needs_name: needsName } = await (await fetch(`${ADDRESS}/write-token`)).json();
  const address = `${ADDRESS}/${encodeURIComponent(id)}/acknowledge`;
  return send(method, address, { user: needsName ? userName() : "" }, { [HEADER]: token });
}

/** @param {Event} event */
function click(event) {
  const button = closestTarget(event, "[data-acknowledge], [data-withdraw]");
  if (!(button instanceof HTMLButtonElement)) return;
  const { acknowledge, withdraw } = button.dataset;
  const place = button.parentElement && select("[role=alert]", button.parentElement);
  button.disabled = true;
  attempt(place, () => write(acknowledge ? "POST" : "DELETE", acknowledge || withdraw || "")).finally(() => {
    button.disabled = false;
  });
}

export function start() {
  document.addEventListener("click", click);
}
