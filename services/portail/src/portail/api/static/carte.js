// Maps. A page has the text of everything its map draws; this module loads the library, the style
// and the drawing when a reader opens the map, or when a map marked « visible » comes into view.

const LONGEST = 25000;

class Failure extends Error {}

function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

function stylesheet(address) {
  if (document.querySelector(`link[href="${address}"]`)) return undefined;
  const link = document.createElement("link");
  const loaded = new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => { link.remove(); reject(new Failure()); };
  });
  Object.assign(link, { rel: "stylesheet", href: address });
  document.head.append(link);
  return loaded;
}

function prepare(box) {
  const texts = JSON.parse(box.dataset.textes);
  const part = (name) => box.querySelector(`.carte-${name}`);
  const [bar, button, state, frame] = ["ouvrir", "bouton", "etat", "cadre"].map(part);
  let map, opening;

  async function draw() {
    if (!canDraw()) throw new Failure("sans_webgl");
    const [drawing] = await Promise.all([
      import(box.dataset.dessin), stylesheet(box.dataset.style),
    ]);
    return drawing.drawMap(box, frame, texts);
  }

  async function open() {
    if (opening) return;
    opening = true;
    state.textContent = texts.attente;
    frame.hidden = false;
    frame.classList.add("carte-attente");
    const drawing = draw();
    let limit;
    const late = new Promise((_, reject) => { limit = setTimeout(reject, LONGEST, new Failure()); });
    try {
      map = await Promise.race([drawing, late]);
      state.textContent = "";
      button.textContent = texts.masquer;
      button.setAttribute("aria-expanded", "true");
    } catch (error) {
      // One that arrives after the time limit would draw where nobody looks.
      drawing.then((unwanted) => unwanted.remove(), () => {});
      frame.hidden = true;
      state.textContent = texts[error.message] ?? texts.echec;
      button.textContent = texts.reessayer;
      bar.hidden = error.message === "sans_webgl";
      if (!(error instanceof Failure)) console.warn(error);
    } finally {
      clearTimeout(limit);
      frame.classList.remove("carte-attente");
      opening = false;
    }
  }

  function close() {
    map.remove();
    map = undefined;
    frame.hidden = true;
    button.textContent = texts.voir;
    button.setAttribute("aria-expanded", "false");
  }

  button.addEventListener("click", () => (map ? close() : open()));
  bar.hidden = false;
  const { saveData, effectiveType = "4g" } = navigator.connection ?? {};
  if ("visible" in box.dataset && !saveData && effectiveType === "4g") {
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      watcher.disconnect();
      open();
    });
    watcher.observe(box);
  }
}

for (const box of document.querySelectorAll("[data-carte]")) prepare(box);
