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

/**
 * The boards that the document lists, by id; empty where it lists none.
 * @returns {Record<string, import("./mounted-board.js").MountedBoard>}
 */
export const embeddedBoards = () => JSON.parse(document.getElementById("boards")?.textContent || "{}");

/**
 * A new element with properties and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function create(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Keep the click that ends a drag from what lies below it. */
export function swallowClick() {
  const stop = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 50);
}

/**
 * The error that the server has written into an exploring page; null for none.
 * @returns {ErrorAnswer | null}
 */
export function embeddedError() {
  const text = document.getElementById("explore-error")?.dataset.error;
  return text ? JSON.parse(text) : null;
}

/** Text as HTML. @param {string} text */
export const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/**
 * The first element that matches. Throws when there is none.
 * @param {string} selector
 * @param {ParentNode} root
 */
export function requireElement(selector, root) {
  const element = select(selector, root);
  if (!element) throw new Error(`no element matches ${selector}`);
  return element;
}

/**
 * Replace the content of an element. The focus stays where it was, on the element with the same `data-keep-focus`, or
 * beside it where that is disabled now.
 * @param {HTMLElement} element
 * @param {string} html
 */
export function fill(element, html) {
  const focused = document.activeElement;
  const name = focused instanceof HTMLElement && element.contains(focused) ? focused.dataset.keepFocus : "";
  element.innerHTML = html;
  if (!name) return;
  const next = selectAll("[data-keep-focus]", element).find((candidate) => candidate.dataset.keepFocus === name);
  const isDisabled = next instanceof HTMLButtonElement && next.disabled;
  (isDisabled ? select("button:enabled", /** @type {HTMLElement} */ (next.parentElement)) : next)?.focus({
    preventScroll: true,
  });
}
