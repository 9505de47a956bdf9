/* The spans of one trace as the server sends them: columns in tree order. Pure functions without the page. */

/**
 * One entry a span in each column; instants and durations are microseconds since the trace's start.
 * @typedef {object} SpanColumns
 * @property {string[]} id
 * @property {number[]} parent place of the parent, -1 for a root
 * @property {number[]} start
 * @property {number[]} duration
 * @property {number[]} self time in the span itself, without its children
 * @property {number[]} flags see ERROR, CRITICAL, ADOPTED
 * @property {number[]} name index into the names of the trace
 * @property {number[]} service index into its services
 * @property {Record<string, number[]>} path begin and end, in pairs, of a span's parts of the critical path
 */

/**
 * @typedef {object} Trace
 * @property {string} id
 * @property {number} start epoch ms
 * @property {number} duration microseconds
 * @property {string[]} names
 * @property {string[]} services
 * @property {SpanColumns} spans
 */

/** Flags of a span: it failed, it is on the critical path, its parent is missing. */
export const ERROR = 1;
export const CRITICAL = 2;
export const ADOPTED = 4;

/**
 * The place of a span by its key, or by its id and its service (`id@service`); -1 for none.
 * @param {Trace} trace
 * @param {string} key
 */
export function placeOf({ spans, services }, key) {
  const [id, service = ""] = splitOnce(key, "@");
  const place = service
    ? spans.id.findIndex((own, index) => own.split(".")[0] === id && services[spans.service[index]] === service)
    : -1;
  return place >= 0 ? place : spans.id.indexOf(id);
}

/**
 * @param {string} text
 * @param {string} mark
 */
function splitOnce(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + mark.length)];
}

/**
 * How many children and descendants each span has, and how deep it lies.
 * @param {number[]} parents
 */
export function shapeOf(parents) {
  const children = new Int32Array(parents.length);
  const below = new Int32Array(parents.length);
  const depth = new Int32Array(parents.length);
  for (const [place, parent] of parents.entries()) {
    if (parent < 0) continue;
    children[parent] += 1;
    depth[place] = depth[parent] + 1;
  }
  for (let place = parents.length - 1; place >= 0; place -= 1) {
    if (parents[place] >= 0) below[parents[place]] += below[place] + 1;
  }
  return { children, below, depth };
}

/**
 * Places of the spans that have a row: those that are included and have no folded ancestor.
 * @param {Int32Array} below descendants of each span
 * @param {Set<number>} folded
 * @param {Set<number> | null} included null for all
 */
export function visibleRows(below, folded, included) {
  const rows = [];
  for (let place = 0; place < below.length; place += 1) {
    if (!included || included.has(place)) rows.push(place);
    if (folded.has(place)) place += below[place];
  }
  return rows;
}

/**
 * Where an instant lies in the part of the time that is shown, in percent; beyond its ends below 0 or above 100.
 * @param {[number, number]} window microseconds
 * @param {number} instant microseconds
 */
export const share = ([from, to], instant) => (100 * (instant - from)) / Math.max(1, to - from);

/**
 * Calls of one path: their number, their time, their own time.
 * @typedef {object} PathNode
 * @property {number} name index into the names of the trace, -1 for the whole trace
 * @property {number} service
 * @property {number} total microseconds
 * @property {number} self microseconds
 * @property {number} calls
 * @property {number} errors
 * @property {number} up place of the node above, -1 at the top
 * @property {number[]} children places of the nodes below
 */

/**
 * A node of no calls yet.
 * @param {number} name
 * @param {number} service
 * @param {number} up
 * @returns {PathNode}
 */
const emptyNode = (name, service, up) => ({ name, service, total: 0, self: 0, calls: 0, errors: 0, up, children: [] });

/**
 * Spans of one path joined into one node; the first node is the whole trace.
 * @param {SpanColumns} spans
 */
export function joinPaths(spans) {
  const nodes = [emptyNode(-1, -1, -1)];
  /** @type {Map<string, number>} */
  const places = new Map();
  const nodeOf = new Int32Array(spans.id.length);
  for (let place = 0; place < spans.id.length; place += 1) {
    const up = spans.parent[place] < 0 ? 0 : nodeOf[spans.parent[place]];
    const key = `${up}|${spans.service[place]}|${spans.name[place]}`;
    let node = places.get(key);
    if (node === undefined) {
      node = nodes.length;
      places.set(key, node);
      nodes.push(emptyNode(spans.name[place], spans.service[place], up));
      nodes[up].children.push(node);
    }
    nodeOf[place] = node;
    count(nodes[node], spans, place);
    if (!up) nodes[0].total += spans.duration[place];
  }
  return nodes;
}

/**
 * @param {PathNode} node
 * @param {SpanColumns} spans
 * @param {number} place
 */
function count(node, spans, place) {
  node.total += spans.duration[place];
  node.self += spans.self[place];
  node.calls += 1;
  node.errors += spans.flags[place] & ERROR ? 1 : 0;
}

/**
 * The bars of a flame graph below a node: places, left edges and widths in percent, and depths. What runs side by side
 * is drawn to the scale of its parent; bars too thin to see are left out.
 * @param {PathNode[]} nodes
 * @param {number} from
 */
export function flameBars(nodes, from) {
  const bars = [];
  /** @type {[number, number, number, number][]} */
  const stack = [[from, 0, 100, 0]];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [place, left, width, depth] = top;
    bars.push({ place, left, width, depth });
    const node = nodes[place];
    const sum = node.children.reduce((total, child) => total + nodes[child].total, 0);
    const scale = width / Math.max(node.total, sum, 1);
    let edge = left;
    for (const child of [...node.children].sort((a, b) => nodes[b].total - nodes[a].total)) {
      const part = nodes[child].total * scale;
      if (part > THINNEST) stack.push([child, edge, part, depth + 1]);
      edge += part;
    }
  }
  return bars;
}

const THINNEST = 0.15; // percent of the width
