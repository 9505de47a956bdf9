/* Changes that users make on pages about alerts, in the name that the viewer has typed once. */

import { create } from "./dom.js";
import * as explorer from "./explorer.js";

const NAME = "codeagent-user"; // of the viewer, kept in this browser

/** The viewer's name; empty if it was never typed. */
export const knownName = () => localStorage.getItem(NAME) || "";

/** @param {string} name */
export function keepName(name) {
  if (name) localStorage.setItem(NAME, name);
}

/** The viewer's name; asks for it once, unless the proxy in front of the server names the viewers. */
export function userName() {
  if ("named" in document.documentElement.dataset) return "";
  const name = knownName() || (window.prompt("Your name, so that others see who made this change") || "").trim();
  keepName(name);
  return name;
}

/**
 * Make a change and show the new state, or the reason why it failed.
 * @param {HTMLElement | null} place of the reason
 * @param {() => Promise<unknown>} change
 */
export async function attempt(place, change) {
  try {
    await change();
    await explorer.load({ again: true, isChanged: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    place?.replaceChildren(create("span", {}, text));
  }
}
