/* The dialog about notifications: whether this device gets them, and which ones do. It is a script of its own, which is
   loaded when the dialog is opened. */

import { keepName, knownName } from "../alert-writes.js";
import { answerOf, send } from "../api-write.js";
import { openDialog } from "../dialog.js";
import { closestTarget, create, requireElement, select } from "../dom.js";
import { deviceName, hasKey, idOf, obstacle, thisBrowser, workerOf } from "./browser.js";

const ADDRESS = "/api/push";

/** @typedef {{id: string, user: string, device: string, created: number}} Device */
/** @typedef {{public_key: string, subscriptions: Device[], write_token: string, needs_name: boolean}} Answer */

const HTML = `<header><h2></h2><button type="button" data-close>Close</button></header>
<div class="share-body">
<section><p class="push-state" role="status">One moment …</p><form></form><p class="share-error" role="alert"></p></section>
<section class="share-links" hidden><h3>Devices with notifications</h3><ul></ul></section>
</div>`;

async function open() {
  const dialog = openDialog("share push", HTML, "Notifications on this device");
  dialog.addEventListener("click", (event) => {
    const id = closestTarget(event, "[data-remove]")?.dataset.remove;
    if (id) change(dialog, (answer) => remove(dialog, answer, id));
  });
  await change(dialog, () => Promise.resolve());
}

/**
 * Make a change, then show what is true now; or the reason why it failed.
 * @param {HTMLElement} dialog
 * @param {(answer: Answer) => Promise<unknown>} step
 */
async function change(dialog, step) {
  const error = requireElement(".share-error", dialog);
  error.textContent = "";
  try {
    await step(await read());
  } catch (problem) {
    error.textContent = problem instanceof Error ? problem.message : String(problem);
  }
  try {
    await show(dialog, await read());
  } catch (problem) {
    error.textContent = problem instanceof Error ? problem.message : String(problem);
  }
}

/** @returns {Promise<Answer>} */
const read = async () => answerOf(await fetch(ADDRESS));

/**
 * @param {HTMLElement} dialog
 * @param {Answer} answer
 */
async function show(dialog, answer) {
  const reason = obstacle(thisBrowser());
  const subscription = reason ? null : await current(answer.public_key);
  const own = subscription && (await idOf(subscription.endpoint));
  const device = answer.subscriptions.find(({ id }) => id === own);
  const state = device
    ? `This device gets the alerts that the operator sends by push, as ${device.user}.`
    : "This device gets no notifications. An alert can be acknowledged from its notification.";
  requireElement(".push-state", dialog).textContent = reason || state;
  const form = /** @type {HTMLFormElement} */ (requireElement("form", dialog));
  form.replaceChildren(...(reason ? [] : fields(answer, device)));
  form.onsubmit = (event) => {
    event.preventDefault();
    change(dialog, (latest) => (device ? turnOff(dialog, latest, device.id) : turnOn(dialog, latest)));
  };
  list(dialog, answer.subscriptions, own);
}

/**
 * @param {Answer} answer
 * @param {Device | undefined} device this one, if it is subscribed
 */
function fields(answer, device) {
  const button = create(
    "button",
    { type: "submit", className: device ? "" : "primary" },
    device ? "Turn off" : "Turn on",
  );
  if (device || !answer.needs_name) return [button];
  const name = create("input", { name: "user", required: true, maxLength: 100, value: knownName() });
  name.autocomplete = "name";
  return [create("label", {}, "Your name, for acknowledgements", name), button];
}

/**
 * @param {HTMLElement} dialog
 * @param {Device[]} devices
 * @param {string | null} own the id of this device
 */
function list(dialog, devices, own) {
  requireElement(".share-links", dialog).hidden = !devices.length;
  const rows = devices.map(({ id, user, device, created }) => {
    const since = new Date(created * 1000).toLocaleDateString();
    const text = `${device || "Browser"}${id === own ? " (this device)" : ""}, since ${since}`;
    const button = create("button", { type: "button" }, "Remove");
    button.dataset.remove = id;
    button.setAttribute("aria-label", `Remove ${device} of ${user}`);
    return create("li", {}, create("span", {}, create("b", {}, user), ` ${text}`), button);
  });
  requireElement("ul", dialog).replaceChildren(...rows);
}

/**
 * The subscription of this browser; one with an earlier key of the server is ended.
 * @param {string} publicKey
 */
async function current(publicKey) {
  const subscription = await (await workerOf()).pushManager.getSubscription();
  if (!subscription || hasKey(subscription, publicKey)) return subscription;
  await subscription.unsubscribe();
  return null;
}

/**
 * @param {HTMLElement} dialog
 * @param {Answer} answer
 */
async function turnOn(dialog, answer) {
  const user = typedName(dialog);
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("The browser did not allow notifications. Allow them in its settings.");
  const worker = await workerOf();
  const subscription = await worker.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: answer.public_key })
    .catch((/** @type {Error} */ error) => {
      throw new Error(`The browser could not reach its push service (${error.message}).`);
    });
  const { endpoint, keys } = subscription.toJSON();
  const device = deviceName(navigator.userAgent);
  await send("POST", `${ADDRESS}/subscriptions`, { endpoint, keys, device, user }, answer.write_token);
}

/**
 * @param {HTMLElement} dialog
 * @param {Answer} answer
 * @param {string} id
 */
async function turnOff(dialog, answer, id) {
  await (await current(answer.public_key))?.unsubscribe();
  await remove(dialog, answer, id);
}

/**
 * @param {HTMLElement} dialog
 * @param {Answer} answer
 * @param {string} id
 */
const remove = (dialog, answer, id) =>
  send("DELETE", `${ADDRESS}/subscriptions/${id}`, { user: typedName(dialog) }, answer.write_token);

/** The viewer's name: as it is typed now, or was before. @param {ParentNode} dialog */
function typedName(dialog) {
  const field = select("[name=user]", dialog);
  const name = (field instanceof HTMLInputElement && field.value.trim()) || knownName();
  keepName(name);
  return name;
}

window.codeagentPush = open;
