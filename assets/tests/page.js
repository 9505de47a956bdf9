/* A page for modules under test: an address and a history, without a document. */

/**
 * Puts an address in place of the browser's, and records what is pushed.
 * @param {string} address
 */
export function openPage(address) {
  const page = {
    pushed: /** @type {string[]} */ ([]),
    events: /** @type {string[]} */ ([]),
    details: /** @type {unknown[]} */ ([]),
  };
  const go = (/** @type {string} */ next) => {
    const url = new URL(next, "http://127.0.0.1:8050");
    Object.assign(globalThis, {
      location: {
        href: url.href,
        origin: url.origin,
        pathname: url.pathname,
        search: url.search,
        assign: (/** @type {string} */ to) => page.pushed.push(`document ${to}`),
      },
    });
  };
  Object.assign(globalThis, {
    history: {
      pushState: (/** @type {unknown} */ _state, /** @type {string} */ _title, /** @type {string} */ next) => {
        page.pushed.push(next);
        go(next);
      },
      replaceState: (/** @type {unknown} */ _state, /** @type {string} */ _title, /** @type {string} */ next) => {
        page.pushed.push(`replaced ${next}`);
        go(next);
      },
    },
    document: {
      dispatchEvent: (/** @type {CustomEvent} */ event) => {
        page.events.push(event.type);
        page.details.push(event.detail);
      },
      getElementById: () => ({ textContent: '{"overview": {}, "providers": {}}' }),
      querySelector: () => null,
      querySelectorAll: () => [],
    },
  });
  globalThis.CustomEvent ??= /** @type {typeof CustomEvent} */ (/** @type {unknown} */ (class extends Event {}));
  go(address);
  return page;
}
