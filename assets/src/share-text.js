/* What the share dialog offers for copying, as text. */

/** Text inside the quotes of an attribute, as people write it. @param {string} text */
const attribute = (text) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const FRAME_HEIGHTS = { board: 900, panel: 320 }; // pixels, until the frame tells its own

/**
 * A frame for the HTML of a wiki.
 * @param {string} address
 * @param {string} title read to those who cannot see the frame
 * @param {"board" | "panel"} kind
 */
export const frameSnippet = (address, title, kind) =>
  `<iframe src="${attribute(address)}" title="${attribute(title)}" width="100%" height="${FRAME_HEIGHTS[kind]}" ` +
  'style="border:0" loading="lazy"></iframe>';

/**
 * A picture that leads to the board, for wikis that forbid frames.
 * @param {string} picture
 * @param {string} title
 * @param {string} page
 */
export const pictureHtml = (picture, title, page) =>
  `<a href="${attribute(page)}"><img src="${attribute(picture)}" alt="${attribute(title)}" width="800"></a>`;

/**
 * The same in Markdown.
 * @param {string} picture
 * @param {string} title
 * @param {string} page
 */
export const pictureMarkdown = (picture, title, page) =>
  `[![${escapeMarkdown(title)}](${picture})](${page.replace(/[()]/g, (mark) => (mark === "(" ? "%28" : "%29"))})`;

/** @param {string} text */
const escapeMarkdown = (text) => text.replace(/[\\[\]]/g, "\\$&");

/**
 * The address that opens a mail with the link.
 * @param {string} title
 * @param {string} page
 */
export const mailAddress = (title, page) =>
  `mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(page)}`;

/**
 * Until when a link works, in words.
 * @param {{expires: number, revoked: number}} link epoch seconds; 0 for never
 * @param {number} now epoch seconds
 */
export function stateText({ expires, revoked }, now) {
  if (revoked) return "revoked";
  if (!expires) return "does not expire";
  const days = Math.ceil((expires - now) / 86400);
  if (days <= 0) return "expired";
  return days === 1 ? "expires within a day" : `expires in ${days} days`;
}
