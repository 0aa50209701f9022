// The vehicles of a map: read from the API's stream while the page is visible, moved smoothly, and
// faded when their position is old. Loaded by `carte-dessin.js`.

const STALE = 90;
const GONE = 300;
const GLIDE = 1500;
const FRAME = 100;
// Below that zoom level a vehicle is a dot: numbers would cover each other.
const NEAR = 10.5;

// --- what a vehicle is ---

function modeOf(type, modes) {
  const found = Object.entries(modes).find(([, parts]) =>
    parts.some(([first, last]) => type !== null && first <= type && type <= last));
  return found?.[0] ?? "autre";
}

function ago(seconds) {
  return seconds < 60 ? `${Math.floor(seconds)}\u00a0s` : `${Math.floor(seconds / 60)}\u00a0min`;
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function delayOf(delay, texts) {
  if (delay === null || delay === undefined) return texts.theorique;
  const minutes = Math.trunc(delay / 60);
  if (!minutes) return texts.heure;
  return filled(minutes > 0 ? texts.retard : texts.avance, { n: Math.abs(minutes) });
}

export function describe(vehicle, now, texts) {
  const { route, headsign, stop, status, delay, trip_id: trip, start_date: date } = vehicle;
  const age = Math.max(0, (now - Date.parse(vehicle.measured_at)) / 1000);
  const line = route?.short_name ?? route?.long_name;
  const name = !line ? texts.vehicule
    : headsign ? filled(texts.vers, { ligne: line, destination: headsign }) : line;
  const details = [trip && delayOf(delay, texts)];
  if (stop) {
    const sentence = status === "stopped_at" ? texts.arret : texts.approche;
    details.push(filled(sentence, { arret: stop.name }));
  }
  details.push(vehicle.occupancy_text, filled(age > STALE ? texts.perime : texts.vu, { age: ago(age) }));
  const given = { date, depart: vehicle.start_time, ligne: route?.id };
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value));
  return {
    id: vehicle.id, name, detail: details.filter(Boolean).join(" · "), age,
    address: trip && `/courses/${encodeURIComponent(trip)}?${query}`, action: texts.course,
  };
}

// --- pictures: the line's number on its colour, in the shape of its mode ---

const RADII = { tram: 13, metro: 13, train: 1, bateau: 8 };

const colorOf = ({ route }) => route?.color ?? "515872";

function luminance(hex) {
  const [r, g, b] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function badge(mode, text, color, edge) {
  const scale = 2;
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const font = "700 13px system-ui, sans-serif";
  pen.font = font;
  const width = Math.ceil(Math.max(26, pen.measureText(text).width + 12));
  [canvas.width, canvas.height] = [(width + 6) * scale, 32 * scale];
  pen.scale(scale, scale);
  pen.beginPath();
  pen.roundRect(3, 3, width, 26, RADII[mode] ?? 5);
  pen.fillStyle = `#${color}`;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = edge;
  pen.stroke();
  if (mode === "train") {
    pen.strokeRect(0.5, 0.5, width + 5, 31);
  }
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = luminance(color) > 0.179 ? "#000" : "#fff";
  pen.fillText(text, 3 + width / 2, 16.5);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

// A notched arrow: a triangle of equal sides would point three ways.
function arrow(ink, edge) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 36, height: 36 });
  const pen = canvas.getContext("2d");
  pen.beginPath();
  for (const [x, y] of [[18, 3], [30, 33], [18, 25], [6, 33]]) pen.lineTo(x, y);
  pen.closePath();
  Object.assign(pen, { fillStyle: ink, strokeStyle: edge, lineWidth: 4, lineJoin: "round" });
  pen.stroke();
  pen.fill();
  return pen.getImageData(0, 0, 36, 36);
}

// --- on the map ---

const initials = { train: "TR", tram: "T", metro: "M", bateau: "N", car: "C" };
const sides = () => {
  const css = getComputedStyle(document.documentElement);
  return [css.getPropertyValue("--encre").trim(), css.getPropertyValue("--fond").trim()];
};

export function followVehicles({ box, map, bubble, texts, cells, still, signal }) {
  const seen = new Map();
  const { mode: wanted, flux, vehicules } = box.dataset;
  const modes = JSON.parse(box.dataset.types);
  const filter = ({ route }) =>
    !wanted || (route && wanted.split(" ").includes(modeOf(route.type, modes)));
  let area = "", offset = 0, moving, stream, retry, failures = 0, chosen, pending;
  const now = () => Date.now() + offset;

  function picture(vehicle) {
    const mode = modeOf(vehicle.route?.type, modes);
    const text = (vehicle.route?.short_name ?? initials[mode] ?? "B").slice(0, 5);
    const color = colorOf(vehicle);
    const [, edge] = sides();
    const id = `${mode} ${text} ${color} ${edge}`;
    if (!map.hasImage(id)) map.addImage(id, badge(mode, text, color, edge), { pixelRatio: 2 });
    return id;
  }

  function addLayers() {
    const [ink, edge] = sides();
    if (map.hasImage("cap")) map.removeImage("cap");
    map.addImage("cap", arrow(ink, edge), { pixelRatio: 2 });
    if (map.getSource("vehicules")) return;
    map.addSource("vehicules", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const opacity = ["case", ["get", "stale"], 0.45, 1];
    const over = { "icon-allow-overlap": true, "icon-ignore-placement": true };
    map.addLayer({ id: "pastilles", type: "circle", source: "vehicules", maxzoom: NEAR, paint: {
      "circle-radius": 5, "circle-color": ["concat", "#", ["get", "color"]], "circle-opacity": opacity,
      "circle-stroke-color": ink, "circle-stroke-width": 1.5 } });
    map.addLayer({ id: "choisi", type: "circle", source: "vehicules", minzoom: NEAR,
      filter: ["==", ["get", "id"], chosen ?? ""], paint: { "circle-radius": 26, "circle-opacity": 0,
        "circle-stroke-color": ink, "circle-stroke-width": 4 } });
    map.addLayer({ id: "caps", type: "symbol", source: "vehicules", filter: ["has", "bearing"], minzoom: NEAR,
      layout: { ...over, "icon-image": "cap", "icon-rotate": ["get", "bearing"],
        "icon-offset": [0, -22], "icon-rotation-alignment": "map" },
      paint: { "icon-opacity": opacity } });
    map.addLayer({ id: "vehicules", type: "symbol", source: "vehicules", minzoom: NEAR,
      layout: { ...over, "icon-image": ["get", "picture"] }, paint: { "icon-opacity": opacity } });
  }

  function placeOf(each, at) {
    const part = still.matches ? 1 : Math.min(1, (at - each.start) / GLIDE);
    const eased = part * (2 - part);
    return [0, 1].map((axis) => each.from[axis] + (each.to[axis] - each.from[axis]) * eased);
  }

  function draw() {
    moving = undefined;
    const at = performance.now();
    const features = [];
    let unfinished = false;
    for (const each of seen.values()) {
      if (!filter(each.vehicle)) continue;
      unfinished ||= at - each.start < GLIDE;
      const { bearing, id, measured_at: measured } = each.vehicle;
      features.push({ type: "Feature", geometry: { type: "Point", coordinates: placeOf(each, at) },
        properties: { id, picture: picture(each.vehicle), color: colorOf(each.vehicle), stale: now() - Date.parse(measured) > STALE * 1000,
          ...(bearing !== null && { bearing }) } });
    }
    map.getSource("vehicules")?.setData({ type: "FeatureCollection", features });
    if (unfinished && !still.matches) moving = setTimeout(draw, FRAME);
  }

  function changed() {
    if (moving === undefined) draw();
    if (pending && seen.has(pending)) {
      choose(pending, { focus: true });
      pending = undefined;
    } else if (chosen && seen.has(chosen)) {
      bubble.show(describe(seen.get(chosen).vehicle, now(), texts));
    }
  }

  function take(vehicles, gone) {
    const at = performance.now();
    for (const vehicle of vehicles) {
      const to = [vehicle.lon, vehicle.lat];
      const before = seen.get(vehicle.id);
      seen.set(vehicle.id, { vehicle, to, from: before ? placeOf(before, at) : to, start: before ? at : -Infinity });
    }
    for (const id of gone) seen.delete(id);
    changed();
  }

  function expire() {
    for (const [id, { vehicle }] of seen) {
      if (now() - Date.parse(vehicle.measured_at) > GONE * 1000) seen.delete(id);
    }
    changed();
  }

  function listen() {
    clearTimeout(retry);
    stream?.close();
    stream = undefined;
    if (document.hidden) return;
    stream = new EventSource(`${flux}?${[vehicules, area].filter(Boolean).join("&")}`);
    const read = (event) => {
      failures = 0;
      const content = JSON.parse(event.data);
      offset = Date.parse(content.generated_at) - Date.now();
      return content;
    };
    stream.addEventListener("snapshot", (event) => {
      const { vehicles } = read(event);
      const present = new Set(vehicles.map(({ id }) => id));
      take(vehicles, [...seen.keys()].filter((id) => !present.has(id)));
      box.dispatchEvent(new CustomEvent("carte-flux", { detail: true }));
    });
    stream.addEventListener("changes", (event) => {
      const { vehicles, gone } = read(event);
      take(vehicles, gone);
    });
    stream.addEventListener("error", () => {
      stream?.close();
      if (failures++) box.dispatchEvent(new CustomEvent("carte-flux", { detail: false }));
      retry = setTimeout(listen, Math.min(60000, 1000 * 2 ** failures) * (0.5 + Math.random() / 2));
    });
  }

  // Near enough, only the vehicles of the part in view are sent.
  function move() {
    const { zoom, bbox } = cells(map);
    const next = zoom < 9 ? "" : `bbox=${bbox}`;
    if (next === area) return;
    area = next;
    listen();
  }

  function mark(id) {
    chosen = id;
    if (map.getLayer("choisi")) map.setFilter("choisi", ["==", ["get", "id"], id ?? ""]);
  }

  function choose(id, options) {
    if (!seen.has(id)) return;
    mark(id);
    bubble.show(describe(seen.get(id).vehicle, now(), texts), options);
  }

  addLayers();
  map.on("couleurs", () => { addLayers(); draw(); });
  box.addEventListener("carte-choix", ({ detail }) => mark(detail), { signal });
  map.on("moveend", move);
  box.addEventListener("carte-montrer", ({ detail }) => {
    const each = seen.get(detail.id);
    if (!each && !detail.place) return;
    const zoom = Math.max(map.getZoom(), 13);
    map.jumpTo({ center: each?.to ?? detail.place, zoom });
    pending = detail.id;
    changed();
  }, { signal });
  const ticking = setInterval(expire, 15000);
  document.addEventListener("visibilitychange", listen);
  map.on("remove", () => {
    stream?.close();
    [retry, moving].forEach(clearTimeout);
    clearInterval(ticking);
    document.removeEventListener("visibilitychange", listen);
  });
  area = cells(map).zoom < 9 ? "" : `bbox=${cells(map).bbox}`;
  listen();
  return { choose };
}
