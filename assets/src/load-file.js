/* Scripts and styles that are loaded when somebody wants them, and not before. */

import { create } from "./dom.js";

/**
 * Run a script. Throws when it does not load.
 * @param {string} src
 * @returns {Promise<void>}
 */
export const loadScript = (src) => loaded(create("script", { src }));

/**
 * Add a style sheet. Throws when it does not load.
 * @param {string} href
 * @returns {Promise<void>}
 */
export const loadStyle = (href) => loaded(create("link", { rel: "stylesheet", href }));

/**
 * @param {HTMLScriptElement | HTMLLinkElement} element
 * @returns {Promise<void>}
 */
function loaded(element) {
  return new Promise((resolve, reject) => {
    element.onload = () => resolve();
    element.onerror = () => {
      element.remove();
      reject(new Error("A part of this page did not load. Try again."));
    };
    document.head.appendChild(element);
  });
}
