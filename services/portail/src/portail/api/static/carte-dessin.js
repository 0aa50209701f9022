// Draws a map: the networks' own lines and stops behind, the features of the page in front, the
// commands beside. Loaded by `carte.js`, with the address of the library in the box's attributes.

const EMPTY = { type: "FeatureCollection", features: [] };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");
const FONT = ["sans-serif"];
// Cells of 0.088° at least, 6.6 by 9.8 km at Orléans: where somebody looks is not sent more exactly.
const FINEST = 12;
// Names stand beside their points, and commands on the right.
const PADDING = { top: 40, bottom: 40, left: 72, right: 88 };
const hash = ["concat", "#", ["coalesce", ["get", "color"], "515872"]];
const byZoom = (...stops) => ["interpolate", ["linear"], ["zoom"], ...stops];
const kind = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

function colours() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return { ground: token("fond-retrait"), paper: token("fond"), ink: token("encre"),
    soft: token("encre-douce"), rule: token("filet"), focus: token("lien") };
}

const label = (ink, size, more) => ({
  type: "symbol",
  layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size,
    "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.8,
    "text-justify": "auto", "text-max-width": 9, "text-padding": 6, ...more },
  paint: { "text-color": ink.ink, "text-halo-color": ink.ground, "text-halo-width": 1.6 },
});

function layers(ink, coloured) {
  const line = { "line-cap": "round", "line-join": "round" };
  const base = coloured ? hash : ink.soft;
  return [
    { id: "fond", type: "background", paint: { "background-color": ink.ground } },
    { id: "reseau", type: "line", source: "reseau", layout: line, paint: { "line-color": base,
      "line-opacity": coloured ? 0.75 : 0.4, "line-width": byZoom(7, 1.2, 11, 2, 15, 4) } },
    { id: "arrets", type: "circle", source: "arrets", minzoom: 11.5, paint: {
      "circle-radius": byZoom(12, 2, 16, 5), "circle-color": ink.paper, "circle-stroke-width": 1.2,
      "circle-stroke-color": ink.soft } },
    { id: "noms", source: "arrets", ...label(ink, byZoom(8, 11, 15, 13),
      { "symbol-sort-key": ["get", "rank"] }) },
    { id: "marche", type: "line", source: "page", filter: kind("walk"), layout: line, paint: {
      "line-color": ink.ink, "line-width": 4, "line-dasharray": [0.1, 2] } },
    { id: "bord", type: "line", source: "page", filter: kind("ride", "bicycle", "car"),
      layout: line, paint: { "line-color": ink.ink, "line-width": 8 } },
    { id: "trajet", type: "line", source: "page", filter: kind("ride"), layout: line,
      paint: { "line-color": hash, "line-width": 5 } },
    { id: "route", type: "line", source: "page", filter: kind("bicycle", "car"), layout: line,
      paint: { "line-color": ink.paper, "line-width": 5, "line-dasharray": [2, 1.6] } },
    { id: "points", type: "circle", source: "page", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": ["match", ["get", "kind"], ["start", "end"], 8, "change", 6, 4],
        "circle-color": ["match", ["get", "kind"], "end", ink.ink, ink.paper],
        "circle-stroke-color": ink.ink, "circle-stroke-width": 2.5 } },
    { id: "intitules", source: "page", filter: ["==", ["geometry-type"], "Point"],
      ...label(ink, 13, { "symbol-sort-key": ["match", ["get", "kind"],
        ["start", "end"], 0, "change", 1, 2] }) },
  ];
}

// The server of other tiles sees the part in view: it is not sent an exact position.
const fitting = ({ dataset }) => ({ padding: PADDING, maxZoom: dataset.tuiles ? FINEST : 16 });

const source = (data) => ({ type: "geojson", data, attribution: "" });

function style(ink, { shapes, tiles, coloured }) {
  const found = layers(ink, coloured);
  const sources = { reseau: source(EMPTY), arrets: source(EMPTY), page: source(shapes) };
  if (tiles) {
    sources.tuiles = { type: "raster", tiles: [tiles], tileSize: 256 };
    found.splice(1, 0, { id: "tuiles", type: "raster", source: "tuiles" });
  }
  return { version: 8, sources, layers: found };
}

// --- what the page gives ---

function pairs(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(pairs);
}

export function boundsOf(features) {
  const points = features.flatMap(({ geometry }) => pairs(geometry.coordinates));
  if (!points.length) return undefined;
  const [x, y] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const reach = (values, pick) => values.reduce((one, other) => pick(one, other));
  return [[reach(x, Math.min), reach(y, Math.min)], [reach(x, Math.max), reach(y, Math.max)]];
}

async function shapesOf(box) {
  if (!box.dataset.source) return EMPTY;
  const answer = await fetch(box.dataset.source);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// Where most of the networks are, without the ends of lines that lead far away.
async function extent({ dataset: { fond, reseau } }) {
  const answer = await fetch(`${fond}?${new URLSearchParams({ zoom: 7, ...(reseau && { feed: reseau }) })}`);
  const { features } = answer.ok ? await answer.json() : EMPTY;
  const points = features.flatMap(({ geometry }) => geometry.coordinates);
  if (!points.length) return undefined;
  const sorted = [0, 1].map((axis) => points.map((point) => point[axis]).sort((one, other) => one - other));
  return [[0.02, Math.floor], [0.98, Math.ceil]].map(([part, round]) =>
    sorted.map((values) => values[round(part * (values.length - 1))]));
}

// --- behind: the part of the networks in view, asked by cells so that answers can be cached ---

export function cells(map) {
  const zoom = Math.max(4, Math.min(15, Math.floor(map.getZoom())));
  const size = 360 / 2 ** Math.min(zoom, FINEST);
  const bounds = map.getBounds();
  const snap = (value, round) => round(value / size) * size;
  const limit = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(5);
  const bbox = [limit(snap(bounds.getWest(), Math.floor), 180), limit(snap(bounds.getSouth(), Math.floor), 85),
    limit(snap(bounds.getEast(), Math.ceil), 180), limit(snap(bounds.getNorth(), Math.ceil), 85)].join(",");
  return { zoom, bbox };
}

function follow(map, box) {
  let last, request;

  async function load(name, address, query) {
    const answer = await fetch(`${address}?${new URLSearchParams(query)}`, { signal: request.signal });
    if (answer.ok) map.getSource(name)?.setData(await answer.json());
  }

  return function refresh(force) {
    const { zoom, bbox } = cells(map);
    if (!force && last === `${zoom} ${bbox}`) return;
    last = `${zoom} ${bbox}`;
    request?.abort();
    request = new AbortController();
    const { fond, arrets } = box.dataset;
    // Without them the map still has what the page gives.
    const feed = box.dataset.reseau ? { feed: box.dataset.reseau } : {};
    load("reseau", fond, { bbox, zoom, ...feed }).catch(() => {});
    load("arrets", arrets, { bbox, limit: zoom < 12 ? 80 : 1000 }).catch(() => {});
  };
}

// --- the commands and the card of what was chosen ---

function card(box, map, signal) {
  const bubble = box.querySelector(".carte-bulle");
  const [title, text, link] = ["titre", "texte", "lien"].map((name) =>
    bubble.querySelector(`.carte-bulle-${name}`));
  let back;

  function hide() {
    if (bubble.hidden) return;
    const inside = bubble.contains(document.activeElement);
    bubble.hidden = true;
    if (inside) (back?.isConnected ? back : map.getCanvas()).focus();
    box.dispatchEvent(new CustomEvent("carte-choix", { detail: null }));
  }

  function show({ name, detail, address, action }, { focus = false } = {}) {
    if (!bubble.contains(document.activeElement)) back = document.activeElement;
    title.textContent = name;
    text.textContent = detail ?? "";
    text.hidden = !detail;
    link.hidden = !address;
    link.href = address ?? "";
    link.textContent = action ?? link.dataset.texte;
    bubble.hidden = false;
    if (focus) (address ? link : bubble.querySelector("button")).focus();
  }

  bubble.querySelector("button").addEventListener("click", hide, { signal });
  box.addEventListener("keydown", (event) => event.key === "Escape" && hide(), { signal });
  return { show, hide };
}

function commands(box, map, whole) {
  const run = {
    plus: () => map.zoomIn(),
    moins: () => map.zoomOut(),
    tout: () => whole && map.fitBounds(whole, { ...fitting(box), animate: !STILL.matches }),
  };
  for (const button of box.querySelectorAll("[data-commande]")) {
    const action = run[button.dataset.commande];
    if (action) button.onclick = action;
  }
}

function clickable(map, ids, choose) {
  map.on("click", (event) => {
    const { x, y } = event.point;
    const reach = [[x - 12, y - 12], [x + 12, y + 12]];
    const near = map.queryRenderedFeatures(reach, { layers: ids.filter((id) => map.getLayer(id)) });
    choose(near[0], event);
  });
  map.on("mousemove", ({ point }) => {
    const over = map.queryRenderedFeatures(point, { layers: ids.filter((id) => map.getLayer(id)) });
    map.getCanvas().style.cursor = over.length ? "pointer" : "";
  });
}

function stopCard(properties) {
  const { name, id, address, detail, action } = properties;
  return { name, detail, address: address ?? (id && `/arrets/${encodeURIComponent(id)}`), action };
}

// --- the map ---

export async function drawMap(box, frame, texts) {
  const [library, shapes] = await Promise.all([import(box.dataset.bibliotheque), shapesOf(box)]);
  library.setWorkerUrl(new URL(box.dataset.travail, location.href).href);
  const whole = boundsOf(shapes.features) ?? await extent(box).catch(() => undefined);
  const coloured = "couleurs" in box.dataset;
  const options = { shapes, tiles: box.dataset.tuiles, coloured };
  const map = new library.Map({
    container: frame.querySelector(".carte-fond"), style: style(colours(), options),
    bounds: whole, fitBoundsOptions: fitting(box), attributionControl: false,
    maplibreLogo: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0,
    renderWorldCopies: false, fadeDuration: STILL.matches ? 0 : 200, minZoom: 4, maxZoom: 18,
    cooperativeGestures: "gestes" in box.dataset,
    locale: { "Map.Title": texts.titre, "CooperativeGesturesHandler.WindowsHelpText": texts.ctrl,
      "CooperativeGesturesHandler.MacHelpText": texts.cmd,
      "CooperativeGesturesHandler.MobileHelpText": texts.doigts },
  });
  const ended = new AbortController();
  map.on("remove", () => ended.abort());
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.on("error", ({ error }) => console.warn(error));
  await new Promise((resolve) => { map.once("load", resolve); });
  const refresh = follow(map, box);
  map.on("moveend", () => refresh(false));
  refresh(true);
  const bubble = card(box, map, ended.signal);
  const choose = ({ properties }) => {
    box.dispatchEvent(new CustomEvent("carte-choix", { detail: null }));
    bubble.show(stopCard(properties), { focus: true });
  };
  commands(box, map, whole);
  let live;
  clickable(map, ["vehicules", "pastilles", "annonces", "location", "points", "intitules", "arrets", "noms"], (feature) => {
    if (!feature) bubble.hide();
    else if (feature.source === "vehicules") live.choose(feature.properties.id, { focus: true });
    else choose(feature);
  });
  const recolour = () => {
    map.setStyle(style(colours(), options), { diff: false });
    map.once("styledata", () => { refresh(true); map.fire("couleurs"); });
  };
  DARK.addEventListener("change", recolour, { signal: ended.signal });
  const { vehicules, direct, lieux } = box.dataset;
  if (vehicules !== undefined) {
    const { followVehicles } = await import(direct);
    live = followVehicles({ box, map, bubble, texts, cells, still: STILL, signal: ended.signal });
  }
  if (lieux) {
    const { followPlaces } = await import(lieux);
    followPlaces({ box, map, cells, texts });
  }
  frame.dataset.pret = "";
  box.dispatchEvent(new CustomEvent("carte-prete", { detail: map }));
  return map;
}
