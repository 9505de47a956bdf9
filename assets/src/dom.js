/* Elements by selector, typed as what this app works with: HTML elements. */

/**
 * The first element that matches.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export const select = (selector, root = document) => root.querySelector(selector);

/**
 * All elements that match, in document order.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const selectAll = (selector, root = document) => [...root.querySelectorAll(selector)].map(asHtml);

/**
 * The element that an event happened in, or its nearest ancestor, that matches.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const closestTarget = (event, selector) =>
  event.target instanceof Element ? event.target.closest(selector) : null;

/**
 * Whether the element that an event happened in matches.
 * @param {Event} event
 * @param {string} selector
 */
export const targetMatches = (event, selector) => event.target instanceof Element && event.target.matches(selector);

/**
 * The value of a form field by its id, without spaces around it; empty when the field is absent.
 * @param {string} id
 */
export function fieldValue(id) {
  const field = document.getElementById(id);
  return field instanceof HTMLInputElement ? field.value.trim() : "";
}

/**
 * The content of a meta element; empty when it is absent.
 * @param {string} name
 */
export function metaContent(name) {
  const element = document.querySelector(`meta[name="${name}"]`);
  return element instanceof HTMLMetaElement ? element.content : "";
}

/** @param {Element} element */
const asHtml = (element) => /** @type {HTMLElement} */ (element);
