// Completion of search fields: the pattern "combobox with a list" of WAI-ARIA. The server renders
// the options; without this module the fields are search fields. The fields of a page share a list.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

const by = (id) => document.getElementById(id);

function complete(field, list) {
  const state = by("completion-etat");
  let waiting, request, chosen = -1;

  function choose(index) {
    const options = [...list.children];
    chosen = options.length ? (index + options.length + 1) % (options.length + 1) : -1;
    if (chosen === options.length) chosen = -1;
    options.forEach((each, at) => each.setAttribute("aria-selected", at === chosen));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen]?.scrollIntoView({ block: "nearest" });
  }

  // A field with a hidden field for the id of its place takes the option; another one leads to it.
  function accept({ dataset, firstElementChild }) {
    const { [`${field.name}_lieu`]: place, [`${field.name}_nom`]: name } = field.form.elements;
    if (!place) return location.assign(dataset.adresse);
    field.value = name.value = firstElementChild.textContent;
    place.value = dataset.lieu;
    close();
  }

  function close() {
    clearTimeout(waiting);
    request?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", false);
    choose(-1);
  }

  // The places around the other one of the form come first.
  function query() {
    const { de_lieu: start, vers_lieu: end } = field.form.elements;
    const near = { de: end, vers: start }[field.name]?.value;
    return new URLSearchParams({ q: field.value, ...(near && { pres: near }) });
  }

  async function suggest() {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    try {
      const answer = await fetch(`/completion?${query()}`, { signal });
      if (!answer.ok) return close();
      list.innerHTML = await answer.text();
      (field.closest(".champ") ? field : field.form).after(list);
    } catch {
      return;
    }
    [...list.children].forEach((each, at) => { each.id = `${list.id}-${at + 1}`; });
    const count = list.children.length;
    const { une, plusieurs, aucune } = state.dataset;
    state.textContent = count > 1 ? plusieurs.replace("{n}", count) : count ? une : aucune;
    list.hidden = !count;
    field.setAttribute("aria-expanded", count > 0);
    choose(-1);
  }

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) field.setAttribute(name, value);
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (field.value.trim().length < 2) return close();
    waiting = setTimeout(suggest, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? list.children.length - 1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) accept(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  // The field keeps the focus. The option is taken at the end of the tap: were the list closed before,
  // what is below it would be clicked.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    if (document.activeElement !== field) return;
    const option = event.target.closest("[data-adresse]");
    if (option) accept(option);
  });
}

for (const id of ["q", "de", "vers"]) {
  const field = by(id);
  if (field) complete(field, by("completion"));
}
