/* The search over pages and the list of keys, which are loaded with the first key or tap that asks for them. */

import { toast } from "./clipboard.js";
import { select } from "./dom.js";
import { loadPart } from "./load-file.js";

/**
 * Open the search or the list of keys. Walls and frames, which have no links to other pages, have neither.
 * @param {"search" | "keys"} what
 */
export async function openPalette(what) {
  if (!select(".rail")) return;
  try {
    if (!window.codeagentPalette) await loadPart("palette");
    window.codeagentPalette?.[what]();
  } catch (error) {
    toast(error instanceof Error ? error.message : "The search did not load. Try again.");
  }
}
