/* Changes that are sent to the server, by pages and by the service worker. */

const ALERTS = "/api/alerts";
const HEADER = "X-Write-Token";

/**
 * Send JSON. Throws an Error with the server's message.
 * @param {string} method
 * @param {string} address
 * @param {object} content
 * @param {string} [token] of this browser, where the address needs it: no other site can read it
 */
export async function send(method, address, content, token) {
  const headers = { "Content-Type": "application/json", ...(token && { [HEADER]: token }) };
  const response = await fetch(address, { method, headers, body: JSON.stringify(content) });
  return answerOf(response);
}

/**
 * The JSON of an answer. Throws an Error with the server's message, or with a hint where a sign-in page answers.
 * @param {Response} response
 */
export async function answerOf(response) {
  const answer = await response.json().catch(() => null);
  if (!answer) throw new Error("The server did not answer as expected. Open the page and sign in.");
  if (!response.ok) throw new Error(`${answer.error.sentence} ${answer.error.hint || ""}`.trim());
  return answer;
}

/**
 * Acknowledge an alert, or withdraw that. Behind a proxy that tells the user, nobody types a name.
 * @param {"POST" | "DELETE"} method POST acknowledges, DELETE withdraws
 * @param {string} id of the alert in the history
 * @param {() => string} user the name where it has to be typed
 */
export async function writeAcknowledgement(method, id, user) {
  const { write_token: token, needs_name: needsName } = await answerOf(await fetch(`${ALERTS}/write-token`));
  const address = `${ALERTS}/${encodeURIComponent(id)}/acknowledge`;
  return send(method, address, { user: needsName ? user() : "" }, token);
}
