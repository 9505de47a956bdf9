/* A wall has no scroll bar: the board is laid out on a canvas in its natural size, whose bands of panels stand in up to
   three columns beside each other, and the canvas is scaled so that it fills the screen. A board whose text would be
   too small for that is divided into several screens. One that would need too many has its panels closer together, and
   leaves out those that matter least. */

import * as serverClock from "./clock.js";
import { requireElement, select, selectAll } from "./dom.js";
import {
  bestColumns,
  COLUMNS,
  denseRows,
  GAP,
  gridRows,
  MIN_WIDTH,
  mostImportant,
  splitScreens,
  totalHeight,
} from "./kiosk-layout.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";

/** @typedef {import("./kiosk-layout.js").Item & {panel: HTMLElement}} Item */
/** @typedef {{items: Item[], height: number, growth: number}} Band `growth`: who takes height that is left over */
/** @typedef {{width: number, height: number, minScale: number}} Stage pixels */

const ROW = 80; // pixels
const MIN_PLOT = 110; // pixels that a chart needs besides its header and its legend
const PADDING = 12; // pixels below the content of a panel
// Another width needs other heights: they are measured twice, then only raised, so that it ends.
const MEASUREMENTS = 4;
// Axes have 12 px. At 1.5 times that on a screen of 1080 px, 55 inches across, a small letter is 5 arc minutes high from
// 4 m, which is what normal sight resolves.
const LEGIBLE_SCALE = 1.5 / 1080;

/** @type {HTMLElement | null} */
let stage = null; // the element whose size is observed
const shown = { screen: 0, count: 1 };
const MAX_SCREENS = 3; // of a board, unless the address says another number
/** Classes of panels that are placed by their kind; all others are lists. @type {("chart" | "table" | "tile")[]} */
const KINDS = ["chart", "table", "tile"];
const WORRYING = new Set(["warning", "serious", "critical"]);

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

/** How many screens a board may need. */
function chosenScreens() {
  const count = Number(urlState.params().get("screens") || MAX_SCREENS);
  return count >= 1 && count <= 50 ? Math.floor(count) : MAX_SCREENS;
}

/** @returns {Item[]} */
const readItems = () => selectAll(".kiosk #grid > .panel").map(itemOf);

/**
 * @param {HTMLElement} panel
 * @returns {Item}
 */
function itemOf(panel) {
  const { classList, dataset } = panel;
  const kind = KINDS.find((name) => classList.contains(name)) || "list";
  const columns = panel.querySelectorAll("thead th").length || COLUMNS;
  const isWorrying = WORRYING.has(dataset.status || "") || dataset.state === "failed";
  return { panel, kind, columns, isWorrying, span: styleNumber(panel, "--span"), height: 0 };
}

/**
 * @param {Item[][]} rows
 * @returns {Band[]}
 */
const bandsOf = (rows) =>
  rows.map((items) => ({
    items,
    height: Math.max(...items.map((item) => item.height)),
    growth: Math.max(...items.map(({ panel }) => growthOf(panel))),
  }));

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
    for (const item of band.items) item.height = Math.ceil(neededHeight(item.panel));
    const height = Math.max(...band.items.map((item) => item.height));
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
  const room = grid?.parentElement;
  const items = readItems();
  if (!grid || !room?.clientHeight || !items.length) return;
  grid.dataset.fitted = "";
  const minScale = LEGIBLE_SCALE * Math.min(innerHeight, (innerWidth * 9) / 16) * chosenScale();
  /** @type {Stage} */
  const size = { width: room.clientWidth, height: room.clientHeight, minScale };
  for (const { panel } of items) panel.toggleAttribute("data-elsewhere", true);
  const { screens: all, count } = chosenLayout(items, size);
  shown.count = all.length;
  shown.screen %= shown.count;
  for (const [number, screen] of all.entries()) placeScreen(screen, size, number === shown.screen ? grid : null);
  const text = [
    ...(shown.count > 1 ? [`${shown.screen + 1} of ${shown.count}`] : []),
    ...(count < items.length ? [`${count} of ${items.length} panels`] : []),
  ].join(" · ");
  const label = document.getElementById("wall-screen");
  if (label && label.textContent !== text) label.textContent = text;
}

/**
 * The screens of a board: as the grid has it, else with its panels closer together, else without those that matter least.
 * @param {Item[]} items
 * @param {Stage} size
 */
function chosenLayout(items, size) {
  const most = chosenScreens();
  const usual = measuredScreens(gridRows(items), size);
  if (usual.length <= most) return { screens: usual, count: items.length };
  let chosen = items;
  let screens = measuredScreens(denseRows(items), size);
  // What a panel needs depends on those beside it: the estimate is followed by measuring.
  for (let count = 0; count < MEASUREMENTS && screens.length > most && chosen.length > 1; count += 1) {
    const known = new Map(screens.flatMap((bands) => bands.flatMap((band) => band.items.map(heightEntry))));
    const measured = chosen.map((item) => ({ ...item, height: known.get(item.panel) || 0 }));
    const isFitting = (/** @type {Item[]} */ some) => split(bandsOf(denseRows(some)), size).length <= most;
    chosen = mostImportant(count ? measured.slice(0, -1) : measured, isFitting);
    screens = measuredScreens(denseRows(chosen), size);
  }
  return { screens, count: chosen.length };
}

/** @param {Item} item @returns {[HTMLElement, number]} */
const heightEntry = ({ panel, height }) => [panel, height];

/** @param {Band[]} bands @param {Stage} size */
const split = (bands, { width, height, minScale }) => splitScreens(bands, width, height, minScale);

/**
 * The screens of rows of panels, with heights that are measured.
 * @param {Item[][]} rows
 * @param {Stage} size
 */
function measuredScreens(rows, size) {
  const bands = bandsOf(rows);
  place(bands, 0, MIN_WIDTH, 0);
  let all = [bands];
  for (let count = 0; count < MEASUREMENTS && measure(bands, count > 1); count += 1) {
    all = split(bands, size);
    for (const screen of all) placeScreen(screen, size, null);
  }
  return all;
}

/**
 * @param {Band[]} bands of the screen
 * @param {Stage} size
 * @param {HTMLElement | null} grid where the screen is the one that is shown
 */
function placeScreen(bands, size, grid) {
  const { columns, scale } = bestColumns(bands, size.width, size.height);
  const [width, height] = [size.width / scale, size.height / scale];
  if (grid) Object.assign(grid.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` });
  const columnWidth = (width - (columns.length - 1) * GAP) / columns.length;
  for (const [index, column] of columns.entries()) place(column, index * (columnWidth + GAP), columnWidth, height);
  if (!grid) return;
  for (const { panel } of bands.flatMap((band) => band.items)) panel.toggleAttribute("data-elsewhere", false);
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
    let left = x;
    for (const { panel, span } of band.items) {
      setBox(panel, { left, top: y, width: span * unit - GAP, height: bandHeight });
      left += span * unit;
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
