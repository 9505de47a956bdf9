/* Where entries come from: the links and panels of the page, and what the server knows of endpoints, providers, alerts. */

import { escapeHtml, select, selectAll } from "../dom.js";

/** @typedef {import("./entries.js").Entry} Entry */

/** @param {Element} element */
const textOf = (element) => (element.textContent || "").trim();

/** Pages, and the panels and alerts of the present page. @returns {Entry[]} */
export function ofPage() {
  const links = selectAll(".rail > a[href]").map((link) => ({
    title: link.title && !link.matches(".about-link") ? link.title : textOf(link),
    kind: "Page",
    href: link.getAttribute("href") || "",
  }));
  const alerts = selectAll("#sentence a[href]").map((link) => ({
    title: textOf(link),
    kind: "Now",
    href: link.getAttribute("href") || "",
  }));
  const panels = selectAll("[data-panel] h2").map((heading) => ({
    title: textOf(heading),
    kind: "Panel",
    href: `#panel-${heading.closest("[data-panel]")?.getAttribute("data-panel")}`,
  }));
  return [...links, ...alerts, ...panels];
}

/**
 * The answer of an address as JSON; null where there is none.
 * @param {string} address
 */
async function answerOf(address) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * Endpoints or providers with traffic in the range.
 * @param {string} board
 * @param {string} label
 * @param {string} query
 * @param {{kind: string, page: string}} entry
 * @returns {Promise<Entry[]>}
 */
async function valuesOf(board, label, query, { kind, page }) {
  const answer = await answerOf(`/api/boards/${board}/filters/${label}?${query}`);
  /** @type {string[]} */
  const values = answer?.values || [];
  return values.map((title) => ({ title, kind, href: `${page}?${label}=${encodeURIComponent(title)}` }));
}

/** Alerts and their rules. @returns {Promise<Entry[]>} */
async function ofAlerts() {
  const answer = await answerOf("/api/explore/alerts");
  const html = `${answer?.parts?.list || ""}${answer?.parts?.rules || ""}`;
  const page = new DOMParser().parseFromString(html, "text/html");
  const names = selectAll('a[href*="rule="]', page).map(
    (link) => new URLSearchParams((link.getAttribute("href") || "").split("?")[1]).get("rule") || "",
  );
  return names.map((title) => ({ title, kind: "Alert", href: `/alerts?rule=${encodeURIComponent(title)}` }));
}

/**
 * What the server knows, each list as it comes.
 * @param {string} query the range, as a query string
 * @param {(entries: Entry[]) => void} add
 */
export function ofServer(query, add) {
  valuesOf("api-performance", "endpoint", query, { kind: "Endpoint", page: "/endpoint" }).then(add);
  valuesOf("providers", "provider", query, { kind: "Provider", page: "/providers" }).then(add);
  ofAlerts().then(add);
}

/** The keys of the app as rows of a table. @param {[string, string][]} keys */
export const keyRows = (keys) =>
  keys.map(([key, what]) => `<tr><th scope="row"><kbd>${escapeHtml(key)}</kbd></th><td>${what}</td></tr>`).join("");

/** The panel that an address of this page names; null for other addresses. @param {string} href */
export const panelAt = (href) => (href.startsWith("#") ? select(`[id="${href.slice(1)}"]`) : null);
