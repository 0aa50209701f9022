// « Ma position »: rounded to about a hundred metres, it becomes the start of the journey, and the
// home page shows what leaves around it. « Autour de moi » shows only that. Nothing that was typed is
// lost if there is no position.

const by = (id) => document.getElementById(id);
const rounded = (degrees) => degrees.toFixed(3);
// As GeolocationPositionError.code.
const PROBLEMS = { 1: "refus", 2: "introuvable", 3: "delai" };

function around(box) {
  const result = by("autour-resultat");
  const { de, de_nom: name, de_lieu: place } = by("de")?.form.elements ?? {};
  let request = 0;

  function becomeStart(lat, lon) {
    if (!de) return;
    de.value = name.value = box.dataset.nom;
    place.value = `${lat},${lon}`;
  }

  async function showNearby(query, state, scrolls) {
    const own = ++request;
    let html;
    try {
      const answer = await fetch(`/autour?${query}`);
      if (answer.ok) html = await answer.text();
    } catch {}
    if (own !== request) return;
    if (html) result.innerHTML = html;
    state.textContent = box.dataset[html ? "trouvee" : "echec"];
    if (html && scrolls) result.scrollIntoView();
  }

  const locate = (state, isStart) => {
    state.textContent = box.dataset.attente;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const [lat, lon] = [rounded(coords.latitude), rounded(coords.longitude)];
        const query = new URLSearchParams({ lat, lon });
        if (!result) return location.assign(`/?${query}`);
        if (isStart) becomeStart(lat, lon);
        showNearby(query, state, !isStart);
      },
      ({ code }) => { state.textContent = box.dataset[PROBLEMS[code]]; },
      { maximumAge: 60_000, timeout: 15_000 },
    );
  };
  by("autour-bouton").addEventListener("click", () => locate(by("autour-etat"), true));
  const departures = by("autour-departs");
  departures?.querySelector("button").addEventListener("click", () => locate(by("autour-departs-etat"), false));
  // A browser that restores a page does not restore the hidden fields.
  addEventListener("pageshow", () => {
    if (de && de.value === box.dataset.nom && !place.value) de.value = "";
  });
  box.hidden = false;
  if (departures) departures.hidden = false;
}

if (by("autour") && navigator.geolocation) around(by("autour"));
