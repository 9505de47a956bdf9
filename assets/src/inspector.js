/* The dialog with the queries behind a panel: their text, where their answers came from, and ways to copy them. */

import { create } from "./dom.js";
import { openAnswer } from "./panel-answer.js";
import { visible } from "./visible.js";

/**
 * Open the inspector of a panel.
 * @param {string} boardId
 * @param {string} panelId
 * @param {string} query of the panel's data address
 */
export function inspect(boardId, panelId, query) {
  const address = `/api/boards/${boardId}/panels/${panelId}/inspect?${query}`;
  openAnswer("Queries", panelId, address, (/** @type {{queries: QueryAnswer[]}} */ { queries }) =>
    queries.map(section),
  );
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
