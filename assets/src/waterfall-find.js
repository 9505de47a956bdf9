/* One trace: spans are found by words and fields and the others hidden or dimmed; a part of the time is zoomed into. */

import { closestTarget } from "./dom.js";
import * as urlState from "./url-state.js";
import * as waterfall from "./waterfall.js";

const PAUSE = 250; // milliseconds after the last key
const LEAST = 6; // pixels that make a click a drag
let timer = 0,
  asked = 0,
  drag = null;

const trace = () => waterfall.current();

/** Names and services here at once; attributes, status and the rest of the grammar from the server. */
async function find(text, { quiet = false } = {}) {
  const view = trace();
  if (!view) return;
  asked += 1;
  const mine = asked;
  if (!quiet) urlState.set({ find: text, only: view.only && text ? "1" : "" }, { replace: true });
  if (!text) {
    mark(null, "");
    return;
  }
  const plain = !/[:"()*]|(^|\s)(NOT|OR|AND)\s|(^|\s)-/.test(text);
  const hits = plain ? named(view, text.toLowerCase()) : new Set();
  if (plain) mark(hits, "");
  else say("…");
  try {
    const response = await fetch(`/api/trace/find?id=${view.trace.id}&q=${encodeURIComponent(text)}${times()}`);
    const answer = await response.json();
    if (mine !== asked || trace() !== view) return;
    if (answer.error) {
      if (plain) return;
      mark(new Set(), `${answer.error.sentence} ${answer.error.hint || ""}`);
      return;
    }
    const keys = new Set(answer.keys);
    view.trace.spans.id.forEach((key, at) => {
      if (keys.has(key)) hits.add(at);
    });
    mark(hits, answer.notes.join(" "));
  } catch {
    if (mine === asked && !plain) mark(new Set(), "The dashboard server cannot be reached.");
  }
}

const times = () =>
  urlState.params().get("times") ? `&times=${encodeURIComponent(urlState.params().get("times"))}` : "";

function named(view, text) {
  const { spans, names, services } = view.trace;
  const fits = (name) => name.toLowerCase().includes(text);
  const byName = names.map(fits),
    byService = services.map(fits);
  const hits = new Set();
  for (let at = 0; at < spans.id.length; at += 1)
    if (byName[spans.name[at]] || byService[spans.service[at]] || spans.id[at].split(".")[0] === text) hits.add(at);
  return hits;
}

/** Shows which spans were found; null for no search. */
function mark(hits, note) {
  const view = trace();
  view.hits = hits;
  say(hits ? `${hits.size.toLocaleString("en")} found${note ? `. ${note}` : ""}` : "");
  view.list.classList.toggle("searching", !!hits);
  view.shell.querySelector("[data-only]").hidden = !hits;
  keep();
  const first = hits?.size ? Math.min(...[...hits].slice(0, 1000)) : -1;
  if (first >= 0) waterfall.reveal(first);
}

function say(text) {
  trace().shell.querySelector(".trace-found").textContent = text;
}

function only(on) {
  const view = trace();
  view.only = on;
  urlState.set({ only: on ? "1" : "" }, { replace: true });
  keep();
}

/** Rows of what was found and of what it lies in, when only these are wanted. */
function keep() {
  const view = trace();
  const { parent } = view.trace.spans;
  view.kept = view.only && view.hits ? new Set(view.hits) : null;
  for (const at of view.hits && view.kept ? view.hits : [])
    for (let above = parent[at]; above >= 0 && !view.kept.has(above); above = parent[above]) view.kept.add(above);
  view.shell.querySelector("[data-only]").setAttribute("aria-pressed", String(!!view.only));
  waterfall.arrange();
}

function clear() {
  const box = trace().shell.querySelector("input");
  clearTimeout(timer);
  box.value = "";
  find("");
}

/** Shows a part of the time; microseconds after the trace's start. */
function zoom(from, to, { quiet = false } = {}) {
  const view = trace();
  const end = view.trace.duration;
  const width = Math.max(Math.min(end, 10), to - from);
  const start = Math.min(Math.max(0, from), end - width);
  view.window = [start, Math.min(end, start + width)];
  const isWhole = start <= 0 && view.window[1] >= end;
  view.shell.querySelector("[data-whole]").hidden = isWhole;
  const shown = view.shell.querySelector(".trace-window");
  shown.hidden = isWhole;
  Object.assign(shown.style, { left: `${(100 * start) / end}%`, width: `${(100 * (view.window[1] - start)) / end}%` });
  if (!quiet)
    urlState.set({ zoom: isWhole ? "" : `${Math.round(start)}-${Math.round(view.window[1])}` }, { replace: true });
  waterfall.axis();
  waterfall.paint(true);
}

const whole = () => zoom(0, trace().trace.duration);

function zoomTo(at) {
  const { spans } = trace().trace;
  if (at < 0) return;
  const air = Math.max(1, spans.duration[at] * 0.05);
  zoom(spans.start[at] - air, spans.start[at] + spans.duration[at] + air);
}

const isZoomed = (view) => view.window[0] > 0 || view.window[1] < view.trace.duration;

/** Both ends of what is dragged over, within its surface, in pixels of the window. */
function edges(event) {
  const within = (x) => Math.min(drag.frame.right, Math.max(drag.frame.left, x));
  return [within(drag.x), within(event.clientX)].sort((a, b) => a - b);
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  waterfall.onStart((view) => {
    const box = view.shell.querySelector("input");
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => find(box.value.trim()), PAUSE);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") waterfall.next((at) => view.hits?.has(at));
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        clear();
        view.list.focus();
      }
    });
    view.shell.querySelector("[data-only]").addEventListener("click", () => only(!view.only));
    view.shell.querySelector("[data-find-errors]").addEventListener("click", () => {
      box.value = "status:error";
      view.only = true;
      find(box.value);
    });
    view.shell.querySelector("[data-whole]").addEventListener("click", whole);
    view.shell.querySelector(".trace-detail").addEventListener("click", (event) => {
      if (closestTarget(event, "[data-zoom-span]")) zoomTo(view.open);
    });
    view.shell.querySelector(".trace-axis").addEventListener("dblclick", whole);
    const params = urlState.params();
    view.only = params.get("only") === "1";
    const [from, to] = (params.get("zoom") || "").split("-").map(Number);
    if (from >= 0 && to > from) zoom(from, to, { quiet: true });
    box.value = params.get("find") || "";
    if (box.value) find(box.value, { quiet: true });
  });
  // Dragging over the whole trace, the axis or the bars; a finger scrolls the list and drags above it.
  document.addEventListener("pointerdown", (event) => {
    const view = event.button === 0 && trace();
    const surface = view && closestTarget(event, ".trace-over, .trace-axis, .trace-bar");
    if (!surface || !view.shell.contains(surface)) return;
    const over = surface.matches(".trace-over");
    if (event.pointerType === "touch" && !over) return;
    const track = over ? surface : view.shell.querySelector(".trace-axis > div");
    drag = {
      view,
      x: event.clientX,
      frame: track.getBoundingClientRect(),
      range: over ? [0, view.trace.duration] : view.window,
      mark: null,
    };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.mark && Math.abs(event.clientX - drag.x) < LEAST) return;
    if (!drag.mark) {
      drag.mark = drag.view.shell.querySelector(".trace-timeline").appendChild(document.createElement("div"));
      drag.mark.className = "trace-brush";
      getSelection().removeAllRanges();
    }
    const left = drag.mark.parentElement.getBoundingClientRect().left;
    const [from, to] = edges(event);
    Object.assign(drag.mark.style, { left: `${from - left}px`, width: `${to - from}px` });
    event.preventDefault();
  });
  addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { mark: mark_, frame, range } = drag;
    if (mark_) {
      const [from, to] = edges(event).map(
        (x) => range[0] + ((range[1] - range[0]) * (x - frame.left)) / Math.max(1, frame.width),
      );
      mark_.remove();
      const stop = (click) => {
        click.preventDefault();
        click.stopPropagation();
      };
      addEventListener("click", stop, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", stop, { capture: true }), 50);
      zoom(from, to);
    }
    drag = null;
  });
  addEventListener("pointercancel", () => {
    if (drag?.mark) drag.mark.remove();
    drag = null;
  });
  // Escape goes back by one: the details, the zoom, the search. Keys that move reach the spans from anywhere.
  document.addEventListener("keydown", (event) => {
    const view = trace();
    if (!view || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (closestTarget(event, "input, select, textarea, dialog, [role=menu], [role=dialog], .popup")) return;
    if (event.key === "Escape") {
      if (view.open >= 0) waterfall.close();
      else if (isZoomed(view)) whole();
      else if (view.hits) clear();
      else return;
      event.preventDefault();
    } else if (event.key.toLowerCase() === "z" && view.open >= 0 && !event.shiftKey) {
      event.preventDefault();
      zoomTo(view.open);
    } else if (
      event.target === document.body &&
      /^(Arrow(Down|Up)|Home|End)$/.test(event.key) &&
      !view.list.closest("[hidden]")
    ) {
      event.preventDefault();
      view.list.focus();
      view.list.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: false }));
    }
  });
}
