// The last boards seen, stored on this device (ten, for a day) and readable without a connection.
// Of a page, only its board is stored: no position, no account, no journey.

const by = (id) => document.getElementById(id);
const BOARDS = "hors-ligne";
const STATE = "hors-ligne-etat";
const MOST = 10;
const LONGEST = 24 * 3600_000; // milliseconds
const EVERY = 30_000;

// Oldest first.
async function storedBoards() {
  const cache = await caches.open(BOARDS);
  const boards = [];
  for (const request of await cache.keys()) {
    const answer = await cache.match(request);
    const { name, seen, stored } = Object.fromEntries(answer.headers);
    if (Date.now() - stored > LONGEST) await cache.delete(request);
    else boards.push({ path: new URL(request.url).pathname, name: decodeURIComponent(name), seen, answer });
  }
  for (const { path } of boards.slice(0, -MOST)) await cache.delete(path);
  return boards.slice(-MOST);
}

const hasAccount = () => Boolean(document.querySelector('.compte a[href="/auth/logout"]'));
const stateIn = async (cache) => (await cache.match("/etat"))?.json();

async function store(board) {
  // A page that stayed open when its reader logged out stores nothing more.
  if (hasAccount() && !(await stateIn(await caches.open(STATE)))?.account) return;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    name: encodeURIComponent(document.querySelector("h1").textContent.trim()),
    seen: board.dataset.maintenant,
    stored: Date.now(),
  };
  const cache = await caches.open(BOARDS);
  await cache.put(location.pathname, new Response(board.outerHTML, { headers }));
  await storedBoards();
}

// What the page says of itself now, updates included.
function storeWhileRead(board) {
  let last;
  const storeChange = () => {
    if (last === board.dataset.maintenant) return;
    last = board.dataset.maintenant;
    store(board).catch(() => {});
  };
  storeChange();
  setInterval(storeChange, EVERY);
  document.addEventListener("visibilitychange", storeChange);
}

// Who logs out, on any page of any service, leaves nothing of what was read with the account.
async function noteReader() {
  const account = hasAccount();
  const language = document.documentElement.lang;
  const cache = await caches.open(STATE);
  const before = await stateIn(cache);
  if (before?.account && !account) await caches.delete(BOARDS);
  if (before?.account === account && before?.language === language) return;
  await cache.put("/etat", new Response(JSON.stringify({ account, language })));
}

// --- the offline page ---

const dayOf = (instant) => {
  const day = new Intl.DateTimeFormat("sv", { year: "numeric", month: "2-digit", day: "2-digit" });
  return day.format(instant);
};

// « 08:42 », with its day if that is not today's: in the time zone of the stop, as it was written.
function clock(seen) {
  if (seen.slice(0, 10) === dayOf(Date.now())) return seen.slice(11, 16);
  const shape = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  const day = new Intl.DateTimeFormat(document.documentElement.lang, shape);
  return `${seen.slice(11, 16)} (${day.format(Date.parse(seen.slice(0, 10)))})`;
}

// Without what is true of one minute only: countdowns, how old the real time is.
function withoutNow(board) {
  for (const each of board.querySelectorAll(".fraicheur, .sur-papier, #muet")) each.remove();
  for (const line of board.querySelectorAll(".depart")) {
    const time = line.querySelector("time");
    if (!time) continue;
    if (Date.parse(time.dateTime) < Date.now() - 60_000) line.remove();
    if (!("dans" in time.dataset)) continue;
    time.textContent = time.dateTime.slice(11, 16);
    const small = line.querySelector(".heure-petite");
    const planned = small?.querySelector("s");
    if (planned) small.replaceChildren(planned);
    else small?.remove();
  }
}

async function displayBoard({ name, seen, answer }, page) {
  const shape = document.createElement("template");
  shape.innerHTML = await answer.text();
  const board = shape.content.firstElementChild;
  withoutNow(board);
  if (!board.querySelector(".depart")) board.append(page.dataset.passes);
  document.title = document.title.replace(by("hors-ligne-titre").textContent, name);
  by("hors-ligne-titre").textContent = name;
  by("hors-ligne-avis").textContent = page.dataset.tableau.replace("{heure}", clock(seen));
  by("hors-ligne-tableau").replaceChildren(board);
}

async function displayOffline(page) {
  const boards = (await storedBoards()).reverse();
  const own = boards.find(({ path }) => path === location.pathname);
  if (own) await displayBoard(own, page);
  const others = boards.filter((each) => each !== own);
  for (const { path, name, seen } of others) {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: path, textContent: name });
    item.className = "arret";
    item.append(link, ` · ${clock(seen)}`);
    by("hors-ligne-liste").append(item);
  }
  by("hors-ligne-autres").hidden = !others.length;
  addEventListener("online", () => location.reload());
}

if ("caches" in window) {
  const page = by("page-hors-ligne");
  if (page) displayOffline(page).catch(() => {});
  else {
    const noted = noteReader().then(storedBoards).catch(() => {});
    const updated = by("direct") && by("tableau") && !("toujours" in by("direct").dataset);
    if (updated) noted.then(() => storeWhileRead(by("tableau")));
  }
}
// After the page: its first display needs the line.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/service-worker.js").catch(() => {}));
}
