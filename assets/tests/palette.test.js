import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { distinct, listed, matches, named } from "../src/palette/entries.js";

/** @param {string} title */
const entry = (title, kind = "Page") => ({ title, kind, href: `/${kind}/${title}` });
const ALL = [
  entry("System Overview"),
  entry("Provider Monitoring"),
  entry("Response time", "Panel"),
  entry("/v1/chat/completions", "Endpoint"),
  entry("openai", "Provider"),
  entry("ProviderDown", "Alert"),
];
/** @param {{title: string}[]} entries */
const titles = (entries) => entries.map(({ title }) => title);

describe("matches", () => {
  it("lists the first entries without a text", () => assert.deepEqual(matches(ALL, " "), ALL));

  it("needs every word, in whatever case and order", () => {
    assert.deepEqual(titles(matches(ALL, "TIME resp")), ["Response time"]);
    assert.deepEqual(matches(ALL, "time nothing"), []);
  });

  it("puts names that begin with the text before names that hold it, and these before kinds", () => {
    assert.deepEqual(titles(matches(ALL, "provider")), ["Provider Monitoring", "ProviderDown", "openai"]);
  });

  it("knows the words of an endpoint", () => {
    assert.deepEqual(titles(matches(ALL, "compl")), ["/v1/chat/completions"]);
  });

  it("lists a dozen at most", () => {
    const many = Array.from({ length: 40 }, (_, number) => entry(`panel ${number}`));
    assert.equal(matches(many, "panel").length, 12);
  });
});

describe("named", () => {
  it("leads to a trace by its id", () => {
    const id = "4BF92F3577B34DA6A3CE929D0E0E4736";
    assert.deepEqual(named(` ${id} `), [{ title: id, kind: "Trace", href: `/trace?id=${id.toLowerCase()}` }]);
  });

  it("searches log lines and traces for any other text, as one value of the address", () => {
    const hrefs = named('a&b="c"').map(({ href }) => href);
    assert.deepEqual(hrefs, ["/logs?q=a%26b%3D%22c%22", "/traces?q=a%26b%3D%22c%22"]);
  });

  it("has nothing for an empty text", () => assert.deepEqual(named("  "), []));
});

describe("listed", () => {
  it("ends with searches", () => assert.equal(listed(ALL, "openai").at(-1)?.kind, "Search"));
  it("is the trace alone where the text is its id", () => assert.equal(listed(ALL, "a".repeat(32)).length, 1));
});

describe("distinct", () => {
  it("leaves out what leads to the same address", () => {
    assert.deepEqual(titles(distinct([ALL[0], ALL[1], { ...ALL[0], title: "again" }])), titles(ALL.slice(0, 2)));
  });
});
