// Earlier and later journeys in place of those on the page, which keeps its place and its form.
// Without this module they are links to a page.

// A link to a part of the page changes the fragment alone.
const here = () => location.pathname + location.search;
let displayed = here();
const results = document.getElementById("resultats");

async function replace(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("resultats");
  // Without journeys the page states why, above the form.
  if (!fresh?.querySelector("#resultats-titre")) throw new Error("no results");
  results.replaceChildren(...fresh.childNodes);
  // Later journeys than the last of a day leave on another day.
  const summary = page.getElementById("recherche-resume").childNodes;
  document.getElementById("recherche-resume")?.replaceChildren(...summary);
  history.pushState(null, "", address);
  displayed = here();
  const title = document.getElementById("resultats-titre");
  if (title) {
    title.focus({ preventScroll: true });
    results.scrollIntoView({ block: "start" });
  }
}

results?.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-sur-place]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (results.ariaBusy === "true") return;
  results.ariaBusy = "true";
  try {
    await replace(link.href);
  } catch {
    location.assign(link.href);
  } finally {
    results.ariaBusy = null;
  }
});
addEventListener("popstate", () => here() !== displayed && location.reload());
