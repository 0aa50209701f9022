// /carte: the list beside the map is fetched again while the page is visible; its buttons show a
// vehicle on the map; the reader's position is drawn, and leaves this browser never.

const EVERY = 20000;
const CELL = 360 / 2 ** 12;
const by = (id) => document.getElementById(id);
const [box, list] = [by("carte"), by("carte-liste")];
const state = box.querySelector(".carte-etat");
const offline = by("carte-hors-ligne");
let map, waiting, position;

// --- the list ---

const buttons = () => list.querySelectorAll("[data-montrer]");
const offer = () => buttons().forEach((each) => { each.hidden = !map; });

async function refresh() {
  const answer = await fetch(list.dataset.liste);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  for (const each of list.querySelectorAll("details[id]")) {
    const same = fresh.content.getElementById(each.id);
    if (same) same.open = each.open;
  }
  const shown = document.activeElement?.dataset.montrer;
  list.replaceChildren(fresh.content);
  offer();
  if (shown) list.querySelector(`[data-montrer="${CSS.escape(shown)}"]`)?.focus();
}

function schedule() {
  clearTimeout(waiting);
  if (document.hidden) return;
  waiting = setTimeout(async () => {
    // What is read by keyboard or selected stays.
    const busy = list.contains(document.activeElement) && !document.activeElement.dataset.montrer;
    if (!busy && getSelection().isCollapsed) await refresh().catch(() => {});
    schedule();
  }, EVERY);
}

list.addEventListener("click", ({ target }) => {
  const { montrer: id, lieu } = target.closest("[data-montrer]")?.dataset ?? {};
  if (!id) return;
  box.scrollIntoView({ block: "nearest" });
  const detail = { id, place: lieu.split(",").map(Number) };
  box.dispatchEvent(new CustomEvent("carte-montrer", { detail }));
});
document.addEventListener("visibilitychange", schedule);
schedule();

// --- the reader's position ---

function mark() {
  if (!position || map.getSource("moi")) return;
  map.addSource("moi", { type: "geojson", data: { type: "Point", coordinates: position } });
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--lien").trim();
  map.addLayer({ id: "moi", type: "circle", source: "moi", paint: { "circle-radius": 11,
    "circle-color": ink, "circle-opacity": 0.35, "circle-stroke-color": ink, "circle-stroke-width": 3 } });
}

// The server of other tiles sees the part in view: it learns the cell alone.
function view() {
  if (!box.dataset.tuiles) return { center: position, zoom: Math.max(map.getZoom(), 14) };
  const center = position.map((each) => (Math.floor(each / CELL) + 0.5) * CELL);
  return { center, zoom: 11 };
}

function locate(button) {
  const { attente, ici, refus, absente, lente } = button.dataset;
  state.textContent = attente;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      position = [coords.longitude, coords.latitude];
      if (!map) {
        state.textContent = "";
        return;
      }
      mark();
      map.getSource("moi").setData({ type: "Point", coordinates: position });
      map.easeTo(view());
      state.textContent = ici;
    },
    ({ code }) => { state.textContent = code === 1 ? refus : code === 3 ? lente : absente; },
    { maximumAge: 60000, timeout: 15000 },
  );
}

box.addEventListener("carte-prete", ({ detail }) => {
  map = detail;
  map.on("couleurs", mark);
  mark();
  map.on("remove", () => {
    if (map === detail) map = undefined;
    offer();
  });
  offer();
  const button = box.querySelector("[data-commande='position']");
  if (!navigator.geolocation) return;
  button.hidden = false;
  button.onclick = () => locate(button);
});
box.addEventListener("carte-flux", ({ detail }) => {
  offline.textContent = detail ? "" : offline.dataset.texte;
});
