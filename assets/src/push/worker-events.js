/* The part of the service worker that shows notifications and acts on them. */

import { writeAcknowledgement } from "../api-write.js";
import { acknowledgedNotification, notificationOf, tagOf } from "./notification.js";

/** @typedef {import("../offline/worker-types.js").Worker} Worker */
/** @typedef {import("./notification.js").PushMessage} PushMessage */

/** Listen to pushes and to clicks on notifications. @param {Worker} worker */
export function startPush(worker) {
  worker.addEventListener("push", (event) => {
    if (event.data) event.waitUntil(show(worker, event.data.json()));
  });
  worker.addEventListener("notificationclick", (event) => {
    const { notification, action } = event;
    notification.close();
    const step = action === "acknowledge" ? acknowledge : open;
    event.waitUntil(step(worker, notification.data));
  });
}

/**
 * @param {Worker} worker
 * @param {PushMessage} message
 */
async function show({ registration }, message) {
  // What was sent twice, after a failure between, is shown once more without a sound.
  const shown = await registration.getNotifications({ tag: tagOf(message) });
  const isRepeated = shown.some(({ data }) => data?.key === message.key);
  await registration.showNotification(...notificationOf(message, isRepeated));
}

/**
 * Acknowledge every alert of a message in the name of the user who has subscribed.
 * @param {Worker} worker
 * @param {PushMessage} message
 */
async function acknowledge({ registration }, message) {
  const writes = message.alerts.map((id) => writeAcknowledgement("POST", id, () => message.user));
  const problems = (await Promise.allSettled(writes)).flatMap((result) =>
    result.status === "rejected" ? [String(result.reason.message || result.reason)] : [],
  );
  await registration.showNotification(...acknowledgedNotification(message, problems[0] || ""));
}

/**
 * Show the page of the alert, in a window that shows alerts already if there is one.
 * @param {Worker} worker
 * @param {PushMessage} message
 */
async function open({ clients }, { link }) {
  const windows = await clients.matchAll({ type: "window" });
  const known = windows.find(({ url }) => new URL(url).pathname === "/alerts");
  await (known ? known.focus() : clients.openWindow(link));
}
