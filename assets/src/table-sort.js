/* Tables sort by a column when its header is clicked; the order is kept across refreshes. */

/** @typedef {{column: number, isDescending: boolean}} Order */

/** Chosen orders by the panel's id. @type {Map<string, Order>} */
const orders = new Map();

/**
 * Compare the keys of two rows: numbers by size, texts by the alphabet, empty keys last in any order.
 * @param {string} left
 * @param {string} right
 * @param {boolean} isDescending
 */
export function compare(left, right, isDescending) {
  if (left === "" || right === "") return left === right ? 0 : left === "" ? 1 : -1;
  const [x, y] = [Number(left), Number(right)];
  const isNumeric = !Number.isNaN(x) && !Number.isNaN(y);
  return (isNumeric ? x - y : left.localeCompare(right)) * (isDescending ? -1 : 1);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {number} column
 */
function keyOf(row, column) {
  const cell = row.cells[column];
  return cell ? (cell.dataset.sort ?? cell.textContent ?? "") : "";
}

/**
 * @param {HTMLElement} body
 * @param {Order} order
 */
function sort(body, { column, isDescending }) {
  const table = body.querySelector("table");
  if (!table?.tBodies[0]) return;
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compare(keyOf(a, column), keyOf(b, column), isDescending));
  table.tBodies[0].append(...rows);
  const direction = isDescending ? "descending" : "ascending";
  for (const [index, cell] of [...(table.tHead?.rows[0].cells || [])].entries())
    cell.setAttribute("aria-sort", index === column ? direction : "none");
}

/**
 * Sort by a header, the largest first; again turns the order round.
 * @param {string} id of the panel
 * @param {HTMLElement} body
 * @param {HTMLTableCellElement} header
 */
export function sortBy(id, body, header) {
  const order = { column: header.cellIndex, isDescending: header.getAttribute("aria-sort") !== "descending" };
  orders.set(id, order);
  sort(body, order);
}

/**
 * Give a new table the order of the last one.
 * @param {string} id of the panel
 * @param {HTMLElement} body
 */
export function restore(id, body) {
  const order = orders.get(id);
  if (order) sort(body, order);
}
