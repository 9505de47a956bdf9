/* Columns of a trace as numbers. Pure functions. */

/** Numbers of a column; NaN for none. @param {ArrayLike<unknown>} column */
export const numbers = (column) =>
  Float64Array.from(/** @type {ArrayLike<number | null>} */ (column), (value) => value ?? Number.NaN);

/**
 * Instants of a trace in epoch ms.
 * @param {PlotTrace} trace
 * @param {number} count of samples
 */
export function instants({ x, x0, dx = 1, startMs }, count) {
  const start = Number(startMs ?? x0);
  return x ? numbers(x) : Float64Array.from({ length: count }, (_, index) => start + index * dx);
}
