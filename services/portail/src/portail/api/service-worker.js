// Notifications: displays those of followed journeys, lines and stops and those of trials, and opens
// the page they are about.

const PAGES = { journey: "/itineraires/", route: "/lignes/", stop: "/arrets/" };

// `page`: an address of this site, of whatever service sends the message.
function address(content) {
  if ("page" in content) return new URL(content.page, location.origin).pathname;
  const subject = Object.keys(PAGES).find((each) => each in content);
  return PAGES[subject] + encodeURIComponent(content[subject]);
}

// A journey has one notification, which is replaced; each message about a line or a stop has its
// own tag. The same one again makes no sound: a message can be sent twice.
async function display(content) {
  const { title, body, lang } = content;
  const page = address(content);
  const tag = content.tag ?? content.journey ?? page;
  const before = await registration.getNotifications({ tag });
  const renotify = !before.some((each) => each.body === body);
  await registration.showNotification(title, { body, lang, tag, renotify, data: { page } });
}

async function open(path) {
  const wanted = new URL(path, location.origin).href;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => each.url === wanted);
  return page ? page.focus() : clients.openWindow(wanted);
}

addEventListener("install", () => skipWaiting());
addEventListener("push", (event) => event.data && event.waitUntil(display(event.data.json())));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.page));
});
