/* Text from data as it is put on the page: what would draw nothing, or turn the text round it, is drawn by its number.
   The same rule as panels/visible.py, which does it for everything the server writes. */

const CONTROL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f";
const FORMAT = "\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufdd0-\\ufdef\\ufeff\\uffa0";
const SPECIAL =
  "\\ufff0-\\ufffb\\ufffe\\uffff\\ud800-\\udfff\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";
// Joiners belong to some scripts and to emoji, selectors of variants to symbols and ideographs.
const JOINED = "\\u0600-\\u109f\\u1780-\\u18af\\u2190-\\u2bff\\ufe0f\\u{1f000}-\\u{1faff}";
const SYMBOLS =
  "\\u00a9\\u00ae\\u203c\\u2049\\u2100-\\u2bff\\u3030-\\u303d\\u3297\\u3299\\u3400-\\u9fff\\u{1f000}-\\u{1faff}";
const INVISIBLE = new RegExp(
  `[${CONTROL}${FORMAT}${SPECIAL}]` +
    `|(?<![${JOINED}])[\\u200c\\u200d]` +
    `|(?<![${SYMBOLS}])(?<![0-9#*](?=\\ufe0f\\u20e3))[\\ufe00-\\ufe0f]`,
  "gu",
);

/** @param {string} character */
function picture(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x7f) return "␡";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** @param {unknown} text */
export const visible = (text) => String(text).replace(INVISIBLE, picture);
/**
 * The same for a text of one line, in which a tab or a line end would look like a space.
 * @param {unknown} text
 */
export const visibleName = (text) => visible(text).replace(/[\t\n]/g, picture);
