/* The alerts page: silences, and the list that renews itself. */

import { attempt, keepName, knownName, userName } from "./alert-writes.js";
import { send } from "./api-write.js";
import { closestTarget, select, selectAll } from "./dom.js";
import * as explorer from "./explorer.js";

const RENEW = 10000; // ms
const ADDRESS = "/api/alerts/silences";

/** @typedef {{name: string, value: string}} Matcher */

/**
 * The labels that are ticked, as matchers.
 * @param {ParentNode} form
 * @returns {Matcher[]}
 */
export function matchersOf(form) {
  return selectAll('input[name="matcher"]', form)
    .filter((box) => box instanceof HTMLInputElement && box.checked)
    .map((box) => splitMatcher(/** @type {HTMLInputElement} */ (box).value));
}

/**
 * @param {string} text label=value; the value may contain further equals signs
 * @returns {Matcher}
 */
export function splitMatcher(text) {
  const place = text.indexOf("=");
  return { name: text.slice(0, place), value: text.slice(place + 1) };
}

/**
 * What a silence with these matchers would cover, in a sentence.
 * @param {string[]} alerts
 */
export function previewText(alerts) {
  if (alerts.length === 0) return "Matches no alert at the moment.";
  const names = alerts.slice(0, 3).join("; ");
  const more = alerts.length > 3 ? ` and ${alerts.length - 3} more` : "";
  return `Matches ${alerts.length} ${alerts.length === 1 ? "alert" : "alerts"}: ${names}${more}.`;
}

/** @param {HTMLFormElement} form */
async function preview(form) {
  const box = select(".silence-preview", form);
  const matchers = matchersOf(form);
  if (!box) return;
  if (!matchers.length) {
    box.textContent = "Choose at least one label.";
    return;
  }
  try {
    box.textContent = previewText((await send("POST", `${ADDRESS}/preview`, { matchers })).alerts);
  } catch (error) {
    box.textContent = String(error instanceof Error ? error.message : error);
  }
}

/** @param {HTMLFormElement} form */
async function create(form) {
  const fields = new FormData(form);
  const user = String(fields.get("user") || "").trim();
  keepName(user);
  const content = {
    matchers: matchersOf(form),
    minutes: Number(fields.get("minutes")),
    comment: String(fields.get("comment") || ""),
    user,
  };
  await attempt(select(".silence-error", form), () => send("POST", ADDRESS, content));
}

/** @param {Event} event */
function click(event) {
  const button = closestTarget(event, "[data-extend-silence], [data-expire-silence]");
  if (!button) return;
  const { extendSilence, expireSilence } = button.dataset;
  const address = `${ADDRESS}/${extendSilence || expireSilence}`;
  const change = extendSilence
    ? () => send("POST", address, { minutes: 60, user: userName() })
    : () => send("DELETE", address, { user: userName() });
  attempt(button.parentElement, change);
}

/** @param {Event} event */
function toggled(event) {
  const details = event.target instanceof HTMLDetailsElement && event.target.open ? event.target : null;
  const form = details?.querySelector("form[data-silence]");
  if (!(form instanceof HTMLFormElement)) return;
  const name = select('input[name="user"]', form);
  if (name instanceof HTMLInputElement) name.value ||= knownName();
  preview(form);
}

/** Fetch the alerts again, but not while somebody fills in a form. */
function renew() {
  const root = explorer.currentRoot();
  if (document.hidden || root?.dataset.page !== "alerts" || select("details.silence[open]", root)) return;
  explorer.load({ again: true });
}

export function start() {
  document.addEventListener("click", click);
  document.addEventListener("toggle", toggled, true);
  document.addEventListener("change", (event) => {
    const form = closestTarget(event, "form[data-silence]");
    if (form instanceof HTMLFormElement) preview(form);
  });
  document.addEventListener("submit", (event) => {
    const form = closestTarget(event, "form[data-silence]");
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    create(form);
  });
  setInterval(renew, RENEW);
}
