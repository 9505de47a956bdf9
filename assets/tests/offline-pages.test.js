/* Which pages are stored for times without a network, and which copy answers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, copyOf, isPage, MOST_PAGES, mayBeStored, store } from "../src/offline/pages.js";

const SITE = "https://dashboards.example";

/** A cache in memory, in the order of insertion as browsers keep it. */
class FakeCache {
  constructor() {
    /** @type {Map<string, Response>} */
    this.entries = new Map();
  }
  /** @param {string} url @param {Response} response */
  async put(url, response) {
    this.entries.set(url, response);
  }
  /** @param {string | {url: string}} request */
  async match(request) {
    return this.entries.get(typeof request === "string" ? request : request.url);
  }
  /** @param {string | {url: string}} request */
  async delete(request) {
    return this.entries.delete(typeof request === "string" ? request : request.url);
  }
  async keys() {
    return [...this.entries.keys()].map((url) => ({ url }));
  }
}

const fakeCache = () => /** @type {Cache & FakeCache} */ (/** @type {unknown} */ (new FakeCache()));

/** @param {string} text @param {Record<string, string>} [headers] */
const page = (text, headers = {}) => new Response(text, { headers: { "Content-Type": "text/html", ...headers } });

/** @param {string} path @param {{method?: string, mode?: string}} [more] */
const request = (path, more = {}) => ({ method: "GET", mode: "navigate", url: SITE + path, ...more });

test("only navigations to pages for people are answered", () => {
  for (const path of ["/", "/overview?from=now-6h", "/logs", "/alerts", "/runbooks/HighErrorRate"])
    assert.ok(isPage(request(path)), path);
  for (const path of ["/api/boards/overview/refresh", "/kiosk", "/embed/overview", "/render/overview.pdf", "/metrics"])
    assert.ok(!isPage(request(path)), path);
  assert.ok(!isPage(request("/overview", { method: "POST" })));
  assert.ok(!isPage(request("/overview", { mode: "cors" })));
});

test("only whole pages are stored", () => {
  assert.ok(mayBeStored(page("board")));
  assert.ok(!mayBeStored(page("secret", { "Cache-Control": "no-store" })));
  assert.ok(!mayBeStored(page("numbers", { "Content-Type": "application/json" })));
  assert.ok(!mayBeStored(new Response("away", { status: 503, headers: { "Content-Type": "text/html" } })));
});

test("a page without a copy of these parameters is the newest one of its path", async () => {
  const cache = fakeCache();
  await store(cache, `${SITE}/overview?from=now-6h#panel-latency`, page("six hours"));
  await store(cache, `${SITE}/overview?from=now-1h`, page("one hour"));
  await store(cache, `${SITE}/logs`, page("logs"));

  const text = async (/** @type {string} */ path) => (await copyOf(cache, SITE + path))?.text();
  assert.equal(await text("/overview?from=now-6h"), "six hours");
  assert.equal(await text("/overview?from=now-7d"), "one hour");
  assert.equal(await text("/traces"), undefined);
});

test("the oldest copies make room, and a page that is seen again is new", async () => {
  const cache = fakeCache();
  await store(cache, `${SITE}/overview`, page("first"));
  for (let number = 1; number < MOST_PAGES; number++) await store(cache, `${SITE}/logs?q=${number}`, page("logs"));
  await store(cache, `${SITE}/overview`, page("again"));
  await store(cache, `${SITE}/alerts`, page("alerts"));

  assert.equal(cache.entries.size, MOST_PAGES);
  assert.equal(await (await copyOf(cache, `${SITE}/overview`))?.text(), "again");
  assert.equal(await cache.match(`${SITE}/logs?q=1`), undefined);
});

test("the age of a copy is by the server's date, and unknown without it", () => {
  const now = Date.parse("2026-11-27T10:01:00Z");

  assert.equal(ageOf(page("", { Date: "Fri, 27 Nov 2026 10:00:00 GMT" }), now), 60_000);
  assert.equal(ageOf(page(""), now), Number.POSITIVE_INFINITY);
});
