/* A tap on a chart: a cell of a heatmap narrows time and duration to itself, a point of a line offers the traces and
   the log lines around it, or the page of what it shows. */

import * as charts from "./charts.js";
import * as serverClock from "./clock.js";
import * as crosshair from "./crosshair.js";
import * as panelMenu from "./panel-menu.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const STILL = 5; // pixels a tap may move
const LEAST = 300; // seconds that a board must show to say something
const KEPT = ["environment", "endpoint", "provider", "model"];

/** Plotly covers the page while a button is down: the end of a tap is heard on the window. */
function listen(graph) {
  graph.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      const { clientX: x, clientY: y } = event;
      addEventListener(
        "pointerup",
        (end) => {
          if (Math.hypot(end.clientX - x, end.clientY - y) < STILL)
            setTimeout(() => tap(graph, { clientX: x, clientY: y }), 0);
        },
        { capture: true, once: true },
      );
    },
    true,
  );
}

function tap(graph, event) {
  const point = crosshair.at(graph, event);
  if (!point) return;
  const drill = graph.codeagentDrill;
  if (point.heat) cell(graph, point, drill);
  else offer(point, drill, event);
}

function cell(_graph, point, drill) {
  if (!drill) return offer(point, null, { clientX: point.x, clientY: point.y });
  const range = {
    from: String(Math.round((point.time - point.step) / 1000)),
    to: String(Math.round(point.time / 1000)),
  };
  const [low, high] = point.bounds || [];
  if (drill.page === "/traces") {
    const size = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "");
    return urlState.go(urlState.link(drill.page, { ...range, min: size(low), max: size(high) }, KEPT));
  }
  const value = point.labels[drill.label];
  if (value)
    urlState.go(
      urlState.link(drill.page, { ...wide(range), [drill.parameter || drill.label]: value }, [
        "environment",
        "instance",
      ]),
    );
}

/** A board needs some minutes to show a course: the cell's own time in the middle of them. */
function wide({ from, to }) {
  const missing = LEAST - (to - from);
  if (missing <= 0) return { from, to };
  const end = Math.min(Number(to) + Math.round(missing / 2), Math.round(serverClock.now() / 1000));
  return { from: String(Math.min(Number(from), end - LEAST)), to: String(end) };
}

const NAMES = { status: "code" };

function offer(point, drill, event) {
  const [start, end] = [point.time - Math.max(point.step, 60000), point.time + Math.min(point.step, 60000)].map((ms) =>
    String(Math.round(ms / 1000)),
  );
  const labels = Object.fromEntries(
    ["endpoint", "provider", "model", "status"]
      .filter((name) => point.labels[name])
      .map((name) => [NAMES[name] || name, point.labels[name]]),
  );
  if (!labels.code && /^[1-5]xx$/.test(point.name)) labels.code = point.name; // a series that is a class of codes
  const clock = timeFormat.clock(point.time);
  const entries = [];
  if (drill?.label && point.labels[drill.label])
    entries.push([
      `Open ${visibleName(point.labels[drill.label])}`,
      () => charts.follow(drill, point.labels[drill.label]),
    ]);
  entries.push([
    `Traces around ${clock}`,
    () => urlState.go(urlState.link("/traces", { from: start, to: end, ...labels }, KEPT)),
  ]);
  entries.push([
    `Log lines around ${clock}`,
    () => urlState.go(urlState.link("/logs", { from: start, to: end, ...labels }, KEPT)),
  ]);
  crosshair.hide();
  panelMenu.choose(entries, event.clientX, event.clientY, point.name);
}

export { KEPT, listen };
