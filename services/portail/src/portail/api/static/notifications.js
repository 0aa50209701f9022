// « Me prévenir »: notifications of a followed journey, a line or a stop (Web Push). Without scripts
// or support the offers stay hidden. What this browser is notified of is stored here, until it ends.

import { SUPPORTED, subscription } from "/static/site/push.js";

const by = (id) => document.getElementById(id);
const STORED = "notifications";
const TIMES = "notifications-horaires";
const LASTING = 90 * 24 * 3_600_000; // of a line or a stop, in milliseconds
const RENEWED = 7 * 24 * 3_600_000;
const lasts = (address) => !address.startsWith("/mobilite/v1/journeys/");

function read(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? fallback;
  } catch {
    return fallback;
  }
}

function stored() {
  const now = new Date().toISOString();
  return Object.fromEntries(Object.entries(read(STORED, {})).filter(([, { until }]) => until > now));
}

function store(subscriptions) {
  localStorage.setItem(STORED, JSON.stringify(subscriptions));
}

function without(address) {
  const { [address]: _, ...others } = stored();
  return others;
}

// The name of the sentence for the reader.
class Refused extends Error {}
const REASONS = { 400: "impossible", 404: "fini", 410: "fini", 429: "trop" };

async function send(method, path, body) {
  const headers = { "content-type": "application/json" };
  const language = new URLSearchParams({ lang: document.documentElement.lang });
  const answer = await fetch(`${path}?${language}`, { method, headers, body });
  if (!answer.ok && !(method === "DELETE" && answer.status === 404)) {
    throw new Refused(REASONS[answer.status] ?? "echec");
  }
  return method === "POST" ? answer.json() : undefined;
}

// Subscribe to an address, or renew the subscription. `facts`: what this browser displays of it.
async function subscribe(address, key, facts) {
  const target = await subscription(key, "/");
  const content = lasts(address) ? { ...target, ...read(TIMES, {}) } : target;
  const { id, until } = await send("POST", address, JSON.stringify(content));
  store({ ...stored(), [address]: { id, until, ...facts } });
}

async function unsubscribe(address) {
  const { id } = stored()[address];
  await send("DELETE", `${address}/${id}`);
  store(without(address));
}

// Who has taken the permission back receives nothing any more.
const granted = () => Notification.permission === "granted";
const subscribed = (address) => granted() && stored()[address];

// Those to lines and stops last as long as their browser comes back; the others are erased.
async function renew(key) {
  store(stored());
  for (const [address, { until, name, page }] of Object.entries(stored())) {
    try {
      if (!granted()) await unsubscribe(address);
      else if (lasts(address) && Date.parse(until) - Date.now() < LASTING - RENEWED) {
        await subscribe(address, key, { name, page });
      }
    } catch (error) {
      if (error.message === "fini") store(without(address));
    }
  }
}

const boxes = [...document.querySelectorAll(".prevenir")];
const renderings = [];
const renderAll = () => renderings.forEach((render) => render());

function offer(box) {
  const texts = box.dataset.cle ? box.dataset : by("notifications").dataset;
  const { adresse, nom: name = document.querySelector("h1").textContent } = box.dataset;
  const page = box.dataset.page ?? location.pathname;
  const button = box.querySelector("button");
  const word = button.querySelector(".prevenir-mot") ?? button;
  const state = box.querySelector("[role=status]");

  async function toggle() {
    if (subscribed(adresse)) {
      await unsubscribe(adresse);
      return texts.arrete;
    }
    if (await Notification.requestPermission() !== "granted") throw new Refused("refus");
    await subscribe(adresse, texts.cle, { name, page });
    return texts.prevenu;
  }

  button.addEventListener("click", async () => {
    if (button.ariaDisabled) return;
    button.ariaDisabled = true;
    state.textContent = texts.attente;
    let text;
    try {
      text = await toggle();
    } catch (error) {
      text = texts[error instanceof Refused ? error.message : "echec"];
    }
    button.ariaDisabled = null;
    renderAll();
    state.textContent = text;
  });
  renderings.push(() => { word.textContent = subscribed(adresse) ? texts.arreter : texts.proposer; });
  if (box.dataset.cle && subscribed(adresse)) state.textContent = texts.prevenu;
  box.hidden = false;
}

// --- « Mes abonnements »: the list, and the days and hours of lines and stops ---

function list(box, key) {
  const [items, none, count, state] = ["liste", "vide", "nombre", "etat"].map((name) => box.querySelector(`[data-${name}]`));
  const shape = box.querySelector("template");
  const form = box.querySelector("form");

  function item([address, { name, page }]) {
    const fresh = shape.content.cloneNode(true);
    const link = fresh.querySelector("a");
    link.textContent = name ?? state.dataset.sansNom;
    link.href = page?.startsWith("/") ? page : `/itineraires/${address.split("/")[4]}`;
    fresh.querySelector(".masque").textContent = ` : ${link.textContent}`;
    fresh.querySelector("button").addEventListener("click", async () => {
      try {
        await unsubscribe(address);
        state.textContent = by("notifications").dataset.arrete;
      } catch {
        state.textContent = by("notifications").dataset.echec;
      }
      renderAll();
      box.querySelector("summary").focus();
    });
    return fresh;
  }

  renderings.push(() => {
    const all = granted() ? Object.entries(stored()) : [];
    items.replaceChildren(...all.map(item));
    count.textContent = all.length || "";
    none.hidden = all.length > 0;
    form.hidden = !all.some(([address]) => lasts(address));
  });

  const { days, start, end } = read(TIMES, {});
  for (const each of form.elements.days) each.checked = days?.includes(Number(each.value)) ?? true;
  form.elements.start.value = start ?? "06:00";
  form.elements.end.value = end ?? "22:00";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const content = new FormData(form);
    const chosen = content.getAll("days").map(Number);
    if (!chosen.length) {
      state.textContent = state.dataset.unJour;
      return;
    }
    const times = { days: chosen, start: content.get("start"), end: content.get("end") };
    localStorage.setItem(TIMES, JSON.stringify(times));
    try {
      for (const [address, { name, page }] of Object.entries(stored())) {
        if (lasts(address)) await subscribe(address, key, { name, page });
      }
      state.textContent = state.dataset.enregistre;
    } catch (error) {
      state.textContent = by("notifications").dataset[error instanceof Refused ? error.message : "echec"];
    }
    renderAll();
  });
  if (location.hash === `#${box.id}`) box.open = true;
  box.hidden = false;
}

if (SUPPORTED && boxes.length + (by("mes-abonnements") ? 1 : 0)) {
  const key = by("notifications")?.dataset.cle ?? boxes[0].dataset.cle;
  boxes.forEach(offer);
  if (by("mes-abonnements")) list(by("mes-abonnements"), key);
  by("prevenir-de")?.removeAttribute("hidden");
  renderAll();
  renew(key).then(renderAll);
}
