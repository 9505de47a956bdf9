/* A wall has no scroll bar: the board is laid out on a canvas in its natural size, whose bands of panels stand in up to
   three columns beside each other, and the canvas is scaled so that it fills the screen. */

import * as serverClock from "./clock.js";
import { requireElement, select, selectAll } from "./dom.js";
import { bestColumns, GAP, MIN_WIDTH, totalHeight } from "./kiosk-layout.js";
import * as timeFormat from "./time-format.js";

/** @typedef {{panel: HTMLElement, left: number, span: number}} Placed in columns of the grid */
/** @typedef {{panels: Placed[], height: number, grows: boolean}} Band */

const ROW = 80; // pixels
const MIN_PLOT = 150; // pixels that a chart needs besides its header and its legend
const COLUMNS = 12;
const PADDING = 12; // pixels below the content of a panel
// Another width needs other heights: they are measured twice, then only raised, so that it ends.
const MEASUREMENTS = 4;

/** @type {HTMLElement | null} */
let stage = null; // the element whose size is observed

/**
 * A number of a panel's style.
 * @param {HTMLElement} panel
 * @param {"--span" | "--rows"} name
 */
const styleNumber = (panel, name) => Number(panel.style.getPropertyValue(name)) || 1;

/** Rows of panels as the grid would place them. */
function readBands() {
  /** @type {Band[]} */
  const bands = [];
  let left = COLUMNS;
  for (const panel of selectAll(".kiosk #grid > .panel")) {
    const span = styleNumber(panel, "--span");
    if (left + span > COLUMNS) {
      bands.push({ panels: [], height: 0, grows: false });
      left = 0;
    }
    const band = bands[bands.length - 1];
    band.panels.push({ panel, left, span });
    band.grows ||= panel.classList.contains("chart");
    left += span;
  }
  return bands;
}

/**
 * Give each band the height that its panels need at their present width; whether some height changed.
 * @param {Band[]} bands
 * @param {boolean} onlyHigher
 */
function measure(bands, onlyHigher) {
  let isChanged = false;
  for (const band of bands) {
    const height = Math.ceil(Math.max(...band.panels.map(({ panel }) => neededHeight(panel))));
    if (height === band.height || (onlyHigher && height < band.height)) continue;
    band.height = height;
    isChanged = true;
  }
  return isChanged;
}

/**
 * The height at which nothing of a panel is cut off.
 * @param {HTMLElement} panel
 */
function neededHeight(panel) {
  const usual = styleNumber(panel, "--rows") * (ROW + GAP) - GAP;
  const rest = panel.offsetHeight - requireElement(".panel-body", panel).offsetHeight;
  if (panel.classList.contains("chart")) return Math.max(usual, rest + MIN_PLOT);
  const content = select(".panel-body > *", panel);
  const inner = content?.matches(".t-scroll") ? content.firstElementChild : content;
  if (panel.classList.contains("tile") || !(inner instanceof HTMLElement) || select(".skeleton", panel)) return usual;
  return Math.max(usual, rest + inner.offsetHeight + PADDING);
}

function fit() {
  const grid = select(".kiosk #grid");
  if (!grid?.parentElement) return;
  const { clientWidth, clientHeight } = grid.parentElement;
  const bands = readBands();
  if (!bands.length || !clientHeight) return;
  grid.dataset.fitted = "";
  place(bands, 0, MIN_WIDTH, 0);
  for (let count = 0; count < MEASUREMENTS && measure(bands, count > 1); count += 1) {
    const { columns, scale } = bestColumns(bands, clientWidth, clientHeight);
    const [width, height] = [clientWidth / scale, clientHeight / scale];
    Object.assign(grid.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` });
    const columnWidth = (width - (columns.length - 1) * GAP) / columns.length;
    for (const [index, column] of columns.entries()) place(column, index * (columnWidth + GAP), columnWidth, height);
  }
}

/**
 * Place the bands of one column below each other; charts take what height is left over.
 * @param {Band[]} bands
 * @param {number} x pixels
 * @param {number} width
 * @param {number} height
 */
function place(bands, x, width, height) {
  const charts = bands.filter((band) => band.grows);
  const growing = charts.length ? charts : bands;
  const extra = Math.max(0, height - totalHeight(bands)) / growing.length;
  const unit = (width + GAP) / COLUMNS;
  let y = 0;
  for (const band of bands) {
    const bandHeight = band.height + (growing.includes(band) ? extra : 0);
    for (const { panel, left, span } of band.panels) {
      const [panelLeft, panelWidth] = [x + left * unit, span * unit - GAP];
      setBox(panel, { left: panelLeft, top: y, width: panelWidth, height: bandHeight });
    }
    y += bandHeight + GAP;
  }
}

/**
 * @param {HTMLElement} panel
 * @param {Record<"left" | "top" | "width" | "height", number>} box pixels
 */
function setBox(panel, box) {
  for (const [name, value] of Object.entries(box)) panel.style.setProperty(name, `${value}px`);
}

function showClock() {
  const element = document.getElementById("clock");
  if (element) element.textContent = timeFormat.clock(serverClock.now());
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  const resizeObserver = new ResizeObserver(fit);
  addEventListener("resize", fit);
  document.addEventListener("codeagent:refreshed", () => setTimeout(fit, 0));
  // The status line or the banner above takes or gives room.
  new MutationObserver(() => {
    const current = select(".kiosk .stage");
    if (!current || current === stage) return;
    resizeObserver.disconnect();
    resizeObserver.observe(current);
    stage = current;
    showClock();
  }).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(showClock, 1000);
}
