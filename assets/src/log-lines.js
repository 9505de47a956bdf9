/* The log page: lines open in place, and the chart tells what its bars hold. */

import { closestTarget, create, select, selectAll } from "./dom.js";
import * as explorer from "./explorer.js";
import { query, request, writeTimes } from "./log-page.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

const NARROW = 700; // pixels below which the lists of values are closed at first

/**
 * @param {HTMLElement} line
 * @param {boolean} isOpen
 */
const setExpanded = (line, isOpen) => select(".fold", line)?.setAttribute("aria-expanded", String(isOpen));

/** @param {HTMLElement} line */
function toggle(line) {
  const detail = select(":scope > .log-detail", line);
  if (!detail) {
    open(line);
    return;
  }
  detail.remove();
  setExpanded(line, false);
}

/**
 * @param {HTMLElement} line
 * @param {boolean} [isWhole] with fields of any length
 */
async function open(line, isWhole = false) {
  setExpanded(line, true);
  const html = await detailHtml({ id: line.dataset.line || "", ...(isWhole ? { all: "1" } : {}) });
  select(":scope > .log-detail", line)?.remove();
  line.insertAdjacentHTML("beforeend", html);
  writeTimes(line);
}

/**
 * The details of a line, or why there are none.
 * @param {Record<string, string>} parameters
 * @returns {Promise<string>}
 */
async function detailHtml(parameters) {
  try {
    return (await request(`/api/logs/line?${query(parameters)}`)).html;
  } catch (error) {
    return create("p", { className: "log-detail bad" }, error instanceof Error ? error.message : "").outerHTML;
  }
}

/**
 * Say what a bar of the chart holds; a tap offers its time as the range.
 * @param {HTMLElement} bar
 * @param {boolean} isTap
 */
function describe(bar, isTap) {
  const caption = select(".log-said");
  if (!caption) return;
  const from = Number(bar.dataset.from);
  const to = from + Number(bar.dataset.width);
  const times = [from, to].map((seconds) => timeFormat.clock(seconds * 1000)).join(" – ");
  caption.textContent = `${times}: ${bar.dataset.said}`;
  for (const other of selectAll(".log-bucket.on")) other.classList.remove("on");
  if (!isTap) return;
  bar.classList.add("on");
  caption.append(rangeLink(String(from), String(to)));
}

/**
 * @param {string} from epoch seconds
 * @param {string} to
 */
function rangeLink(from, to) {
  const link = create("a", { href: urlState.link("/logs", { from, to }) }, " Only this period");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    urlState.set({ from, to, cursor: "" });
  });
  return link;
}

/** A click on a line opens it; selecting its text does not.
 * @param {Event} event */
function handleClick(event) {
  const bar = closestTarget(event, ".log-bucket");
  if (bar) describe(bar, true);
  const whole = closestTarget(event, "[data-whole]");
  const wholeLine = /** @type {HTMLElement | null | undefined} */ (whole?.closest(".log-line"));
  if (wholeLine) {
    open(wholeLine, true);
    return;
  }
  const row = closestTarget(event, ".log-line > .log-row");
  if (!row?.parentElement || closestTarget(event, "a")) return;
  if (String(getSelection()) && !closestTarget(event, ".fold")) return;
  toggle(row.parentElement);
}

/** @param {HTMLElement} root */
function prepare(root) {
  if (root.dataset.page !== "logs") return;
  writeTimes(root);
  const facets = select("details.facets", root);
  if (facets && innerWidth < NARROW && !facets.codeagentSeen) {
    facets.codeagentSeen = true;
    facets.removeAttribute("open");
  }
  const lines = select("#log-lines[data-here]", root);
  if (lines && !lines.codeagentSeen) {
    lines.codeagentSeen = true;
    select(".here", lines)?.scrollIntoView({ block: "center" });
  }
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  document.addEventListener("click", handleClick);
  document.addEventListener("pointerover", (event) => {
    const bar = closestTarget(event, ".log-bucket");
    if (bar && event.pointerType === "mouse") describe(bar, false);
  });
  explorer.onResults(prepare);
}
