// « Me prévenir »: notifications of a followed journey (Web Push). Without scripts or support the
// offer stays hidden. Which journeys this browser is notified of is stored here, until they end.

const by = (id) => document.getElementById(id);
const STORED = "notifications";
const LIMIT = 20_000; // milliseconds: a browser that cannot reach its push service tries for long

function stored() {
  const now = new Date().toISOString();
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(STORED) ?? "{}"));
    return Object.fromEntries(all.filter(([, { until }]) => until > now));
  } catch {
    return {};
  }
}

function store(subscriptions) {
  localStorage.setItem(STORED, JSON.stringify(subscriptions));
}

// The name of the sentence for the reader.
class Refused extends Error {}
const REASONS = { 400: "impossible", 404: "fini", 410: "fini", 429: "trop" };

function soon(promise) {
  const late = (_, reject) => setTimeout(reject, LIMIT, new Refused("echec"));
  return Promise.race([promise, new Promise(late)]);
}

async function subscription(key) {
  await navigator.serviceWorker.register("/service-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // A subscription with a former key of the platform is in the way.
    const former = await pushManager.getSubscription();
    if (!former) throw error;
    await former.unsubscribe();
    return pushManager.subscribe(options);
  }
}

async function send(method, path, body) {
  const headers = { "content-type": "application/json" };
  const language = new URLSearchParams({ lang: document.documentElement.lang });
  const answer = await fetch(`${path}?${language}`, { method, headers, body });
  if (!answer.ok && !(method === "DELETE" && answer.status === 404)) {
    throw new Refused(REASONS[answer.status] ?? "echec");
  }
  return method === "POST" ? answer.json() : undefined;
}

function offer(box) {
  const { adresse, cle, proposer, arreter, attente, prevenu, arrete } = box.dataset;
  const button = by("prevenir-bouton");
  const state = by("prevenir-etat");

  // Who has taken the permission back receives nothing any more.
  const subscribed = () => Notification.permission === "granted" && stored()[adresse];

  function render(text) {
    button.textContent = subscribed() ? arreter : proposer;
    state.textContent = text;
  }

  async function start() {
    if (await Notification.requestPermission() !== "granted") throw new Refused("refus");
    const target = await soon(subscription(cle));
    const { id, until } = await send("POST", adresse, JSON.stringify(target));
    store({ ...stored(), [adresse]: { id, until } });
    return prevenu;
  }

  async function stop() {
    const { [adresse]: { id }, ...others } = stored();
    await send("DELETE", `${adresse}/${id}`);
    store(others);
    return arrete;
  }

  button.addEventListener("click", async () => {
    if (button.ariaDisabled) return;
    button.ariaDisabled = true;
    state.textContent = attente;
    let text;
    try {
      text = await (subscribed() ? stop() : start());
    } catch (error) {
      text = box.dataset[error instanceof Refused ? error.message : "echec"];
    }
    button.ariaDisabled = null;
    render(text);
  });
  store(stored());
  if (stored()[adresse] && !subscribed()) stop().catch(() => {}); // what is stored for it is erased
  render(subscribed() ? prevenu : "");
  box.hidden = false;
}

const box = by("prevenir");
const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
if (box && supported) offer(box);
