/* The log page: lines open in place, the chart tells its bars, the search box completes, new lines arrive. */

import { PERSONAL } from "./choices.js";
import * as serverClock from "./clock.js";
import { closestTarget, select, selectAll, targetMatches } from "./dom.js";
import * as explorer from "./explorer.js";
import * as timeFormat from "./time-format.js";
import * as urlState from "./url-state.js";
import { visibleName } from "./visible.js";

const MOST = 500; // lines in the document while new ones arrive
const EVERY = 2000;
const fold = (line) => line.querySelector(".fold");
const isPage = () => {
  const { root } = explorer.current();
  return root && root.dataset.page === "logs";
};

/** The parameters of the page, with others beside them. */
function query(more) {
  const all = urlState.params();
  for (const name of ["cursor", "live", ...PERSONAL]) all.delete(name);
  for (const [name, value] of Object.entries(more)) all.set(name, value);
  return all.toString();
}

async function ask(address, options = {}) {
  const response = serverClock.learn(await fetch(address, { headers: { Accept: "application/json" }, ...options }));
  const answer = await response.json();
  if (!response.ok || answer.error)
    throw new Error([answer.error.sentence, answer.error.hint].filter(Boolean).join(" "));
  return answer;
}

/** Instants to the millisecond; the day is said when it is not today. */
function times(root) {
  const today = new Date(serverClock.now()).toDateString();
  for (const element of root.querySelectorAll("[data-ms]")) {
    const ms = Number(element.dataset.ms);
    const clock = `${timeFormat.clock(ms)}.${String(ms % 1000).padStart(3, "0")}`;
    const day =
      new Date(ms).toDateString() === today
        ? ""
        : `${timeFormat
            .full(ms)
            .replace(/,?\s*\d\d:\d\d:\d\d.*$/, "")
            .replace(/^\S+\s/, "")} `;
    element.textContent = day + clock;
    element.title = `${timeFormat.full(ms)} ${timeFormat.zoneName()}`;
  }
}

function toggle(line) {
  const detail = line.querySelector(":scope > .log-detail");
  if (!detail) {
    open(line);
    return;
  }
  detail.remove();
  fold(line).setAttribute("aria-expanded", "false");
}

async function open(line, whole = false) {
  fold(line).setAttribute("aria-expanded", "true");
  let html;
  try {
    html = (await ask(`/api/logs/line?${query({ id: line.dataset.line, ...(whole ? { all: "1" } : {}) })}`)).html;
  } catch (error) {
    const said = document.createElement("p");
    Object.assign(said, { className: "log-detail bad", textContent: error.message });
    html = said.outerHTML;
  }
  line.querySelector(":scope > .log-detail")?.remove();
  line.insertAdjacentHTML("beforeend", html);
  times(line);
}

// The chart says what a bar holds, by mouse and by finger.
function tell(bar, isTap) {
  const said = select(".log-said");
  if (!said) return;
  const from = Number(bar.dataset.from),
    to = from + Number(bar.dataset.width);
  said.textContent = `${timeFormat.clock(from * 1000)} – ${timeFormat.clock(to * 1000)}: ${bar.dataset.said}`;
  for (const other of selectAll(".log-bucket.on")) other.classList.remove("on");
  if (!isTap) return;
  bar.classList.add("on");
  const only = said.appendChild(document.createElement("a"));
  Object.assign(only, {
    textContent: " Only this time",
    href: urlState.link("/logs", { from: String(from), to: String(to) }),
  });
  only.addEventListener("click", (event) => {
    event.preventDefault();
    urlState.set({ from: String(from), to: String(to), cursor: "" });
  });
}

// Completion: what the server offers for the word at the cursor.
let list = null,
  control = null,
  timer = 0;
function close() {
  if (!list) return;
  list.input.setAttribute("aria-expanded", "false");
  list.input.removeAttribute("aria-activedescendant");
  list.box.remove();
  list = null;
}

async function suggest(input) {
  if (control) control.abort();
  const mine = new AbortController();
  control = mine;
  const now = urlState.params();
  const asked = new URLSearchParams({ q: input.value, at: input.selectionStart });
  for (const name of ["from", "to"]) if (now.get(name)) asked.set(name, now.get(name));
  try {
    const { start, items } = await ask(`${input.dataset.complete}?${asked}`, { signal: mine.signal });
    if (document.activeElement === input) offer(input, start, items);
  } catch {
    /* nothing to offer: the search itself says what is wrong */
  }
}

function offer(input, start, items) {
  close();
  if (!items.length) return;
  const box = document.createElement("ul");
  Object.assign(box, { className: "completions", id: "completions" });
  box.setAttribute("role", "listbox");
  items.forEach((item, place) => {
    const row = box.appendChild(document.createElement("li"));
    row.id = `completion-${place}`;
    row.setAttribute("role", "option");
    row.appendChild(document.createElement("span")).textContent = visibleName(item.label);
    if (item.count) row.appendChild(document.createElement("em")).textContent = item.count.toLocaleString();
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      choose(place);
    });
  });
  input.parentElement.appendChild(box);
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", "completions");
  list = { input, box, start, items, at: -1 };
}

function mark(at) {
  const { box, input, items } = list;
  list.at = (at + items.length + 1) % (items.length + 1); // one place beyond the ends: none
  if (list.at === items.length) list.at = -1;
  for (const [place, row] of [...box.children].entries()) row.setAttribute("aria-selected", String(place === list.at));
  if (list.at < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", `completion-${list.at}`);
    box.children[list.at].scrollIntoView({ block: "nearest" });
  }
}

function choose(place) {
  const { input, start, items } = list;
  const { text } = items[place];
  input.setRangeText(text, start, input.selectionStart, "end");
  close();
  suggest(input);
}

// New lines: asked for every two seconds while the list's growing end is in sight and no line is open.
const live = { on: false, cursor: "", timer: 0, skipped: 0, run: 0, url: "" };
const isOldest = () => urlState.params().get("sort") === "oldest";

function watching() {
  const lines = document.getElementById("log-lines");
  if (document.hidden) return false;
  if (!lines) return true;
  if (lines.querySelector(".log-detail")) return false; // somebody reads
  const { top, bottom } = lines.getBoundingClientRect();
  return isOldest() ? bottom < innerHeight + 200 : top > -80;
}

function said(text, paused) {
  const button = select(".log-live");
  if (!button) return;
  button.setAttribute("aria-pressed", String(live.on));
  button.textContent = text;
  if (paused) button.dataset.paused = "1";
  else delete button.dataset.paused;
}

async function poll(run) {
  if (!live.on || run !== live.run) return;
  if (live.cursor && !watching()) said("Paused", true);
  else {
    try {
      const answer = await ask(`/api/logs/tail?${query({})}`, { method: "POST", body: live.cursor });
      if (run !== live.run) return;
      arrived(answer);
      said(live.skipped ? `Live, ${live.skipped.toLocaleString()} skipped` : "Live", false);
    } catch {
      if (run === live.run) said("Live: no answer", true);
    }
  }
  if (run === live.run) live.timer = setTimeout(poll, EVERY, run);
}

function arrived(answer) {
  const lines = document.getElementById("log-lines");
  if (!lines) {
    if (answer.count) explorer.load({ again: true });
    return;
  }
  const first = !live.cursor;
  live.cursor = answer.cursor;
  live.skipped += first ? 0 : answer.skipped;
  if (!answer.count) return;
  const holder = document.createElement("ol");
  holder.innerHTML = answer.html;
  times(holder);
  const fresh = [...holder.children];
  if (first) {
    lines.replaceChildren();
    select(".log-box h2").textContent = "Newest lines";
  } else for (const line of fresh) line.classList.add("fresh");
  const oldest = isOldest();
  if (oldest) lines.append(...fresh);
  else lines.prepend(...fresh.reverse());
  while (lines.children.length > MOST) (oldest ? lines.firstElementChild : lines.lastElementChild).remove();
  select(".log-box > .pager")?.remove();
  if (oldest && !first) lines.lastElementChild.scrollIntoView({ block: "nearest" });
}

/** The URL says whether new lines are wanted; another question begins anew. */
function follow() {
  const wanted = isPage() && urlState.params().get("live") === "1" && !!select(".log-live");
  const url = query({});
  if (wanted && live.on && live.url === url && select('.log-live[aria-pressed="true"]')) return;
  clearTimeout(live.timer);
  Object.assign(live, { on: wanted, cursor: "", skipped: 0, url, run: live.run + 1 });
  if (wanted) {
    said("Live", false);
    poll(live.run);
  } else said("Live", false);
}

/** Listen to the page. Called once, by main.js. */
export function start() {
  // A click on a line opens it; selecting its text does not.
  document.addEventListener("click", (event) => {
    const whole = closestTarget(event, "[data-whole]");
    if (whole) {
      open(whole.closest(".log-line"), true);
      return;
    }
    const row = closestTarget(event, ".log-line > .log-row");
    if (!row || closestTarget(event, "a")) return;
    if (String(getSelection()) && !closestTarget(event, ".fold")) return;
    toggle(row.parentElement);
  });
  document.addEventListener("pointerover", (event) => {
    const bar = closestTarget(event, ".log-bucket");
    if (bar && event.pointerType === "mouse") tell(bar, false);
  });
  document.addEventListener("click", (event) => {
    const bar = closestTarget(event, ".log-bucket");
    if (bar) tell(bar, true);
  });
  document.addEventListener("input", (event) => {
    if (!targetMatches(event, "[data-complete]")) return;
    close();
    clearTimeout(timer);
    timer = setTimeout(suggest, 120, event.target);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || !input.dataset.complete || event.isComposing) return;
      if (!list) {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          suggest(input);
        }
        return;
      }
      const at = list.at;
      if (event.key === "ArrowDown") mark(at + 1);
      else if (event.key === "ArrowUp") mark(at < 0 ? list.items.length - 1 : at - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Tab" && !event.shiftKey) choose(Math.max(0, at));
      else if (event.key === "Enter" && at >= 0) choose(at);
      else {
        if (event.key === "Enter") close();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("focusout", (event) => {
    if (list && event.target === list.input) close();
  });
  document.addEventListener("submit", () => {
    clearTimeout(timer);
    if (control) control.abort();
    close();
  });
  document.addEventListener("click", (event) => {
    if (!closestTarget(event, ".log-live")) return;
    const on = live.on;
    urlState.set({ live: on ? "" : "1", cursor: "" }, { replace: true });
    follow();
    if (!on) return;
    delete document.getElementById("part-list").codeagentHtml; // the list is no longer what was fetched
    explorer.load({ again: true });
  });
  document.addEventListener("visibilitychange", () => {
    if (live.on && !document.hidden) {
      clearTimeout(live.timer);
      poll(live.run);
    }
  });
  explorer.onLand((root) => {
    if (root.dataset.page !== "logs") return;
    times(root);
    close();
    follow();
    const facets = root.querySelector("details.facets");
    if (facets && innerWidth < 700 && !facets.codeagentSeen) {
      facets.codeagentSeen = true;
      facets.open = false;
    }
    const lines = root.querySelector("#log-lines[data-here]");
    if (lines && !lines.codeagentSeen) {
      lines.codeagentSeen = true;
      lines.querySelector(".here").scrollIntoView({ block: "center" });
    }
  });
  document.addEventListener("codeagent:state", () => {
    if (isPage()) times(document);
  });
}
