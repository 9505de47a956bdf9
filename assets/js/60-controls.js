/* The controls: menus, range, filters, sharing, keyboard. Every control changes the URL and nothing else. */
"use strict";
(function (app) {
  const QUICK = { "now-5m": "Last 5 min", "now-15m": "Last 15 min", "now-30m": "Last 30 min", "now-1h": "Last hour", "now-3h": "Last 3 hours", "now-6h": "Last 6 hours", "now-12h": "Last 12 hours", "now-24h": "Last 24 hours", "now-2d": "Last 2 days", "now-7d": "Last 7 days" };
  const COMPARE = { period: "vs period before", day: "vs day before", week: "vs week before" };
  const REFRESH = { off: "Paused", "5s": "Every 5 s", "10s": "Every 10 s", "30s": "Every 30 s", "1m": "Every min", "5m": "Every 5 min" };
  const board = () => app.refresh.current().board;

  function range() {
    const now = app.url.params();
    return { from: now.get("from") || (board() || {}).range || "now-1h", to: now.get("to") || "now" };
  }

  const label = (name, text) => {
    const found = document.querySelector(`[data-menu="${name}"] .label`);
    if (found && found.textContent !== text) found.textContent = text;
  };

  /** Labels, chips and marks that follow from the URL. */
  function sync() {
    const now = app.url.params();
    const { from, to } = range();
    const start = app.time.instant(from);
    const text = to === "now" && QUICK[from] ? QUICK[from] : `${app.time.short(start)} – ${to === "now" ? "now" : app.time.short(app.time.instant(to))}`;
    label("range", `${text} · ${app.time.zoneName()}`);
    label("compare", COMPARE[now.get("compare")] || "Compare");
    label("refresh", REFRESH[now.get("refresh") || (board() || {}).refresh || "10s"] || "Every 10 s");
    for (const chip of document.querySelectorAll("[data-filter]")) filterChip(chip, now.getAll(chip.dataset.filter));
    for (const choice of document.querySelectorAll("[data-set]")) mark(choice, now);
    for (const link of document.querySelectorAll("a[data-nav].nav-link")) link.setAttribute("href", app.url.link(new URL(link.href).pathname, {}, ["environment", "instance"]));
    heading(now);
  }

  function heading(now) {
    const title = document.querySelector("#react-entry-point .board-title");
    const endpoint = now.getAll("endpoint");
    if (title && board() && board().id === "endpoint") title.textContent = endpoint.length ? app.visibleName(endpoint.join(", ")) : "Endpoint: all";
    if (board()) document.title = (board().id === "endpoint" && endpoint.length ? app.visibleName(endpoint[0]) : board().title) + " · CodeAgent";
  }

  function filterChip(chip, values) {
    const title = chip.dataset.title || (chip.dataset.title = chip.querySelector(".label").textContent);
    chip.querySelector(".label").textContent = values.length === 0 ? title : values.length === 1 ? app.visibleName(values[0]) : `${title}: ${values.length}`;
    chip.classList.toggle("on", values.length > 0);
    chip.title = values.length ? `${title}: ${app.visibleName(values.join(", "))}` : `${title}: all`;
  }

  function mark(choice, now) {
    const wants = new URLSearchParams(choice.dataset.set);
    const on = [...wants].every(([name, value]) => (now.get(name) || (name === "from" ? range().from : name === "refresh" ? (board() || {}).refresh : "")) === value);
    choice.setAttribute(choice.getAttribute("role") ? "aria-checked" : "aria-pressed", String(on));
  }

  function shift(direction) {
    const { from, to } = range();
    const [start, end] = [app.time.instant(from), app.time.instant(to)].map((ms) => Math.round(ms / 1000));
    const by = (end - start) * direction;
    if (direction > 0 && end + by >= app.clock.now() / 1000) return app.url.set({ from: `now-${end - start}s`, to: "" });
    app.url.set({ from: String(start + by), to: String(end + by) });
  }

  function zoomOut() {
    const { from, to } = range();
    const [start, end] = [app.time.instant(from), app.time.instant(to)].map((ms) => Math.round(ms / 1000));
    const half = Math.round((end - start) / 2);
    if (to === "now") return app.url.set({ from: nice((end - start) * 2), to: "" });
    app.url.set({ from: String(start - half), to: String(Math.min(end + half, Math.round(app.clock.now() / 1000))) });
  }

  const nice = (seconds) => Object.keys(QUICK).find((key) => app.time.seconds(key.slice(4)) >= seconds) || `now-${seconds}s`;

  function applyAbsolute() {
    const [from, to] = ["absolute-from", "absolute-to"].map((id) => document.getElementById(id).value.trim());
    const error = document.getElementById("absolute-error");
    const start = from.startsWith("now") ? from : app.time.parse(from);
    const end = to === "" || to.startsWith("now") ? to || "now" : app.time.parse(to);
    if (Number.isNaN(start) || Number.isNaN(end)) { error.textContent = "Write a time as 2026-01-31 14:05, or now-6h."; return; }
    error.textContent = "";
    closeMenus();
    app.url.set({ from: String(start), to: end === "now" ? "" : String(end) });
  }

  // Menus
  /** Closes open menus; a focus inside one goes back to its button. */
  function closeMenus(except = null) {
    for (const menu of document.querySelectorAll(".menu.open")) {
      if (menu === except) continue;
      if (menu.contains(document.activeElement)) document.querySelector(`[data-menu="${menu.dataset.menuOf}"]`).focus();
      menu.classList.remove("open");
    }
    for (const button of document.querySelectorAll('[data-menu][aria-expanded="true"]')) if (!except || except.dataset.menuOf !== button.dataset.menu) button.setAttribute("aria-expanded", "false");
  }

  function toggleMenu(button) {
    const menu = document.querySelector(`[data-menu-of="${button.dataset.menu}"]`);
    closeMenus(menu);
    const open = menu.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    if (button.dataset.filter) app.filter.fill(button.dataset.filter, menu);
    if (button.dataset.menu === "range") fillRange();
    keepOnScreen(menu);
    app.popups.enter(menu);
  }

  function keepOnScreen(menu) {
    menu.style.left = "";
    const box = menu.getBoundingClientRect();
    if (box.right > innerWidth - 8) menu.style.left = `${innerWidth - 8 - box.right}px`;
  }

  function fillRange() {
    const { from, to } = range();
    document.getElementById("absolute-error").textContent = "";
    const put = (id, text) => { if (dash_clientside.set_props) dash_clientside.set_props(id, { value: text }); else document.getElementById(id).value = text; };
    put("absolute-from", app.time.written(app.time.instant(from)));
    put("absolute-to", to === "now" ? "now" : app.time.written(app.time.instant(to)));
  }

  async function share(button) {
    const now = app.url.params();
    const { from, to } = range();
    now.set("from", String(Math.round(app.time.instant(from) / 1000)));
    now.set("to", String(Math.round(app.time.instant(to) / 1000)));
    await copy(location.origin + location.pathname + "?" + now.toString(), button);
  }

  async function copy(text, button) {
    try { await navigator.clipboard.writeText(text); toast("Copied."); } catch { prompt("Copy this:", text); }
    if (button) button.focus();
  }

  function toast(text) {
    const box = document.createElement("div");
    box.className = "toast";
    box.setAttribute("role", "status");
    box.textContent = text;
    document.body.appendChild(box);
    setTimeout(() => box.remove(), 2500);
  }

  const ACTIONS = [
    ["[data-nav]", (hit, event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return false; app.url.go(hit.getAttribute("href")); return true; }],
    ["[data-set]", (hit) => { const wants = new URLSearchParams(hit.dataset.set); closeMenus(); app.url.set(Object.fromEntries(wants)); }],
    ["[data-menu]", (hit) => toggleMenu(hit)],
    ["[data-shift]", (hit) => shift(Number(hit.dataset.shift))],
    ["[data-zoom-out]", () => zoomOut()],
    ["[data-apply-range]", () => applyAbsolute()],
    ["[data-refresh-now]", () => (app.explore.isPage() ? app.explore.load({ again: true }) : app.refresh.now())],
    ["[data-go]", (hit, event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return false; app.url.go(app.url.link(hit.getAttribute("href"))); return true; }],
    ["[data-theme-toggle]", () => app.theme.toggle()],
    ["[data-share]", (hit) => share(hit)],
    ["[data-sheet]", (hit) => sheet(!document.getElementById(hit.dataset.sheet).classList.contains("open"))],
    ["[data-explain]", (hit) => app.menu.explain(hit)],
    ["[data-panel-menu]", (hit) => app.menu.open(hit)],
    ["[data-copy]", (hit) => copy(hit.dataset.copy, hit)],
    ["th[data-sortable]", (hit) => app.panels.sortBy(hit)],
    [".panel-legend [data-series]", (hit) => app.panels.isolate(hit.closest("[data-panel]").dataset.panel, Number(hit.dataset.series))],
    ["[data-drill]", (hit) => drill(hit)],
  ];

  function drill(hit) {
    const panel = hit.closest("[data-panel]");
    if (panel && panel.codeagentDrill) app.charts.follow(panel.codeagentDrill, hit.dataset.drill);
  }

  /** The controls of a phone, which come from below. */
  function sheet(open) {
    document.getElementById("controls").classList.toggle("open", open);
    const button = document.querySelector("[data-sheet]");
    if (button) button.setAttribute("aria-expanded", String(open));
    if (!open && button && document.getElementById("controls").contains(document.activeElement)) button.focus();
  }

  document.addEventListener("click", (event) => {
    for (const [selector, act] of ACTIONS) {
      const hit = event.target.closest(selector);
      if (!hit) continue;
      if (act(hit, event) !== false) event.preventDefault();
      return;
    }
    if (!event.target.closest(".menu")) { closeMenus(); if (!app.menu.justOpened()) app.menu.close(); }
    if (document.querySelector(".controls.open") && !event.target.closest(".controls")) sheet(false);
  });

  const KEYS = { r: () => (app.explore.isPage() ? app.explore.load({ again: true }) : app.refresh.now()), "[": () => shift(-1), "]": () => shift(1), "-": () => zoomOut(), t: () => app.theme.toggle() };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (!app.popups.leave() && document.querySelector(".controls.open")) sheet(false); return; }
    if (event.key === "Enter" && /^absolute-/.test(event.target.id)) return applyAbsolute();
    if (event.key === "Enter" && event.target.matches("[data-drill]")) return drill(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select") || event.target.closest(app.popups.OPEN)) return;
    if (KEYS[event.key]) KEYS[event.key]();
  });

  // A board is asked for as soon as the pointer rests on its name: the answer waits in the browser's cache.
  document.addEventListener("pointerover", (event) => {
    const link = event.target.closest && event.target.closest("a.nav-link");
    if (link && !link.dataset.asked) {
      link.dataset.asked = "1";
      document.dispatchEvent(new CustomEvent("codeagent:prefetch", { detail: link.pathname.slice(1) }));
    }
  });
  document.addEventListener("codeagent:state", () => setTimeout(sync, 0));

  app.controls = { sync, range, copy, toast, closeMenus, keepOnScreen };
})(window.codeagent);
