// « Me prévenir »: notifications of a followed journey (Web Push). Without scripts or support the
// offer stays hidden. Which journeys this browser is notified of is stored here, until they end.

const by = (id) => document.getElementById(id);
const STORED = "notifications";

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

class Refused extends Error {}
class Impossible extends Error {}

async function subscription(key) {
  if (await Notification.requestPermission() !== "granted") throw new Refused();
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
  if (answer.status === 400) throw new Impossible();
  if (!answer.ok && !(method === "DELETE" && answer.status === 404)) throw new Error(answer.status);
  return method === "POST" ? answer.json() : undefined;
}

function offer(box) {
  const { adresse, cle, proposer, arreter, prevenu, arrete, refus, impossible, echec } = box.dataset;
  const button = by("prevenir-bouton");
  const state = by("prevenir-etat");

  function render(text = "") {
    button.textContent = stored()[adresse] ? arreter : proposer;
    state.textContent = text;
  }

  async function start() {
    const target = await subscription(cle);
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
    let text;
    try {
      text = await (stored()[adresse] ? stop() : start());
    } catch (error) {
      text = error instanceof Refused ? refus : error instanceof Impossible ? impossible : echec;
    }
    button.ariaDisabled = null;
    render(text);
  });
  store(stored());
  render(stored()[adresse] ? prevenu : "");
  box.hidden = false;
}

const box = by("prevenir");
const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
if (box && supported) offer(box);
