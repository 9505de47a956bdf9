/* The numbers of a panel as tables in a dialog: for screen readers, for copying, and for exact values. */

import { create } from "./dom.js";
import { openAnswer } from "./panel-answer.js";
import * as timeFormat from "./time-format.js";
import * as units from "./units.js";
import { visible } from "./visible.js";

const MOST_ROWS = 300;
const MOST_COLUMNS = 12;
const MISSING = units.write(null, "");

/**
 * A table as texts. The first column is a row's heading.
 * @typedef {{heading: string, columns: string[], rows: string[][], notes: string[]}} NumberTable
 */

/**
 * Open the numbers of a panel.
 * @param {string} boardId
 * @param {string} panelId
 * @param {string} query of the panel's data address
 */
export function showTable(boardId, panelId, query) {
  const address = `/api/boards/${boardId}/panels/${panelId}.json?${query}`;
  openAnswer("Numbers", panelId, address, (/** @type {PanelNumbers} */ answer) => {
    const tables = numberTables(answer, timeFormat.full);
    return tables.length ? tables.map(element) : [create("p", {}, emptyText(answer))];
  });
}

/** @param {PanelNumbers} answer */
const emptyText = (answer) => answer.sentence || "There are no data in this range.";

/**
 * The numbers of a panel: what has a course by time, newest first; what has one value by series.
 * @param {PanelNumbers} answer
 * @param {(ms: number) => string} timeText
 * @returns {NumberTable[]}
 */
export function numberTables(answer, timeText) {
  units.learn(answer.units);
  if (answer.states?.length) return [stateTable(answer.states, timeText)];
  const queries = answer.queries.filter((query) => query.series?.length);
  const courses = queries.filter((query) => query.times.length > 1);
  const instants = queries.filter((query) => query.times.length === 1);
  const tables = courses.length ? [courseTable(courses, answer, timeText)] : [];
  return instants.length ? [...tables, instantTable(instants, answer, timeText)] : tables;
}

/**
 * The words of a timeline, as it shows them.
 * @param {StateWords[]} rows
 * @param {(ms: number) => string} timeText
 * @returns {NumberTable}
 */
function stateTable(rows, timeText) {
  const columns = rows.slice(0, MOST_COLUMNS);
  const places = columns.map(({ times }) => new Map(times.map((time, index) => [time, index])));
  const instants = newestFirst(rows.flatMap(({ times }) => times));
  const written = instants
    .slice(0, MOST_ROWS)
    .map((time) => [
      timeText(time * 1000),
      ...columns.map(({ words }, column) => words[places[column].get(time) ?? -1] ?? MISSING),
    ]);
  const notes = [
    more(rows.length - columns.length, "series"),
    more(instants.length - written.length, "older instants"),
  ];
  return {
    heading: "Time",
    columns: columns.map(({ name }) => visible(name)),
    rows: written,
    notes: notes.filter(Boolean),
  };
}

/** @param {number[]} times */
const newestFirst = (times) => [...new Set(times)].sort((left, right) => right - left);

/**
 * @param {QueryNumbers[]} queries
 * @param {PanelNumbers} answer
 * @param {(ms: number) => string} timeText
 * @returns {NumberTable}
 */
function courseTable(queries, answer, timeText) {
  const series = queries.flatMap((query) => query.series.map((entry) => ({ query, entry })));
  const columns = series.slice(0, MOST_COLUMNS);
  const instants = newestFirst(queries.flatMap((query) => query.times));
  const places = new Map(queries.map((query) => [query, new Map(query.times.map((time, index) => [time, index]))]));
  const rows = instants.slice(0, MOST_ROWS).map((time) => [
    timeText(time * 1000),
    ...columns.map(({ query, entry }) => {
      const place = places.get(query)?.get(time);
      return units.write(place === undefined ? null : entry.values[place], query.unit);
    }),
  ]);
  const notes = [
    more(series.length - columns.length, "series"),
    more(instants.length - rows.length, "older instants"),
  ].filter(Boolean);
  return {
    heading: "Time",
    columns: columns.map(({ query, entry }) => columnName(query, entry, queries.length > 1, answer)),
    rows,
    notes,
  };
}

/**
 * @param {QueryNumbers[]} queries
 * @param {PanelNumbers} answer
 * @param {(ms: number) => string} timeText
 * @returns {NumberTable}
 */
function instantTable(queries, answer, timeText) {
  const all = queries.flatMap((query) =>
    query.series.map((entry) => [
      columnName(query, entry, queries.length > 1, answer),
      units.write(entry.values[0], query.unit),
    ]),
  );
  const time = Math.max(...queries.map((query) => query.times[0]));
  return {
    heading: "Series",
    columns: [`Value at ${timeText(time * 1000)}`],
    rows: all.slice(0, MOST_ROWS),
    notes: [more(all.length - MOST_ROWS, "series")].filter(Boolean),
  };
}

/** @param {number} count @param {string} what */
const more = (count, what) => (count > 0 ? `${count} more ${what} are in the CSV.` : "");

/**
 * @param {QueryNumbers} query
 * @param {SeriesNumbers} entry
 * @param {boolean} isOneOfSeveral whether other queries stand beside it, so that its title is needed
 * @param {PanelNumbers} answer
 */
function columnName(query, entry, isOneOfSeveral, answer) {
  const name = query.legend
    ? query.legend.replace(/{{\s*(\w+)\s*}}/g, (_, label) => entry.labels[label] ?? "")
    : Object.values(entry.labels).join(" · ");
  const isTemplate = !query.legend || query.legend.includes("{{");
  const isClear = name && !(isOneOfSeveral && isTemplate);
  return visible(isClear ? name : [query.title || answer.title, name].filter(Boolean).join(" · "));
}

/** @param {NumberTable} table */
function element(table) {
  const cell = (/** @type {string} */ text, /** @type {string} */ scope) => {
    const heading = create("th", {}, text);
    heading.setAttribute("scope", scope);
    return heading;
  };
  const head = create("tr", {}, cell(table.heading, "col"), ...table.columns.map((name) => cell(name, "col")));
  const rows = table.rows.map(([first, ...values]) =>
    create("tr", {}, cell(first, "row"), ...values.map((value) => create("td", {}, value))),
  );
  const notes = table.notes.map((text) => create("p", { className: "note" }, text));
  const numbers = create("table", { className: "t numbers" }, create("thead", {}, head), create("tbody", {}, ...rows));
  return create("section", {}, numbers, ...notes);
}
