/* Notifications: their texts, and what a browser can do. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName, obstacle } from "../src/push/browser.js";
import { acknowledgedNotification, notificationOf } from "../src/push/notification.js";

const MESSAGE = {
  key: "k",
  group: "g",
  title: "Critical: ErrorBurst",
  headline: "11 % of requests fail",
  value: "11 %",
  threshold: "5 %",
  since: new Date(2026, 10, 27, 14, 2).getTime(),
  isResolved: false,
  alerts: ["a"],
  link: "/alerts?rule=ErrorBurst",
  user: "Ada",
  icon: "/icon.png",
};

test("a firing alert has value, limit, beginning and both actions, and stays on the screen", () => {
  const [title, options] = notificationOf(MESSAGE, false);
  assert.equal(title, "Critical: ErrorBurst");
  assert.match(options.body || "", /^11 % of requests fail\nValue 11 %, limit 5 % · Since (14:02|02:02 PM)$/);
  assert.deepEqual(
    options.actions?.map(({ action }) => action),
    ["acknowledge", "open"],
  );
  assert.equal(options.requireInteraction, true);
  assert.equal(options.renotify, true);
});

test("the end of an alert replaces its notification without a sound", () => {
  const [, options] = notificationOf({ ...MESSAGE, isResolved: true }, false);
  assert.equal(options.tag, notificationOf(MESSAGE, false)[1].tag);
  assert.equal(options.silent, true);
  assert.equal(options.requireInteraction, false);
  assert.deepEqual(
    options.actions?.map(({ action }) => action),
    ["open"],
  );
});

test("what arrives twice makes no second sound", () => {
  const [, options] = notificationOf(MESSAGE, true);
  assert.equal(options.silent, true);
  assert.equal(options.renotify, false);
});

test("the notification confirms an acknowledgement, or says why it failed and offers to try again", () => {
  assert.equal(acknowledgedNotification(MESSAGE, "")[0], "Acknowledged: 11 % of requests fail");
  const [title, options] = acknowledgedNotification(MESSAGE, "Sign in.");
  assert.match(title, /^Not acknowledged/);
  assert.equal(options.body, "Sign in.");
  assert.equal(options.actions?.[0].action, "acknowledge");
});

test("an alert without a value has no empty facts", () => {
  const [, options] = notificationOf({ ...MESSAGE, headline: "", value: "", threshold: "" }, false);
  assert.match(options.body || "", /^Since/);
});

test("what keeps a browser from notifications is said with what to do", () => {
  const able = { isSecure: true, hasPush: true, permission: "default", isApple: false, isInstalled: false };
  assert.equal(obstacle(able), "");
  assert.match(obstacle({ ...able, isSecure: false }), /https/);
  assert.match(obstacle({ ...able, hasPush: false, isApple: true }), /home screen/);
  assert.match(obstacle({ ...able, hasPush: false }), /no notifications/);
  assert.match(obstacle({ ...able, permission: "denied" }), /settings/);
});

test("devices have names that people know", () => {
  const agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";
  assert.equal(deviceName(agent), "Chrome on Android");
  assert.equal(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"), "Firefox on Linux");
  assert.equal(deviceName(""), "Browser");
});
