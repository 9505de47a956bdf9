/* The share dialog: a link to the view, a frame or a picture for a wiki, and the signed links that exist. It is a script
   of its own, which is loaded when the dialog is opened. */

import { copy } from "./clipboard.js";
import { openDialog } from "./dialog.js";
import { closestTarget, create, escapeHtml, requireElement, select } from "./dom.js";
import { frameSnippet, mailAddress, pictureHtml, pictureMarkdown, stateText } from "./share-text.js";

const ADDRESS = "/api/links";
const NAME = "codeagent-user"; // of the viewer, kept in this browser
/** Largest ranges that readers can choose in the address. @type {Record<string, string>} */
const LONGEST = {
  "": "7 days, or this view’s range",
  "1h": "1 hour",
  "6h": "6 hours",
  "1d": "1 day",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
};
const DAYS = { 1: "1 day", 7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year" };

/**
 * What is shared. `query` has range, comparison and filters of the view, `page` is its address with fixed times; `fixed`
 * are the filters whose values a repeated panel is for.
 * @typedef {{board: string, panel: string, title: string, query: URLSearchParams, filters: string[], fixed: string[], page: string}} View
 */
/**
 * What the server says of links: whether it signs them, can revoke them, and knows who asks.
 * @typedef {{signed: boolean, revocable: boolean, named: boolean, base: string, links: StoredLink[]}} Links
 */
/** @typedef {{id: string, path: string, actor: string, created: number, expires: number, revoked: number}} StoredLink */
/** Paths with their queries; the picture is empty for a board. @typedef {{embed: string, picture: string}} Paths */

const HTML = `<header><h2></h2><button type="button" data-close>Close</button></header>
<div class="share-body">
<section><h3>Link to this view</h3><div class="share-page"></div><p class="share-actions"></p></section>
<section><h3>For a wiki</h3><form></form><p class="share-error" role="alert"></p><div class="share-wiki" role="status"></div></section>
<section class="share-links" hidden><h3>Signed links</h3><ul></ul></section>
</div>`;

/** @param {View} view */
async function open(view) {
  const dialog = openDialog("share", HTML, `Share “${view.title}”`);
  const place = (/** @type {string} */ selector) => requireElement(selector, dialog);
  place(".share-page").append(copyField("Address", view.page));
  place(".share-actions").append(...actions(view));
  try {
    const links = await request("GET", "");
    if (links.signed) fillForm(dialog, view, links);
    else showPaths(dialog, view, links, unsignedPaths(view));
    listLinks(dialog, links);
  } catch (error) {
    showError(dialog, error);
  }
}

/** @param {View} view */
function actions({ title, page }) {
  const mail = create("a", { href: mailAddress(title, page), className: "button" }, "Mail");
  if (!navigator.share) return [mail];
  const button = create("button", { type: "button" }, "Other apps");
  button.addEventListener("click", () => navigator.share({ title, url: page }).catch(() => {})); // closed by the viewer
  return [mail, button];
}

/**
 * A text with a button that copies it.
 * @param {string} label
 * @param {string} text
 */
function copyField(label, text) {
  const field = create("input", { readOnly: true, value: text });
  field.addEventListener("focus", () => field.select());
  const button = create("button", { type: "button" }, "Copy");
  button.setAttribute("aria-label", `Copy ${label}`);
  button.addEventListener("click", () => copy(text, button));
  return create("div", { className: "share-field" }, create("label", {}, label, field), button);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [content]
 */
async function request(method, path, content) {
  const body = content && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
  const response = await fetch(ADDRESS + path, { method, ...body });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.error.sentence} ${answer.error.hint || ""}`.trim());
  return answer;
}

/**
 * @param {HTMLElement} dialog
 * @param {unknown} error
 */
function showError(dialog, error) {
  requireElement(".share-error", dialog).textContent = error instanceof Error ? error.message : String(error);
}

/** @param {View} view @returns {Paths} */
function unsignedPaths({ board, panel, query }) {
  const path = panel ? `${board}/${panel}` : board;
  return { embed: `/embed/${path}?${query}`, picture: panel ? `/render/${path}.png?${query}` : "" };
}

/**
 * Show what can be copied into a wiki.
 * @param {HTMLElement} dialog
 * @param {View} view
 * @param {Links} links
 * @param {Paths} paths
 */
function showPaths(dialog, { title, page, panel }, { base, signed }, { embed, picture }) {
  const origin = base || location.origin;
  const fields = [copyField("Frame", frameSnippet(origin + embed, title, panel ? "panel" : "board"))];
  if (signed) fields.unshift(copyField("Link without sign-in", origin + embed));
  if (picture) {
    const sharp = `${origin}${picture}&scale=2`;
    fields.push(copyField("Picture, HTML", pictureHtml(sharp, title, page)));
    fields.push(copyField("Picture, Markdown", pictureMarkdown(sharp, title, page)));
  }
  const notes = [
    signed ? "Whoever has this link can see it without sign-in." : "This works for those who can open the dashboards.",
    panel ? "" : "A picture is of one panel: open “Share” in the menu of a panel.",
  ];
  requireElement(".share-wiki", dialog).replaceChildren(create("p", {}, notes.join(" ").trim()), ...fields);
}

/** @param {[string, string]} choice its value and its name */
const option = ([value, name]) => `<option value="${value}">${name}</option>`;

/**
 * The choices of a signed link.
 * @param {HTMLElement} dialog
 * @param {View} view
 * @param {Links} links
 */
function fillForm(dialog, view, links) {
  const form = /** @type {HTMLFormElement} */ (requireElement("form", dialog));
  const options = Object.entries(DAYS).map(option);
  const longest = Object.entries(LONGEST).map(option).join("");
  const endless = links.revocable ? '<option value="0">Until it is revoked</option>' : "";
  const filters = view.filters.some((label) => !view.fixed.includes(label))
    ? '<label class="share-check"><input type="checkbox" name="free">Readers may choose other filters in the address</label>'
    : "";
  const name = links.named
    ? ""
    : '<label>Your name<input name="user" required maxlength="100" autocomplete="name"></label>';
  form.innerHTML =
    `<label>Works for<select name="days">${options.join("")}${endless}</select></label>` +
    `<label>Largest range<select name="longest">${longest}</select></label>${name}${filters}` +
    '<button type="submit" class="primary">Create a signed link</button>';
  const [days, user] = [select("[name=days]", form), select("[name=user]", form)];
  if (days instanceof HTMLSelectElement) days.value = "30";
  if (user instanceof HTMLInputElement) user.value = localStorage.getItem(NAME) || "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    createLink(dialog, form, view, links);
  });
}

/**
 * @param {HTMLElement} dialog
 * @param {HTMLFormElement} form
 * @param {View} view
 * @param {Links} links
 */
async function createLink(dialog, form, view, links) {
  const user = nameIn(form);
  const { board, panel, query } = view;
  const fields = new FormData(form);
  const bound = fields.has("free") ? view.fixed : view.filters;
  const chosen = Object.fromEntries(bound.map((label) => [label, query.getAll(label)]));
  const content = {
    board,
    panel,
    ...Object.fromEntries(["from", "to", "compare"].map((name) => [name, query.get(name) || ""])),
    filters: Object.fromEntries(Object.entries(chosen).filter(([, values]) => values.length)),
    free: fields.has("free") ? view.filters.filter((label) => !view.fixed.includes(label)) : [],
    longest: String(fields.get("longest") || ""),
    days: Number(fields.get("days")),
    user,
  };
  showError(dialog, "");
  try {
    showPaths(dialog, view, links, await request("POST", "", content));
    listLinks(dialog, await request("GET", ""));
  } catch (error) {
    showError(dialog, error);
  }
}

/** The viewer's name, which this browser keeps. @param {ParentNode} form */
function nameIn(form) {
  const field = select("[name=user]", form);
  const name = field instanceof HTMLInputElement ? field.value.trim() : "";
  if (name) localStorage.setItem(NAME, name);
  return name;
}

/**
 * @param {HTMLElement} dialog
 * @param {Links} links
 */
function listLinks(dialog, { links, revocable }) {
  const section = requireElement(".share-links", dialog);
  section.hidden = !links.length;
  const now = Date.now() / 1000;
  const rows = links.map((link) => {
    const text = `<b>${escapeHtml(link.path)}</b> by ${escapeHtml(link.actor)}, ${stateText(link, now)}`;
    const row = create("li", {}, create("span", { innerHTML: text }));
    if (revocable && !link.revoked && !(link.expires && link.expires <= now)) row.append(revokeButton(link));
    return row;
  });
  const list = requireElement("ul", section);
  list.replaceChildren(...rows);
  section.onclick = (event) => revoke(event, dialog);
}

/** @param {StoredLink} link */
function revokeButton({ id, path }) {
  const button = create("button", { type: "button" }, "Revoke");
  button.dataset.revoke = id;
  button.setAttribute("aria-label", `Revoke the link to ${path}`);
  return button;
}

/**
 * @param {Event} event
 * @param {HTMLElement} dialog
 */
async function revoke(event, dialog) {
  const id = closestTarget(event, "[data-revoke]")?.dataset.revoke;
  if (!id) return;
  showError(dialog, "");
  try {
    await request("DELETE", `/${id}`, { user: nameIn(dialog) });
    listLinks(dialog, await request("GET", ""));
  } catch (error) {
    showError(dialog, error);
  }
}

window.codeagentShare = open;
