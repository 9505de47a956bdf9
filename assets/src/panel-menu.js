/* What a panel offers besides its picture: how it is computed, the queries behind it, its data, itself alone. */

import * as boardRefresh from "./board-refresh.js";
import * as controls from "./controls.js";
import { closestTarget, select, selectAll } from "./dom.js";
import * as pointMenu from "./point-menu.js";
import * as popups from "./popups.js";
import * as urlState from "./url-state.js";
import { visible } from "./visible.js";

let popover = null;

/** Where a popover stands, so that those who go from landmark to landmark come across it. */
const landmark = () => document.getElementById("main") || document.body;

/** Closes the popover; the focus goes back to the button it came from, unless it went elsewhere by itself. */
function close() {
  if (!popover) return;
  const { anchor } = popover;
  const inside = popover.contains(document.activeElement);
  popover.remove();
  popover = null;
  if (!anchor) return;
  if (anchor.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "false");
  if (inside) anchor.focus();
}

function open_(anchor, className) {
  const again = popover && popover.anchor === anchor;
  close();
  if (again) return null;
  popover = document.createElement("div");
  popover.className = `popover ${className}`;
  popover.anchor = anchor;
  landmark().appendChild(popover);
  if (anchor.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "true");
  return popover;
}

function place(anchor) {
  const box = anchor.getBoundingClientRect();
  const left = Math.min(box.left, innerWidth - popover.offsetWidth - 8);
  const top =
    box.bottom + popover.offsetHeight + 4 > innerHeight
      ? Math.max(8, box.top - popover.offsetHeight - 4)
      : box.bottom + 4;
  Object.assign(popover.style, { left: `${Math.max(8, left)}px`, top: `${top}px` });
}

function explain(button, anchor = button) {
  const box = open_(anchor, "explain");
  if (!box) return;
  box.setAttribute("role", "note");
  box.textContent = button.dataset.explain;
  box.tabIndex = -1;
  place(anchor);
  box.focus(); // so that it is read
}

function open(button) {
  const id = button.dataset.panelMenu;
  const board = boardRefresh.current().board;
  const query = urlState.dataQuery(board, boardRefresh.width());
  const box = open_(button, "panel-menu");
  if (!box) return;
  box.setAttribute("role", "menu");
  box.setAttribute("aria-label", button.getAttribute("aria-label"));
  const item = (text, act) => {
    const entry = box.appendChild(document.createElement("button"));
    Object.assign(entry, { type: "button", textContent: text });
    entry.setAttribute("role", "menuitem");
    entry.addEventListener("click", (event) => {
      event.stopPropagation();
      close();
      act();
    });
  };
  item("How this is computed", () => explain(select(`#panel-${id} [data-explain]`), button));
  item("Inspect the queries", () => inspect(board, id, query));
  item("Full screen", () => fullScreen(id));
  item("Traces of this time", () => urlState.go(urlState.link("/traces", {}, pointMenu.KEPT)));
  item("Log lines of this time", () => urlState.go(urlState.link("/logs", {}, pointMenu.KEPT)));
  item("Download as CSV", () => {
    location.href = `/api/boards/${board.id}/panels/${id}.csv?${query}`;
  });
  item("Copy link to this panel", () => controls.copy(`${location.href.split("#")[0]}#panel-${id}`));
  item("Copy link for embedding", () => controls.copy(`${location.origin}/embed/${board.id}/${id}?${query}`));
  place(button);
  popups.enter(box);
}

/** A small menu at a point: [[text, act], …]. */
function choose(entries, x, y, title) {
  close();
  popover = landmark().appendChild(document.createElement("div"));
  popover.className = "popover panel-menu";
  popover.setAttribute("role", "menu");
  popover.setAttribute("aria-label", title || "This place");
  if (title)
    Object.assign(popover.appendChild(document.createElement("p")), {
      className: "menu-title",
      textContent: title,
      role: "presentation",
    });
  for (const [text, act] of entries) {
    const entry = popover.appendChild(document.createElement("button"));
    Object.assign(entry, { type: "button", textContent: text });
    entry.setAttribute("role", "menuitem");
    entry.addEventListener("click", (event) => {
      event.stopPropagation();
      close();
      act();
    });
  }
  place({ getBoundingClientRect: () => ({ left: x, top: y, bottom: y }) });
  popover.openedAt = Date.now();
  popups.enter(popover);
}

function fullScreen(id) {
  const panel = document.getElementById(`panel-${id}`);
  panel.classList.toggle("full");
  document.documentElement.classList.toggle("has-full", panel.classList.contains("full"));
  window.dispatchEvent(new Event("resize"));
}

async function inspect(board, id, query) {
  const dialog = document.createElement("dialog");
  dialog.className = "inspector";
  dialog.innerHTML =
    '<header><h2></h2><button type="button" data-close aria-label="Close">Close</button></header><div class="inspector-body"><p>Loading…</p></div>';
  dialog.querySelector("h2").textContent = `Queries of ${document.getElementById(`title-${id}`).textContent}`;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || closestTarget(event, "[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.appendChild(dialog);
  dialog.showModal();
  const body = dialog.querySelector(".inspector-body");
  try {
    const response = await fetch(`/api/boards/${board.id}/panels/${id}/inspect?${query}`);
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.sentence);
    body.replaceChildren(...answer.queries.map(story));
  } catch (error) {
    body.textContent = error.message;
  }
}

/** One query: its text, where its answer came from, and ways to take it along. */
function story(query) {
  const section = document.createElement("section");
  const add = (tag, text, parent = section) => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = visible(text);
    return made;
  };
  add("pre", query.expr);
  const facts = section.appendChild(document.createElement("dl"));
  for (const [name, value] of Object.entries(query.facts)) {
    add("dt", name, facts);
    add("dd", value, facts);
  }
  for (const note of query.notes) add("p", note).className = "note";
  const row = section.appendChild(document.createElement("p"));
  for (const [name, text] of Object.entries(query.copies)) {
    const button = add("button", `Copy as ${name}`, row);
    button.type = "button";
    button.dataset.copy = text;
  }
  return section;
}

export const justOpened = () => !!popover && Date.now() - (popover.openedAt || 0) < 400;
export { choose, close, explain, open };

/** Listen to the page. Called once, by main.js. */
export function start() {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const panel of selectAll(".panel.full")) fullScreen(panel.dataset.panel);
  });
}
