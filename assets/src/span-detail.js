/* The details of the span that is open, beside the waterfall. */

import { closestTarget, escapeHtml, requireElement } from "./dom.js";
import { duration } from "./span-row.js";
import { ADOPTED, CRITICAL } from "./span-tree.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import * as waterfall from "./waterfall.js";

/** @typedef {import("./trace-view.js").TraceView} TraceView */

const BUTTONS =
  '<button type="button" class="button" data-zoom-span>Zoom in</button> ' +
  '<button type="button" class="button" data-close-detail>Close</button>';

/**
 * Open the details of a span.
 * @param {TraceView} view
 * @param {number} place
 * @param {{quiet?: boolean}} [options] quiet leaves the address as it is
 */
export async function open(view, place, { quiet = false } = {}) {
  const { spans } = view.trace;
  view.open = place;
  view.list.setAttribute("aria-activedescendant", `span-row-${place}`);
  waterfall.paint(view, true);
  if (!quiet) urlState.set({ span: spans.id[place] }, { replace: true });
  const box = requireElement(".trace-detail", view.shell);
  box.hidden = false;
  view.shell.classList.add("has-detail");
  box.innerHTML = headHtml(view, place);
  box.scrollTop = 0;
  const url = `/api/trace/span?id=${view.trace.id}&span=${encodeURIComponent(spans.id[place])}`;
  await fetchHtml(url, requireElement(".span-body", box), () => view.open === place);
  timeFormat.times(box);
}

/**
 * @param {TraceView} view
 * @param {number} place
 */
function headHtml({ trace: { spans, names, services } }, place) {
  const facts = [
    services[spans.service[place]],
    duration(spans.duration[place]),
    `${duration(spans.self[place])} of its own`,
    `after ${duration(spans.start[place])}`,
  ];
  if (spans.flags[place] & CRITICAL) facts.push("on the critical path");
  if (spans.flags[place] & ADOPTED) facts.push("its parent is missing");
  const title = escapeHtml(names[spans.name[place]] || "unnamed");
  const list = facts.map((fact) => `<span>${escapeHtml(fact)}</span>`).join("");
  const head = `<header><h3>${title}</h3><span class="buttons">${BUTTONS}</span></header>`;
  return `${head}<p class="facts">${list}</p><div class="span-body"><div class="skeleton"></div></div>`;
}

/**
 * Fill an element with the HTML of an address, or with the reason why there is none.
 * @param {string} url
 * @param {HTMLElement} box
 * @param {() => boolean} [isCurrent] false when the answer has come too late
 */
export async function fetchHtml(url, box, isCurrent = () => true) {
  try {
    const response = await fetch(url);
    const answer = await response.json();
    if (!isCurrent()) return;
    if (answer.error) box.textContent = `${answer.error.sentence} ${answer.error.hint || ""}`;
    else box.innerHTML = answer.html;
  } catch {
    if (isCurrent()) box.textContent = "The dashboard server cannot be reached.";
  }
}

/** @param {TraceView} view */
export function close(view) {
  view.open = -1;
  view.list.removeAttribute("aria-activedescendant");
  requireElement(".trace-detail", view.shell).hidden = true;
  view.shell.classList.remove("has-detail");
  urlState.set({ span: "" }, { replace: true });
  waterfall.paint(view, true);
  view.list.focus();
}

/** @param {TraceView} view */
export function listen(view) {
  requireElement(".trace-detail", view.shell).addEventListener("click", (event) => {
    if (closestTarget(event, "[data-close-detail]")) close(view);
  });
}
