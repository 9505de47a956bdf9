/* What this browser can do about notifications, and its subscription. */

const READY_MS = 5000;

/**
 * Why this browser cannot show notifications, in words; empty if it can.
 * @param {{isSecure: boolean, hasPush: boolean, permission: string, isApple: boolean, isInstalled: boolean}} browser
 */
export function obstacle({ isSecure, hasPush, permission, isApple, isInstalled }) {
  if (!isSecure) return "Notifications need a page that is opened with https.";
  if (!hasPush && isApple && !isInstalled)
    return "On this device, add the page to the home screen first (“Share”), and open it from there.";
  if (!hasPush) return "This browser has no notifications, or a private window has none.";
  if (permission === "denied") return "Notifications of this page are blocked. Allow them in the browser's settings.";
  return "";
}

/** The state of the browser that the page runs in. */
export function thisBrowser() {
  return {
    isSecure: isSecureContext,
    hasPush: "PushManager" in window && "Notification" in window && "serviceWorker" in navigator,
    permission: "Notification" in window ? Notification.permission : "default",
    isApple:
      /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1),
    isInstalled: matchMedia("(display-mode: standalone)").matches,
  };
}

/**
 * The name of a device in lists.
 * @param {string} agent the browser's description of itself
 */
export function deviceName(agent) {
  const first = (/** @type {[RegExp, string][]} */ names) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg/, "Edge"],
    [/Firefox|FxiOS/, "Firefox"],
    [/Chrome|Chromium|CriOS/, "Chrome"],
    [/Safari/, "Safari"],
  ]);
  const system = first([
    [/Android/, "Android"],
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Windows/, "Windows"],
    [/Mac/, "Mac"],
    [/Linux|X11/, "Linux"],
  ]);
  return `${browser || "Browser"}${system ? ` on ${system}` : ""}`;
}

/** The registration of the service worker. Throws when there is none. @returns {Promise<ServiceWorkerRegistration>} */
export function workerOf() {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("This browser runs no service worker for this page.")), READY_MS);
  });
  return /** @type {Promise<ServiceWorkerRegistration>} */ (Promise.race([navigator.serviceWorker.ready, late]));
}

/**
 * Whether a subscription was made with the key that the server has now.
 * @param {PushSubscription} subscription
 * @param {string} publicKey in base64 for URLs
 */
export function hasKey(subscription, publicKey) {
  const own = subscription.options?.applicationServerKey;
  return !own || base64Url(new Uint8Array(own)) === publicKey;
}

/** @param {Uint8Array} bytes */
const base64Url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** The id that the server gives to an endpoint. @param {string} endpoint */
export async function idOf(endpoint) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
