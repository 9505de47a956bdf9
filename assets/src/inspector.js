/* The dialog with the queries behind a panel: their text, where their answers came from, and ways to copy them. */

import { openDialog } from "./dialog.js";
import { create, requireElement } from "./dom.js";
import { visible } from "./visible.js";

const DIALOG =
  '<header><h2></h2><button type="button" data-close aria-label="Close">Close</button></header>' +
  '<div class="inspector-body"><p>Loading…</p></div>';

/**
 * Open the inspector of a panel.
 * @param {string} boardId
 * @param {string} panelId
 * @param {string} query of the panel's data address
 */
export async function inspect(boardId, panelId, query) {
  const dialog = openDialog(
    "inspector",
    DIALOG,
    `Queries of ${document.getElementById(`title-${panelId}`)?.textContent}`,
  );
  const body = requireElement(".inspector-body", dialog);
  try {
    const response = await fetch(`/api/boards/${boardId}/panels/${panelId}/inspect?${query}`);
    /** @type {{queries: QueryAnswer[], error: ErrorAnswer}} */
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.sentence);
    body.replaceChildren(...answer.queries.map(section));
  } catch (error) {
    body.textContent = error instanceof Error ? error.message : "The queries cannot be read now.";
  }
}

/**
 * Text from the server, with what cannot be seen made visible.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} text
 */
const element = (tag, text) => create(tag, {}, visible(text));

/** @param {QueryAnswer} query */
function section(query) {
  const facts = Object.entries(query.facts).flatMap(([name, value]) => [element("dt", name), element("dd", value)]);
  const notes = query.notes.map((note) => Object.assign(element("p", note), { className: "note" }));
  const buttons = Object.entries(query.copies).map(([name, text]) => {
    const button = create("button", { type: "button" }, visible(`Copy as ${name}`));
    button.dataset.copy = text;
    return button;
  });
  return create(
    "section",
    {},
    element("pre", query.expr),
    create("dl", {}, ...facts),
    ...notes,
    create("p", {}, ...buttons),
  );
}
