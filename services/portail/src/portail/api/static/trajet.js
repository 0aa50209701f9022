// « Partager » and « Imprimer » of a journey. Without this module the page has a link, and the browser
// its own command to print.

const by = (id) => document.getElementById(id);

const share = by("partager");
if (share && (navigator.share || navigator.clipboard)) {
  const { href } = by("lien");
  const { titre, copie, echec } = share.dataset;
  const state = by("partage-etat");

  share.addEventListener("click", async () => {
    state.textContent = "";
    if (navigator.share) {
      try {
        return await navigator.share({ title: titre, url: href });
      } catch (error) {
        if (error.name === "AbortError") return undefined; // the reader has changed their mind
      }
    }
    try {
      await navigator.clipboard.writeText(href);
      state.textContent = copie;
    } catch {
      state.textContent = echec;
    }
    return undefined;
  });
  share.closest("li").hidden = false;
}

const print = by("imprimer");
if (print) {
  print.addEventListener("click", () => window.print());
  print.closest("li").hidden = false;
}
