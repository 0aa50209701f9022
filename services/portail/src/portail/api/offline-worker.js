// Without a connection, a page is the offline page, whose script displays the last board seen.
// The browser asks for everything else as if there were no service worker. `VERSION` and `FILES`
// (all that the offline page needs, with digests) are written before these lines.

const SITE = `site-${VERSION}`;
const LANGUAGES = ["fr", "en"];
const offlinePage = (language) => `/hors-ligne?${language}`;
// Pages of people and of programs, which have nothing to do with boards.
const PRIVATE = /^\/(auth|fhir|pro|lab|mon-dossier|participer|pilotes|mobilite|docs)(\/|$)/;

// A page of another release would need other files: the next attempt is the next page's.
async function storeSite() {
  const site = await caches.open(SITE);
  await site.addAll(FILES);
  for (const language of LANGUAGES) {
    const request = new Request("/hors-ligne", { cache: "no-cache", credentials: "omit" });
    const answer = await fetch(request, { headers: { "accept-language": language } });
    const page = await answer.clone().text();
    if (!answer.ok || !FILES.every((each) => page.includes(each))) throw new Error(page);
    await site.put(offlinePage(language), answer);
  }
}

async function deleteFormer() {
  const names = await caches.keys();
  const former = names.filter((each) => each.startsWith("site-") && each !== SITE);
  await Promise.all(former.map((each) => caches.delete(each)));
}

async function pageOffline() {
  const state = await caches.match("/etat", { cacheName: "hors-ligne-etat" });
  const { language } = state ? await state.json() : {};
  return caches.match(offlinePage(language ?? LANGUAGES[0]), { cacheName: SITE });
}

addEventListener("install", (event) => event.waitUntil(storeSite()));
addEventListener("activate", (event) => event.waitUntil(deleteFormer()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, search } = new URL(request.url);
  if (request.mode !== "navigate") {
    if (!FILES.includes(pathname + search)) return;
    const stored = caches.match(request, { cacheName: SITE });
    event.respondWith(stored.then((answer) => answer ?? fetch(request)));
  } else if (request.method === "POST" && pathname === "/auth/logout") {
    // The state stays: a page that is open stores its board again, which the next page deletes.
    event.waitUntil(caches.delete("hors-ligne"));
  } else if (request.method === "GET" && !PRIVATE.test(pathname)) {
    const page = fetch(request).catch(async (error) => (await pageOffline()) ?? Promise.reject(error));
    event.respondWith(page);
  }
});
