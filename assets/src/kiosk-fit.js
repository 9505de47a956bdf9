/* A wall has no scroll bar: the board is laid out on a canvas in its natural size, whose bands of panels stand in one to
   three columns beside each other, and the canvas is scaled so that it fills the screen. */

import * as serverClock from "./clock.js";
import { select, selectAll } from "./dom.js";
import * as timeFormat from "./time-format.js";

const ROW = 80;
const GAP = 12;
const NARROWEST = 960; // pixels that twelve columns need
const PLOT = 150; // pixels that a chart needs besides its header and its legend
const COLUMNS = 12;
const TRIES = 4; // another width needs other heights: they are taken anew twice, then only raised, so that it ends

let fitted = null; // the stage that is observed

const panels = () => selectAll(".kiosk #grid > .panel");
const number = (panel, name) => Number(panel.style.getPropertyValue(name)) || 1;

/** Rows of panels as the grid would place them: [{panels: [{panel, left, span}], height, grows}]. */
function bands() {
  const rows = [];
  let left = COLUMNS;
  for (const panel of panels()) {
    const span = number(panel, "--span");
    if (left + span > COLUMNS) {
      rows.push({ panels: [], height: 0, grows: false });
      left = 0;
    }
    rows[rows.length - 1].panels.push({ panel, left, span });
    left += span;
  }
  for (const row of rows) {
    row.grows = row.panels.some(({ panel }) => panel.classList.contains("chart"));
  }
  return rows;
}

/** Gives each row the height that its panels need at their present width; whether some height changed. */
function measure(rows, onlyMore) {
  let changed = false;
  for (const row of rows) {
    const height = Math.ceil(Math.max(...row.panels.map(({ panel }) => needed(panel))));
    if (height === row.height || (onlyMore && height < row.height)) continue;
    row.height = height;
    changed = true;
  }
  return changed;
}

/** The height at which nothing of a panel is cut off. */
function needed(panel) {
  const usual = number(panel, "--rows") * (ROW + GAP) - GAP;
  const rest = panel.offsetHeight - panel.querySelector(".panel-body").offsetHeight;
  if (panel.classList.contains("chart")) return Math.max(usual, rest + PLOT);
  const content = panel.querySelector(".panel-body > *");
  const inner = content?.matches(".t-scroll") ? content.firstElementChild : content;
  if (panel.classList.contains("tile") || !inner || panel.querySelector(".skeleton")) return usual;
  return Math.max(usual, rest + inner.offsetHeight + 12);
}

const total = (rows) => rows.reduce((sum, row) => sum + row.height + GAP, -GAP);

/** Bands in `count` columns, in order, so that the highest column is as low as can be. */
function split(rows, count) {
  if (count === 1 || rows.length === 1) return [rows];
  let best = null;
  for (let first = 1; first < rows.length; first += 1) {
    const parts = [rows.slice(0, first), ...split(rows.slice(first), count - 1)];
    if (!best || highest(parts) < highest(best)) best = parts;
  }
  return best;
}

const highest = (parts) => Math.max(...parts.map(total));

function best(rows, width, height) {
  let chosen = null;
  for (let count = 1; count <= Math.min(3, rows.length); count += 1) {
    const parts = split(rows, count);
    const scale = Math.min(height / highest(parts), width / (parts.length * (NARROWEST + GAP) - GAP));
    if (!chosen || scale > chosen.scale * 1.02) chosen = { parts, scale };
  }
  return chosen;
}

function fit() {
  const grid = select(".kiosk #grid");
  if (!grid) return;
  const { clientWidth, clientHeight } = grid.parentElement;
  const rows = bands();
  if (!rows.length || !clientHeight) return;
  grid.dataset.fitted = "";
  place(rows, 0, NARROWEST, 0);
  for (let tries = 0; tries < TRIES && measure(rows, tries > 1); tries += 1) {
    const { parts, scale } = best(rows, clientWidth, clientHeight);
    const [width, height] = [clientWidth / scale, clientHeight / scale];
    Object.assign(grid.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` });
    const across = (width - (parts.length - 1) * GAP) / parts.length;
    for (const [column, part] of parts.entries()) place(part, column * (across + GAP), across, height);
  }
}

/** The bands of one column below each other; charts take what height is left over. */
function place(part, x, width, height) {
  const growing = part.filter((row) => row.grows);
  const takers = growing.length ? growing : part;
  const extra = Math.max(0, height - total(part)) / takers.length;
  const unit = (width + GAP) / COLUMNS;
  let y = 0;
  for (const row of part) {
    const high = row.height + (takers.includes(row) ? extra : 0);
    for (const { panel, left, span } of row.panels) {
      Object.assign(panel.style, {
        left: `${x + left * unit}px`,
        top: `${y}px`,
        width: `${span * unit - GAP}px`,
        height: `${high}px`,
      });
    }
    y += high + GAP;
  }
}

function clock() {
  const element = document.getElementById("clock");
  if (element) element.textContent = timeFormat.clock(serverClock.now());
}
let sized = null; // observes the size of the stage

/** Listen to the page. Called once, by main.js. */
export function start() {
  sized = new ResizeObserver(fit);
  addEventListener("resize", fit);
  document.addEventListener("codeagent:refreshed", () => setTimeout(fit, 0));
  // the sentence or the banner above took or gave room
  new MutationObserver(() => {
    const stage = select(".kiosk .stage");
    if (stage && stage !== fitted) {
      sized.disconnect();
      sized.observe(stage);
      fitted = stage;
      clock();
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(clock, 1000);
}
