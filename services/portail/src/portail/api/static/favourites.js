// Favourites: stops, lines and searches for journeys, stored on this device. The server receives the
// ids of the stops whose departures are displayed, and nothing else.

const by = (id) => document.getElementById(id);
const STORED = "favoris";
const MOST = 20;
const MOST_BOARDS = 8;
const EVERY = 60_000; // milliseconds
const ADDRESS = /^\/(arrets|lignes)\/[^?#]+$|^\/itineraires\?[^#]+$/;

const isFavourite = (each) => typeof each?.nom === "string" && ADDRESS.test(each.adresse);

// Throws if they are unreadable or the storage is closed.
function read() {
  const all = JSON.parse(localStorage.getItem(STORED) ?? "[]");
  if (!Array.isArray(all)) throw new TypeError("not a list");
  return all.filter(isFavourite);
}

function readOr(otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

// Whether it was stored: a browser can have no room, or none for this site.
function write(favourites) {
  try {
    localStorage.setItem(STORED, JSON.stringify(favourites));
    return true;
  } catch {
    return false;
  }
}

// --- the star of a page ---

// A search from a position is not stored: it would be from there the next day too.
const POSITION = /^-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?$/;
const fromPosition = (address) =>
  [...new URLSearchParams(address.split("?")[1]).values()].some((each) => POSITION.test(each));

function star(box) {
  const { adresse, nom, ajoute, retire, plein, trop, repare } = box.dataset;
  const button = box.querySelector("button");
  const state = box.querySelector("[role=status]");
  const isStored = () => readOr([]).some((each) => each.adresse === adresse);
  const render = () => button.setAttribute("aria-pressed", isStored());

  function change() {
    const all = readOr(null);
    const others = (all ?? []).filter((each) => each.adresse !== adresse);
    if (all && others.length < all.length) return write(others) ? retire : plein;
    if (others.length >= MOST) return trop;
    if (!write([...others, { adresse, nom }])) return plein;
    return all ? ajoute : repare;
  }

  button.addEventListener("click", () => {
    state.textContent = change();
    render();
  });
  for (const event of ["storage", "pageshow"]) addEventListener(event, render);
  box.hidden = fromPosition(adresse);
}

// --- the list of the home page ---

function list(section) {
  const items = by("favoris-liste");
  const state = by("favoris-etat");
  const edit = by("favoris-modifier");
  const shape = by("favori-modele").content.firstElementChild;
  let editing = false;

  function item({ adresse, nom }) {
    const fresh = shape.cloneNode(true);
    const link = fresh.querySelector("a");
    link.href = fresh.dataset.adresse = adresse;
    link.textContent = nom;
    fresh.querySelectorAll("[data-nom]").forEach((each) => { each.textContent = ` ${nom}`; });
    fresh.querySelector("[data-type]").textContent = section.dataset[adresse.split(/[/?]/)[1]];
    return fresh;
  }

  function render() {
    const all = readOr(null);
    by("favoris-illisibles").hidden = Boolean(all);
    const known = new Map([...items.children].map((each) => [each.dataset.adresse, each]));
    items.replaceChildren(...(all ?? []).map((each) => known.get(each.adresse) ?? item(each)));
    for (const each of items.querySelectorAll(".favori-actions")) each.hidden = !editing;
    edit.hidden = !items.children.length;
    section.hidden = !items.children.length && Boolean(all) && !state.textContent;
  }

  // A stop that a new timetable no longer has differs from a lost connection.
  async function load(each) {
    let problem = "echec";
    try {
      const answer = await fetch(`${each.dataset.adresse}/prochains`);
      if (answer.status === 404) problem = "inconnu";
      if (answer.ok) {
        each.querySelector("[data-departs]").innerHTML = await answer.text();
        problem = "";
      }
    } catch {}
    each.querySelector("[data-note]").textContent = section.dataset[problem] ?? "";
  }

  function refresh() {
    if (document.hidden) return;
    const stops = [...items.children].filter((each) => each.dataset.adresse.startsWith("/arrets/"));
    stops.slice(0, MOST_BOARDS).forEach(load);
  }

  function move(own, action) {
    const all = readOr([]);
    const at = all.findIndex((each) => each.adresse === own.dataset.adresse);
    const to = action === "monter" ? at - 1 : at + 1;
    const remove = action === "retirer";
    if (at < 0 || !(remove || all[to])) return section.dataset.bout;
    const [moved] = all.splice(at, 1);
    if (!remove) all.splice(to, 0, moved);
    if (!write(all)) return section.dataset.plein;
    return section.dataset[remove ? "retire" : "place"].replace("{nom}", moved.nom).replace("{n}", to + 1);
  }

  items.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-action]");
    if (!button) return;
    const own = button.closest("li");
    const { action } = button.dataset;
    const next = action === "retirer" ? own.nextElementSibling ?? own.previousElementSibling : own;
    state.textContent = move(own, action);
    render();
    // The focus stays on this button: of the next favourite if this one is gone.
    (next?.querySelector(`[data-action=${action}]`) ?? by("favoris-titre")).focus();
  });
  edit.addEventListener("click", () => {
    editing = !editing;
    edit.setAttribute("aria-pressed", editing);
    render();
  });
  by("favoris-effacer").addEventListener("click", () => {
    state.textContent = write([]) ? section.dataset.efface : section.dataset.plein;
    render();
    by("favoris-titre").focus();
  });
  const start = () => { render(); refresh(); };
  start();
  setInterval(refresh, EVERY);
  for (const event of ["storage", "online"]) addEventListener(event, start);
  addEventListener("pageshow", (event) => event.persisted && start());
  document.addEventListener("visibilitychange", refresh);
}

for (const box of document.querySelectorAll(".favori-etoile")) star(box);
if (by("favoris")) list(by("favoris"));
