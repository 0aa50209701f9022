// Notifications: displays those of followed journeys, and opens the page of their journey.

const address = (journey) => `/itineraires/${encodeURIComponent(journey)}`;

// A journey has one notification, which is replaced. The same one again makes no sound: a message
// can be sent twice.
async function display({ journey, title, body, lang }) {
  const before = await registration.getNotifications({ tag: journey });
  const renotify = !before.some((each) => each.body === body);
  await registration.showNotification(title, { body, lang, tag: journey, renotify });
}

async function open(journey) {
  const wanted = new URL(address(journey), location.origin).href;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => each.url === wanted);
  return page ? page.focus() : clients.openWindow(wanted);
}

addEventListener("install", () => skipWaiting());
addEventListener("push", (event) => event.data && event.waitUntil(display(event.data.json())));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.tag));
});
