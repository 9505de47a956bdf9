/* The full view of a chart: plotly.js in a dialog, for those who want more than looking. It is loaded at that moment,
   since it is larger than everything else together. */

import { openDialog } from "../dialog.js";
import { closestTarget, metaContent, requireElement } from "../dom.js";
import { loadScript } from "../load-file.js";
import * as timeFormat from "../time-format.js";
import * as urlState from "../url-state.js";
import { prepare } from "./plotly-figure.js";
import { chartOfPanel } from "./view.js";

/** @typedef {import("./view.js").Chart} Chart */

const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToAdd: ["select2d", "toggleSpikelines"] };
const DIALOG =
  '<header><h2></h2><button type="button" data-log>Log axis</button>' +
  '<button type="button" data-use-range>Use this range</button>' +
  '<button type="button" data-close>Close</button></header>' +
  '<div class="explore-plot"><p role="status">Loading…</p></div>';

/** Run plotly.js once. @returns {Promise<NonNullable<Window["Plotly"]>>} */
async function loadPlotly() {
  if (!window.Plotly) await loadScript(metaContent("plotly"));
  if (!window.Plotly) throw new Error("The script is not plotly.js.");
  return window.Plotly;
}

/**
 * Open the full view of a panel's chart.
 * @param {string} id of the panel
 */
export async function explore(id) {
  const chart = chartOfPanel(id);
  if (!chart) return;
  const dialog = openDialog("explore-chart", DIALOG, document.getElementById(`title-${id}`)?.textContent || "Chart");
  const plot = requireElement(".explore-plot", dialog);
  try {
    const Plotly = await loadPlotly();
    if (!dialog.open) return;
    plot.replaceChildren();
    const figure = prepare(chart.figure, { width: plot.clientWidth, height: plot.clientHeight });
    await Plotly.newPlot(plot, figure.data, figure.layout, CONFIG);
    dialog.addEventListener("click", (event) => handleClick(event, dialog, chart));
    dialog.addEventListener("close", () => Plotly.purge(plot));
    document.documentElement.dataset.explored = id;
  } catch (error) {
    requireElement("p", plot).textContent = error instanceof Error ? error.message : "The chart cannot be drawn.";
  }
}

/**
 * @param {Event} event
 * @param {HTMLDialogElement} dialog
 * @param {Chart} chart
 */
function handleClick(event, dialog, chart) {
  const plot = requireElement(".explore-plot", dialog);
  const log = closestTarget(event, "[data-log]");
  if (log) toggleLog(plot, log, chart);
  if (!closestTarget(event, "[data-use-range]")) return;
  const range = rangeOf(/** @type {PlotElement} */ (plot));
  dialog.close();
  if (range) urlState.set({ from: String(range[0]), to: String(range[1]) });
}

/**
 * @param {HTMLElement} plot
 * @param {HTMLElement} button
 * @param {Chart} chart
 */
function toggleLog(plot, button, chart) {
  const isLog = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isLog));
  const { type = "linear", range, tickvals, ticktext } = chart.figure.layout.yaxis || {};
  window.Plotly?.relayout(
    plot,
    isLog
      ? { "yaxis.type": "log", "yaxis.autorange": true, "yaxis.tickmode": "auto" }
      : {
          "yaxis.type": type,
          "yaxis.range": range,
          "yaxis.tickmode": "array",
          "yaxis.tickvals": tickvals,
          "yaxis.ticktext": ticktext,
        },
  );
}

/**
 * The range that is shown, in epoch seconds; null for charts without a time axis.
 * @param {PlotElement} plot
 */
function rangeOf({ layout }) {
  if (layout.xaxis?.type !== "date" || !layout.xaxis.range) return null;
  return layout.xaxis.range.map((text) => {
    const local = Date.parse(`${String(text).replace(" ", "T")}Z`);
    return Math.round((local - (layout.meta?.shift || timeFormat.offset(local))) / 1000);
  });
}
