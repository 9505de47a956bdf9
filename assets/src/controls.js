/* The controls: menus, range, filters, sharing, keyboard. Every control changes the URL and nothing else. */

import * as boardRefresh from "./board-refresh.js";
import * as charts from "./charts.js";
import { COMPARISONS, QUICK_RANGES, REFRESH_INTERVALS } from "./choices.js";
import * as serverClock from "./clock.js";
import { closestTarget, fieldValue, select, selectAll, targetMatches } from "./dom.js";
import * as explorer from "./explorer.js";
import * as filterMenu from "./filter-menu.js";
import * as panelMenu from "./panel-menu.js";
import * as panelView from "./panel-view.js";
import * as popups from "./popups.js";
import * as theme from "./theme.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const board = () => boardRefresh.current().board;

function range() {
  const now = urlState.params();
  return { from: now.get("from") || board()?.range || "now-1h", to: now.get("to") || "now" };
}

const label = (name, text) => {
  const found = select(`[data-menu="${name}"] .label`);
  if (found && found.textContent !== text) found.textContent = text;
};

/** Labels, chips and marks that follow from the URL. */
function sync() {
  const now = urlState.params();
  const { from, to } = range();
  const start = timeFormat.instant(from);
  const text =
    to === "now" && QUICK_RANGES[from]
      ? QUICK_RANGES[from]
      : `${timeFormat.short(start)} – ${to === "now" ? "now" : timeFormat.short(timeFormat.instant(to))}`;
  label("range", `${text} · ${timeFormat.zoneName()}`);
  const comparison = COMPARISONS[now.get("compare") || ""];
  label("compare", comparison ? `vs ${comparison}` : "Compare");
  const interval = now.get("refresh") || board()?.refresh || "10s";
  label("refresh", `${interval === "off" ? "" : "Every "}${REFRESH_INTERVALS[interval] || REFRESH_INTERVALS["10s"]}`);
  for (const chip of selectAll("[data-filter]")) filterChip(chip, now.getAll(chip.dataset.filter));
  for (const choice of selectAll("[data-set]")) mark(choice, now);
  for (const link of selectAll("a[data-nav].nav-link"))
    link.setAttribute("href", urlState.link(pathOf(link), {}, ["environment", "instance"]));
  heading(now);
}

function heading(now) {
  const title = select("#react-entry-point .board-title");
  const endpoint = now.getAll("endpoint");
  if (title && board() && board().id === "endpoint")
    title.textContent = endpoint.length ? visibleName(endpoint.join(", ")) : "Endpoint: all";
  if (board())
    document.title = `${board().id === "endpoint" && endpoint.length ? visibleName(endpoint[0]) : board().title} · CodeAgent`;
}

function filterChip(chip, values) {
  chip.dataset.title ||= chip.querySelector(".label").textContent;
  const title = chip.dataset.title;
  chip.querySelector(".label").textContent =
    values.length === 0 ? title : values.length === 1 ? visibleName(values[0]) : `${title}: ${values.length}`;
  chip.classList.toggle("on", values.length > 0);
  chip.title = values.length ? `${title}: ${visibleName(values.join(", "))}` : `${title}: all`;
}

function mark(choice, now) {
  const wants = new URLSearchParams(choice.dataset.set);
  const on = [...wants].every(
    ([name, value]) =>
      (now.get(name) || (name === "from" ? range().from : name === "refresh" ? board()?.refresh : "")) === value,
  );
  choice.setAttribute(choice.getAttribute("role") ? "aria-checked" : "aria-pressed", String(on));
}

function shift(direction) {
  const { from, to } = range();
  const [start, end] = [timeFormat.instant(from), timeFormat.instant(to)].map((ms) => Math.round(ms / 1000));
  const by = (end - start) * direction;
  if (direction > 0 && end + by >= serverClock.now() / 1000)
    return urlState.set({ from: `now-${end - start}s`, to: "" });
  urlState.set({ from: String(start + by), to: String(end + by) });
}

function zoomOut() {
  const { from, to } = range();
  const [start, end] = [timeFormat.instant(from), timeFormat.instant(to)].map((ms) => Math.round(ms / 1000));
  const half = Math.round((end - start) / 2);
  if (to === "now") return urlState.set({ from: nice((end - start) * 2), to: "" });
  urlState.set({ from: String(start - half), to: String(Math.min(end + half, Math.round(serverClock.now() / 1000))) });
}

const nice = (seconds) =>
  Object.keys(QUICK_RANGES).find((key) => timeFormat.seconds(key.slice(4)) >= seconds) || `now-${seconds}s`;

function applyAbsolute() {
  const [from, to] = ["absolute-from", "absolute-to"].map(fieldValue);
  const error = document.getElementById("absolute-error");
  const start = from.startsWith("now") ? from : timeFormat.parse(from);
  const end = to === "" || to.startsWith("now") ? to || "now" : timeFormat.parse(to);
  if (Number.isNaN(start) || Number.isNaN(end)) {
    error.textContent = "Write a time as 2026-01-31 14:05, or now-6h.";
    return;
  }
  error.textContent = "";
  closeMenus();
  urlState.set({ from: String(start), to: end === "now" ? "" : String(end) });
}

// Menus
/** Closes open menus; a focus inside one goes back to its button. */
function closeMenus(except = null) {
  for (const menu of selectAll(".menu.open")) {
    if (menu === except) continue;
    if (menu.contains(document.activeElement)) select(`[data-menu="${menu.dataset.menuOf}"]`).focus();
    menu.classList.remove("open");
  }
  for (const button of selectAll('[data-menu][aria-expanded="true"]'))
    if (!except || except.dataset.menuOf !== button.dataset.menu) button.setAttribute("aria-expanded", "false");
}

function toggleMenu(button) {
  const menu = select(`[data-menu-of="${button.dataset.menu}"]`);
  closeMenus(menu);
  const open = menu.classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
  if (!open) return;
  if (button.dataset.filter) filterMenu.fill(button.dataset.filter, menu);
  if (button.dataset.menu === "range") fillRange();
  keepOnScreen(menu);
  popups.enter(menu);
}

function keepOnScreen(menu) {
  menu.style.left = "";
  const box = menu.getBoundingClientRect();
  if (box.right > innerWidth - 8) menu.style.left = `${innerWidth - 8 - box.right}px`;
}

function fillRange() {
  const { from, to } = range();
  document.getElementById("absolute-error").textContent = "";
  const put = (id, text) => {
    if (window.dash_clientside.set_props) window.dash_clientside.set_props(id, { value: text });
    else Object.assign(document.getElementById(id), { value: text });
  };
  put("absolute-from", timeFormat.written(timeFormat.instant(from)));
  put("absolute-to", to === "now" ? "now" : timeFormat.written(timeFormat.instant(to)));
}

async function share(button) {
  const now = urlState.params();
  const { from, to } = range();
  now.set("from", String(Math.round(timeFormat.instant(from) / 1000)));
  now.set("to", String(Math.round(timeFormat.instant(to) / 1000)));
  await copy(`${location.origin + location.pathname}?${now.toString()}`, button);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    prompt("Copy this:", text);
  }
  if (button) button.focus();
}

function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  box.textContent = text;
  document.body.appendChild(box);
  setTimeout(() => box.remove(), 2500);
}

/** What a click on an element does, by selector; `false` leaves the click to the browser.
 * @type {[string, (hit: HTMLElement, event: MouseEvent) => unknown][]} */
const ACTIONS = [
  [
    "[data-nav]",
    (hit, event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return false;
      urlState.go(hit.getAttribute("href"));
      return true;
    },
  ],
  [
    "[data-set]",
    (hit) => {
      const wants = new URLSearchParams(hit.dataset.set);
      closeMenus();
      urlState.set(Object.fromEntries(wants));
    },
  ],
  ["[data-menu]", (hit) => toggleMenu(hit)],
  ["[data-shift]", (hit) => shift(Number(hit.dataset.shift))],
  ["[data-zoom-out]", () => zoomOut()],
  ["[data-apply-range]", () => applyAbsolute()],
  ["[data-refresh-now]", () => (explorer.isPage() ? explorer.load({ again: true }) : boardRefresh.now())],
  [
    "[data-go]",
    (hit, event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return false;
      urlState.go(urlState.link(hit.getAttribute("href")));
      return true;
    },
  ],
  ["[data-theme-toggle]", () => theme.toggle()],
  ["[data-share]", (hit) => share(hit)],
  ["[data-sheet]", (hit) => sheet(!document.getElementById(hit.dataset.sheet).classList.contains("open"))],
  ["[data-explain]", (hit) => panelMenu.explain(hit)],
  ["[data-panel-menu]", (hit) => panelMenu.open(hit)],
  ["[data-copy]", (hit) => copy(hit.dataset.copy, hit)],
  ["th[data-sortable]", (hit) => panelView.sortBy(hit)],
  [".panel-legend [data-series]", (hit) => panelView.isolate(panelOf(hit).dataset.panel, Number(hit.dataset.series))],
  ["[data-drill]", (hit) => drill(hit)],
];

/** @param {HTMLElement} hit */
const panelOf = (hit) => /** @type {PlotElement | null} */ (hit.closest("[data-panel]"));

/** @param {HTMLElement | null} hit */
function drill(hit) {
  const panel = panelOf(hit);
  if (panel?.codeagentDrill) charts.follow(panel.codeagentDrill, hit.dataset.drill);
}

/** The controls of a phone, which come from below. */
function sheet(open) {
  document.getElementById("controls").classList.toggle("open", open);
  const button = select("[data-sheet]");
  if (button) button.setAttribute("aria-expanded", String(open));
  if (!open && button && document.getElementById("controls").contains(document.activeElement)) button.focus();
}

/** @param {HTMLElement} link */
const pathOf = (link) => new URL(link.getAttribute("href"), location.href).pathname;

/** @type {Record<string, () => unknown>} */
const KEYS = {
  r: () => (explorer.isPage() ? explorer.load({ again: true }) : boardRefresh.now()),
  "[": () => shift(-1),
  "]": () => shift(1),
  "-": () => zoomOut(),
  t: () => theme.toggle(),
};

export { closeMenus, copy, keepOnScreen, range, sync, toast };

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("click", (event) => {
    for (const [selector, act] of ACTIONS) {
      const hit = closestTarget(event, selector);
      if (!hit) continue;
      if (act(hit, event) !== false) event.preventDefault();
      return;
    }
    if (!closestTarget(event, ".menu")) {
      closeMenus();
      if (!panelMenu.justOpened()) panelMenu.close();
    }
    if (select(".controls.open") && !closestTarget(event, ".controls")) sheet(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (!popups.leave() && select(".controls.open")) sheet(false);
      return;
    }
    if (event.key === "Enter" && targetMatches(event, "[id^=absolute-]")) return applyAbsolute();
    if (event.key === "Enter" && targetMatches(event, "[data-drill]"))
      return drill(closestTarget(event, "[data-drill]"));
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      targetMatches(event, "input, textarea, select") ||
      closestTarget(event, popups.OPEN)
    )
      return;
    if (KEYS[event.key]) KEYS[event.key]();
  });
  // A board is asked for as soon as the pointer rests on its name: the answer waits in the browser's cache.
  document.addEventListener("pointerover", (event) => {
    const link = closestTarget(event, "a.nav-link");
    if (link && !link.dataset.asked) {
      link.dataset.asked = "1";
      document.dispatchEvent(new CustomEvent("codeagent:prefetch", { detail: pathOf(link).slice(1) }));
    }
  });
  document.addEventListener("codeagent:state", () => setTimeout(sync, 0));
}
