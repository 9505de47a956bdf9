/* One time under the pointer, shown on every chart of the page; the chart under it lists its values, sorted. */
"use strict";
(function (app) {
  let tip = null;
  let hideTimer = 0;

  function element(className, parent) {
    let found = parent.querySelector(":scope > ." + className);
    if (!found) {
      found = document.createElement("div");
      found.className = className;
      parent.appendChild(found);
    }
    return found;
  }

  const plotArea = (graph) => graph._fullLayout && graph._fullLayout._size;

  function valueAxis(graph) {
    const axis = graph._fullLayout && graph._fullLayout.xaxis;
    return axis && axis.type === "date" && axis.p2d ? axis : null;
  }

  function move(graph, event) {
    const axis = valueAxis(graph);
    const area = plotArea(graph);
    if (!axis || !area) return;
    const box = graph.getBoundingClientRect();
    const x = event.clientX - box.left - area.l;
    if (x < 0 || x > area.w) return hide();
    const shifted = axis.p2l(x);
    clearTimeout(hideTimer);
    document.querySelectorAll(".js-plotly-plot").forEach((each) => line(each, shifted));
    list(graph, shifted, event.clientX, event.clientY);
    if (event.pointerType !== "mouse") hideTimer = setTimeout(hide, 4000);
  }

  function line(graph, shifted) {
    const axis = valueAxis(graph);
    const area = plotArea(graph);
    const mark = element("crosshair", graph);
    const x = axis ? axis.l2p(shifted) : -1;
    mark.hidden = !axis || x < 0 || x > area.w;
    if (mark.hidden) return;
    mark.style.transform = `translateX(${area.l + x}px)`;
    mark.style.top = area.t + "px";
    mark.style.height = area.h + "px";
  }

  /** Index of the sample nearest to an instant on a regular grid. */
  function index(trace, shifted, count) {
    const at = Math.round((shifted - trace.x0) / trace.dx);
    return at >= 0 && at < count ? at : -1;
  }

  function rows(graph, shifted, clientY) {
    const found = [];
    for (const trace of graph.data) {
      if (trace.visible === false || trace.dx == null) continue;
      if (trace.type === "heatmap") {
        found.push(...heatRow(graph, trace, shifted, clientY));
        continue;
      }
      const at = index(trace, shifted, trace.y.length);
      const value = at < 0 ? null : trace.y[at];
      if (value == null) continue;
      found.push({ name: trace.name || (trace.meta || {}).name || "", colour: (trace.line || {}).color, value, text: text(graph, trace, at, value), time: trace.x0 + at * trace.dx });
    }
    return found.sort((a, b) => b.value - a.value);
  }

  function heatRow(graph, trace, shifted, clientY) {
    const box = graph.getBoundingClientRect();
    const axis = graph._fullLayout.yaxis;
    const pixel = clientY - box.top - plotArea(graph).t;
    const column = index(trace, shifted, trace.z[0] ? trace.z[0].length : 0);
    const at = axis.p2d(pixel);
    const edges = trace.y && trace.y.length === trace.z.length + 1;
    const row = edges ? trace.y.filter((edge) => edge <= at).length - 1 : Math.round(at);
    if (column < 0 || row < 0 || !trace.z[row] || trace.z[row][column] == null) return [];
    const meta = trace.meta || {};
    const cell = (cells) => cells && cells[row] && cells[row][column];
    const shown = cell(trace.text) || app.units.write(cell(trace.customdata) ?? trace.z[row][column], meta.unit);
    return [{ name: (meta.names || [])[row] || "", value: 0, text: shown, time: trace.x0 + column * trace.dx }];
  }

  const text = (graph, trace, at, value) => app.units.write(trace.customdata ? trace.customdata[at] : value, (trace.meta || {}).unit);

  function list(graph, shifted, x, y) {
    const found = rows(graph, shifted, y);
    tip = tip || element("tip", document.body);
    tip.hidden = !found.length;
    if (!found.length) return;
    tip.replaceChildren();
    const head = tip.appendChild(document.createElement("div"));
    const real = found[0].time - app.time.offset(found[0].time);
    head.className = "tip-time";
    head.textContent = app.time.full(real);
    for (const row of found.slice(0, 12)) {
      const entry = tip.appendChild(document.createElement("div"));
      entry.className = "tip-row";
      const mark = entry.appendChild(document.createElement("i"));
      if (row.colour) mark.style.background = row.colour; else mark.hidden = true;
      entry.appendChild(document.createElement("span")).textContent = row.name;
      entry.appendChild(document.createElement("b")).textContent = row.text;
    }
    place(x, y);
  }

  function place(x, y) {
    const { offsetWidth: width, offsetHeight: height } = tip;
    const left = x + 16 + width > innerWidth ? x - width - 16 : x + 16;
    const top = Math.min(Math.max(8, y - height / 2), innerHeight - height - 8);
    tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
  }

  function hide() {
    document.querySelectorAll(".crosshair").forEach((mark) => { mark.hidden = true; });
    if (tip) tip.hidden = true;
  }

  addEventListener("scroll", hide, { passive: true });
  app.crosshair = { move, hide };
})(window.codeagent);
