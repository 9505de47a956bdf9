/* The board that is on the page: a module of its own, since addresses depend on it and it depends on addresses. */

/**
 * What the page says of its board.
 * @typedef {object} MountedBoard
 * @property {string} id
 * @property {string} [title]
 * @property {string} range the board's own range, such as now-1h
 * @property {string} refresh its own refresh interval, such as 10s
 * @property {string[]} panels ids, in the order of the page
 * @property {number} first how many of them a phone shows before it is scrolled
 * @property {string[]} [filters] names of the parameters that filter it
 * @property {string[]} [repeats] filters whose values are panels: another choice is another page
 * @property {boolean} [whole] whether these are all panels of the board
 * @property {string} [address] of its data, where it is not that of boards
 * @property {Record<string, string[]>} [fixed] values of filters that the address does not change
 */

/** @type {{board: MountedBoard | null}} */
const page = { board: null };

/** The board on the page; null on pages without one. */
export const mountedBoard = () => page.board;

/** @param {MountedBoard | null} board */
export function setMountedBoard(board) {
  page.board = board;
}
