/* What the search offers: entries, which of them match a text, and in which order. Pure functions. */

/** @typedef {{title: string, kind: string, href: string}} Entry */

const MOST = 12;
const TRACE_ID = /^[0-9a-f]{32}$/i;

/**
 * The entries that hold every word of a text, best first; with an empty text the first ones.
 * @param {Entry[]} entries
 * @param {string} text
 * @returns {Entry[]}
 */
export function matches(entries, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries
    .map((entry, place) => ({ entry, place, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

/**
 * How well an entry fits, 0 being best; Infinity if a word is missing.
 * @param {Entry} entry
 * @param {string[]} words
 */
function rankOf({ title, kind }, words) {
  const [name, all] = [title.toLowerCase(), `${title} ${kind}`.toLowerCase()];
  let rank = 0;
  for (const word of words) {
    if (!all.includes(word)) return Infinity;
    rank += name.startsWith(word) ? 0 : startsWord(name, word) ? 1 : name.includes(word) ? 2 : 3;
  }
  return rank;
}

/** Whether a word of a name begins with a text. @param {string} name @param {string} text */
const startsWord = (name, text) => name.split(/[\s/_.:-]+/).some((word) => word.startsWith(text));

/**
 * Entries that a text itself names: a trace by its id, and searches for the text.
 * @param {string} text
 * @returns {Entry[]}
 */
export function named(text) {
  const trimmed = text.trim();
  if (!trimmed) return [];
  if (TRACE_ID.test(trimmed)) return [{ title: trimmed, kind: "Trace", href: `/trace?id=${trimmed.toLowerCase()}` }];
  const query = encodeURIComponent(trimmed);
  return [
    { title: `Log lines with “${trimmed}”`, kind: "Search", href: `/logs?q=${query}` },
    { title: `Traces with “${trimmed}”`, kind: "Search", href: `/traces?q=${query}` },
  ];
}

/**
 * What is listed for a text: what it names, where that is one thing, else what matches and then searches.
 * @param {Entry[]} entries
 * @param {string} text
 * @returns {Entry[]}
 */
export function listed(entries, text) {
  const own = named(text);
  return own.length === 1 ? own : [...matches(entries, text), ...own];
}

/**
 * Entries without those whose address is there before.
 * @param {Entry[]} entries
 * @returns {Entry[]}
 */
export const distinct = (entries) =>
  entries.filter(({ href }, place) => entries.findIndex((other) => other.href === href) === place);
