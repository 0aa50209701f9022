// Places of a map that are no stops: vehicles to rent with their number, and disruptions. Loaded by
// `carte-dessin.js` where a map has their addresses.

const NEAR = 12;
const EVERY = 60000;
const EMPTY = { type: "FeatureCollection", features: [] };

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function sign(edge, ink) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 44, height: 44 });
  const pen = canvas.getContext("2d");
  pen.lineWidth = 5;
  pen.fillStyle = edge;
  pen.strokeStyle = ink;
  pen.fillRect(5, 5, 34, 34);
  pen.strokeRect(5, 5, 34, 34);
  pen.beginPath();
  pen.moveTo(7, 37);
  pen.lineTo(37, 7);
  pen.stroke();
  return pen.getImageData(0, 0, 44, 44);
}

export function rentalOf({ properties, geometry }, texts) {
  const { name, station, available, system_name: system } = properties;
  const count = station ? station.vehicles_available : available ? 1 : 0;
  const facts = [];
  if (station && station.vehicles_available !== null) facts.push(texts.velos.replace("{n}", station.vehicles_available));
  if (station && station.docks_available !== null) facts.push(texts.places.replace("{n}", station.docks_available));
  if (!station) facts.push(available ? texts.libre : texts.pris);
  return { type: "Feature", geometry, properties: { name: name ?? system, count: count === null ? "?" : `${count}`,
    detail: facts.join(" · ") } };
}

export function followPlaces({ box, map, cells, texts }) {
  let rental = EMPTY, alerts = EMPTY, last, loaded = 0;

  function addLayers() {
    const [ink, paper, soft, severe] = ["encre", "fond", "encre-douce", "grave"].map(token);
    if (map.hasImage("perturbation")) map.removeImage("perturbation");
    map.addImage("perturbation", sign(paper, severe), { pixelRatio: 2 });
    if (map.getSource("location")) return;
    map.addSource("location", { type: "geojson", data: rental });
    map.addSource("annonces", { type: "geojson", data: alerts });
    const before = map.getLayer("caps") ? "caps" : undefined;
    map.addLayer({ id: "location", type: "circle", source: "location", minzoom: NEAR, paint: {
      "circle-radius": 10, "circle-color": paper, "circle-stroke-color": soft, "circle-stroke-width": 2 } }, before);
    map.addLayer({ id: "location-nombre", type: "symbol", source: "location", minzoom: NEAR, layout: {
      "text-field": ["get", "count"], "text-font": ["sans-serif"], "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": ink } }, before);
    map.addLayer({ id: "annonces", type: "symbol", source: "annonces", minzoom: 8, layout: {
      "icon-image": "perturbation", "icon-allow-overlap": true } }, before);
  }

  async function load(address, query) {
    const answer = await fetch(`${address}?${new URLSearchParams(query)}`);
    return answer.ok ? (await answer.json()).features : [];
  }

  async function refresh() {
    if (document.hidden) return;
    const feed = box.dataset.reseau ? { feed: box.dataset.reseau } : {};
    if (performance.now() - loaded > EVERY) {
      loaded = performance.now();
      const found = await load(box.dataset.annonces, feed).catch(() => []);
      alerts = { type: "FeatureCollection", features: found.map(({ geometry, properties }) => ({ type: "Feature", geometry,
        properties: { name: properties.header, detail: properties.stop_name, address: `/arrets/${encodeURIComponent(properties.stop_id)}` } })) };
      map.getSource("annonces")?.setData(alerts);
      last = undefined;
    }
    const { bbox } = cells(map);
    if (map.getZoom() < NEAR - 1 || last === bbox) return;
    last = bbox;
    const found = await load(box.dataset.location, { bbox, limit: 1000 }).catch(() => []);
    rental = { type: "FeatureCollection", features: found.map((each) => rentalOf(each, texts)) };
    map.getSource("location")?.setData(rental);
  }

  addLayers();
  map.on("couleurs", addLayers);
  map.on("moveend", refresh);
  const ticking = setInterval(refresh, EVERY / 2);
  map.on("remove", () => clearInterval(ticking));
  loaded = -EVERY;
  refresh();
}
