/* Puts a figure on the page: plotly.js is loaded when the first chart is due, and Dash mounts a graph for the panel. */

import * as charts from "./charts.js";
import { metaContent } from "./dom.js";
import { mountedBoard } from "./mounted-board.js";

const DRAW_CHECK = 50; // ms between looks whether plotly.js has drawn
const DRAW_CHECKS = 200;

/** @type {Promise<unknown> | null} */
let loading = null;

/** Run plotly.js once. Dash's graph would fetch its own, three times the size. */
export function loadPlotly() {
  loading ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = metaContent("plotly");
    script.onload = resolve;
    script.onerror = () => {
      loading = null;
      reject(new Error("plotly.js did not load"));
    };
    document.head.appendChild(script);
  });
  return loading;
}

/**
 * Shows the figure of a panel. A graph is mounted with its first figure, so that nothing empty is ever drawn.
 * @param {PanelAnswer} panel
 * @param {(id: string) => void} onDrawn
 */
export async function show(panel, onDrawn) {
  const board = mountedBoard();
  if (!window.Plotly) await loadPlotly();
  const body = document.getElementById(`body-${panel.id}`);
  if (board !== mountedBoard() || !body || !panel.figure) return;
  const figure = charts.prepare(panel.figure, body.clientWidth);
  const id = `graph-${panel.id}`;
  const setProps = window.dash_clientside.set_props;
  if (document.getElementById(id)) setProps?.(id, { figure });
  else setProps?.(`body-${panel.id}`, { children: graphComponent(id, figure) });
  awaitDrawing(panel, onDrawn, DRAW_CHECKS);
}

/**
 * A dcc.Graph as Dash's renderer takes it.
 * @param {string} id
 * @param {Figure} figure
 */
const graphComponent = (id, figure) => ({
  namespace: "dash_core_components",
  type: "Graph",
  props: { id, figure, config: charts.CONFIG, responsive: true, className: "graph", style: { height: "100%" } },
});

/**
 * @param {PanelAnswer} panel
 * @param {(id: string) => void} onDrawn
 * @param {number} checks how often it is looked again
 */
function awaitDrawing(panel, onDrawn, checks) {
  if (charts.attach(panel.id, panel.drill)) onDrawn(panel.id);
  else if (checks > 0) setTimeout(() => awaitDrawing(panel, onDrawn, checks - 1), DRAW_CHECK);
}
