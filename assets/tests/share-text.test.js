/* What the share dialog offers for copying. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parentOrigin } from "../src/frame-height.js";
import { frameSnippet, mailAddress, pictureHtml, pictureMarkdown, stateText } from "../src/share-text.js";

const HOSTILE = 'Rate "5xx" <script>';

test("a frame has its address and title as attributes, whatever they contain", () => {
  const snippet = frameSnippet("https://d.example/embed/overview?a=1&b=2", HOSTILE, "panel");
  assert.ok(
    snippet.startsWith('<iframe src="https://d.example/embed/overview?a=1&amp;b=2" title="Rate &quot;5xx&quot; &lt;'),
  );
  assert.ok(!snippet.includes("<script>"));
  assert.ok(snippet.includes('height="320"'));
});

test("a picture leads to the board", () => {
  const html = pictureHtml("https://d.example/r.png?x=1&y=2", HOSTILE, "https://d.example/overview");
  assert.ok(
    html.startsWith('<a href="https://d.example/overview"><img src="https://d.example/r.png?x=1&amp;y=2" alt="Rate'),
  );
  assert.ok(!html.includes("<script>"));
});

test("brackets in Markdown end neither the text nor the address", () => {
  assert.equal(
    pictureMarkdown("https://d.example/r.png", "p99 [ms]", "https://d.example/o?e=f(x)"),
    "[![p99 \\[ms\\]](https://d.example/r.png)](https://d.example/o?e=f(x))".replace("f(x))", "f%28x%29)"),
  );
});

test("a mail has the title as its subject and the address as its text", () => {
  assert.equal(
    mailAddress("A & B", "https://d.example/?a=1&b=2"),
    "mailto:?subject=A%20%26%20B&body=https%3A%2F%2Fd.example%2F%3Fa%3D1%26b%3D2",
  );
});

test("the state of a link says the worst first", () => {
  assert.equal(stateText({ expires: 100, revoked: 50 }, 0), "revoked");
  assert.equal(stateText({ expires: 100, revoked: 0 }, 200), "expired");
  assert.equal(stateText({ expires: 0, revoked: 0 }, 200), "does not expire");
  assert.equal(stateText({ expires: 86400, revoked: 0 }, 0), "expires within a day");
  assert.equal(stateText({ expires: 172800, revoked: 0 }, 0), "expires in 2 days");
});

test("the height is sent to the site round the frame and to no other", () => {
  assert.equal(parentOrigin(["https://wiki.example", "https://top.example"], ""), "https://wiki.example");
  assert.equal(parentOrigin(undefined, "https://wiki.example/page?x"), "https://wiki.example");
  assert.equal(parentOrigin([], "https://wiki.example/page"), "https://wiki.example");
  assert.equal(parentOrigin(undefined, ""), "");
});
