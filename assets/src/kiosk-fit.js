/* A wall has no scroll bar: the board is laid out on a canvas in its natural size, whose bands of panels stand in up to
   three columns beside each other, and the canvas is scaled so that it fills the screen. A board whose text would be
   too small for that is divided into several screens. */

import * as serverClock from "./clock.js";
import { requireElement, select, selectAll } from "./dom.js";
import { bestColumns, GAP, MIN_WIDTH, splitScreens, totalHeight } from "./kiosk-layout.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

/** @typedef {{panel: HTMLElement, left: number, span: number}} Placed in columns of the grid */
/** @typedef {{panels: Placed[], height: number, growth: number}} Band `growth`: who takes height that is left over */

const ROW = 80; // pixels
const MIN_PLOT = 110; // pixels that a chart needs besides its header and its legend
const COLUMNS = 12;
const PADDING = 12; // pixels below the content of a panel
// Another width needs other heights: they are measured twice, then only raised, so that it ends.
const MEASUREMENTS = 4;
// Axes have 12 px. At 1.5 times that on a screen of 1080 px, 55 inches across, a small letter is 5 arc minutes high from
// 4 m, which is what normal sight resolves.
const LEGIBLE_SCALE = 1.5 / 1080;

/** @type {HTMLElement | null} */
let stage = null; // the element whose size is observed
const shown = { screen: 0, count: 1 };

/** How many screens the board needs, and which of them is on the wall. */
export const screens = () => ({ ...shown });

/** Show another screen of the board. @param {number} number from 0 */
export function showScreen(number) {
  shown.screen = number;
  fit();
}

/** The factor on the legible size that the address asks for. */
function chosenScale() {
  const scale = Number(urlState.params().get("scale") || 1);
  return scale >= 0.1 && scale <= 10 ? scale : 1;
}

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
      bands.push({ panels: [], height: 0, growth: 0 });
      left = 0;
    }
    const band = bands[bands.length - 1];
    band.panels.push({ panel, left, span });
    band.growth = Math.max(band.growth, growthOf(panel));
    left += span;
  }
  return bands;
}

/** Charts grow before tables, and tables before tiles. @param {HTMLElement} panel */
const growthOf = ({ classList }) => (classList.contains("chart") ? 3 : classList.contains("tile") ? 1 : 2);

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
  if (panel.classList.contains("chart")) return rest + MIN_PLOT;
  const content = select(".panel-body > *", panel);
  const inner = content?.matches(".t-scroll") ? content.firstElementChild : content;
  if (panel.classList.contains("tile") || !(inner instanceof HTMLElement) || select(".skeleton", panel)) return usual;
  const least = panel.offsetHeight > parseFloat(panel.style.height) + 1 ? panel.offsetHeight : 0; // it refuses to be lower
  return Math.max(least, rest + inner.offsetHeight + PADDING);
}

function fit() {
  const grid = select(".kiosk #grid");
  if (!grid?.parentElement) return;
  const { clientWidth, clientHeight } = grid.parentElement;
  const bands = readBands();
  if (!bands.length || !clientHeight) return;
  grid.dataset.fitted = "";
  place(bands, 0, MIN_WIDTH, 0);
  const minScale = LEGIBLE_SCALE * Math.min(innerHeight, (innerWidth * 9) / 16) * chosenScale();
  for (let count = 0; count < MEASUREMENTS && measure(bands, count > 1); count += 1) {
    const all = splitScreens(bands, clientWidth, clientHeight, minScale);
    for (const [number, screen] of all.entries()) placeScreen(screen, grid, number === shown.screen % all.length);
    shown.count = all.length;
  }
  shown.screen %= shown.count;
  const text = shown.count > 1 ? `${shown.screen + 1} of ${shown.count}` : "";
  const label = document.getElementById("wall-screen");
  if (label && label.textContent !== text) label.textContent = text;
}

/**
 * @param {Band[]} bands of the screen
 * @param {HTMLElement} grid
 * @param {boolean} isShown
 */
function placeScreen(bands, grid, isShown) {
  const { clientWidth, clientHeight } = /** @type {HTMLElement} */ (grid.parentElement);
  const { columns, scale } = bestColumns(bands, clientWidth, clientHeight);
  const [width, height] = [clientWidth / scale, clientHeight / scale];
  if (isShown) Object.assign(grid.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` });
  const columnWidth = (width - (columns.length - 1) * GAP) / columns.length;
  for (const [index, column] of columns.entries()) place(column, index * (columnWidth + GAP), columnWidth, height);
  for (const { panel } of bands.flatMap((band) => band.panels)) panel.toggleAttribute("data-elsewhere", !isShown);
}

/**
 * Place the bands of one column below each other; those that grow most take what height is left over.
 * @param {Band[]} bands
 * @param {number} x pixels
 * @param {number} width
 * @param {number} height
 */
function place(bands, x, width, height) {
  const most = Math.max(...bands.map((band) => band.growth));
  const growing = bands.filter((band) => band.growth === most);
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
  document.addEventListener("codeagent:page", () => {
    shown.screen = 0;
    fit();
  });
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
