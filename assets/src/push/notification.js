/* A push message as a notification. */

/**
 * What the server sends (app/alerting/push/sender.py). Times are epoch ms.
 * @typedef {{key: string, group: string, title: string, headline: string, value: string, threshold: string,
 *   since: number, isResolved: boolean, alerts: string[], link: string, user: string, icon: string}} PushMessage
 */

/** Options that TypeScript does not know. @typedef {NotificationOptions & {actions?: {action: string, title: string}[],
 *   renotify?: boolean, timestamp?: number, data?: PushMessage}} Options */

const OPEN = { action: "open", title: "Open" };
const ACKNOWLEDGE = { action: "acknowledge", title: "Acknowledge" };

/** Notifications about the same problem replace each other. @param {PushMessage} message */
export const tagOf = ({ group }) => `alert-${group}`;

/**
 * The title and the options of a notification.
 * @param {PushMessage} message
 * @param {boolean} isRepeated whether it is on the screen already
 * @returns {[string, Options]}
 */
export function notificationOf(message, isRepeated) {
  const { title, isResolved, alerts, since } = message;
  const isQuiet = isResolved || isRepeated;
  const actions = isResolved || !alerts.length ? [OPEN] : [ACKNOWLEDGE, OPEN];
  const own = { body: bodyOf(message), requireInteraction: !isResolved, renotify: !isQuiet, silent: isQuiet, actions };
  return [title, { ...common(message), ...own, timestamp: since }];
}

/**
 * The notification after an acknowledgement from it.
 * @param {PushMessage} message
 * @param {string} problem why it failed, empty if it did not
 * @returns {[string, Options]}
 */
export function acknowledgedNotification(message, problem) {
  const title = `${problem ? "Not acknowledged" : "Acknowledged"}: ${message.headline || message.title}`;
  const body = problem || `The escalation has stopped. ${message.title}`;
  const actions = problem ? [ACKNOWLEDGE, OPEN] : [OPEN];
  return [title, { ...common(message), body, silent: !problem, requireInteraction: !!problem, actions }];
}

/** @param {PushMessage} message @returns {Options} */
const common = (message) => ({ tag: tagOf(message), data: message, icon: message.icon, badge: message.icon });

/** Value, limit and beginning, in the language and the zone of the device. @param {PushMessage} message */
function bodyOf({ headline, value, threshold, since, isResolved }) {
  const limit = threshold && `, limit ${threshold}`;
  const time = new Date(since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const facts = [value && !isResolved && `Value ${value}${limit}`, since && `Since ${time}`]
    .filter(Boolean)
    .join(" · ");
  return [headline, facts].filter(Boolean).join("\n");
}
