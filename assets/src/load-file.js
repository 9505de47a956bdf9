/* Scripts and styles that are loaded when somebody wants them, and not before. */

import { create, metaContent } from "./dom.js";

/**
 * Run a script. Throws when it does not load.
 * @param {string} src
 * @returns {Promise<void>}
 */
export const loadScript = (src) => loaded(create("script", { src }));

/**
 * Load a static file. Throws when it does not load.
 * @param {string} address of a script or a style
 */
export const loadFile = (address) =>
  address.endsWith(".css") ? loaded(create("link", { rel: "stylesheet", href: address })) : loadScript(address);

/**
 * Load a part of the app: the script and the style that the document names for it. Throws when one does not load.
 * @param {string} part its name in the document's head
 */
export const loadPart = (part) => Promise.all([loadScript(metaContent(part)), loadFile(metaContent(`${part}-style`))]);

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
