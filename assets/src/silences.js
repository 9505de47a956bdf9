/* The alerts page: silences, and the list that renews itself. */

import { closestTarget, select, selectAll } from "./dom.js";
import * as explorer from "./explorer.js";

const RENEW = 10000; // ms
const ADDRESS = "/api/alerts/silences";
const NAME = "codeagent-user"; // of the viewer, kept in this browser

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

/**
 * Send a change. Throws an Error with the server's message.
 * @param {string} method
 * @param {string} path
 * @param {object} content
 */
async function send(method, path, content) {
  const response = await fetch(ADDRESS + path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.error.sentence} ${answer.error.hint || ""}`.trim());
  return answer;
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
    box.textContent = previewText((await send("POST", "/preview", { matchers })).alerts);
  } catch (error) {
    box.textContent = String(error instanceof Error ? error.message : error);
  }
}

/** @param {HTMLFormElement} form */
async function create(form) {
  const fields = new FormData(form);
  const user = String(fields.get("user") || "").trim();
  if (user) localStorage.setItem(NAME, user);
  const content = {
    matchers: matchersOf(form),
    minutes: Number(fields.get("minutes")),
    comment: String(fields.get("comment") || ""),
    user,
  };
  await attempt(select(".silence-error", form), () => send("POST", "", content));
}

/**
 * @param {HTMLElement} button
 * @param {() => Promise<unknown>} change
 */
const press = (button, change) => attempt(button.parentElement, change);

/**
 * Make a change and show the new state, or the reason why it failed.
 * @param {HTMLElement | null} place of the reason
 * @param {() => Promise<unknown>} change
 */
async function attempt(place, change) {
  try {
    await change();
    await explorer.load({ again: true });
  } catch (error) {
    if (place) place.textContent = String(error instanceof Error ? error.message : error);
  }
}

/** @returns {string} the viewer's name; asks for it once */
function userName() {
  const known = localStorage.getItem(NAME) || "";
  const name = known || (window.prompt("Your name, for the history of the silence") || "").trim();
  if (name) localStorage.setItem(NAME, name);
  return name;
}

/** @param {Event} event */
function click(event) {
  const extend = closestTarget(event, "[data-extend-silence]");
  if (extend) {
    press(extend, () => send("POST", `/${extend.dataset.extendSilence}`, { minutes: 60, user: userName() }));
  }
  const expire = closestTarget(event, "[data-expire-silence]");
  if (expire) press(expire, () => send("DELETE", `/${expire.dataset.expireSilence}`, { user: userName() }));
}

/** @param {Event} event */
function toggled(event) {
  const details = event.target instanceof HTMLDetailsElement && event.target.open ? event.target : null;
  const form = details?.querySelector("form[data-silence]");
  if (!(form instanceof HTMLFormElement)) return;
  const name = select('input[name="user"]', form);
  if (name instanceof HTMLInputElement) name.value ||= localStorage.getItem(NAME) || "";
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
