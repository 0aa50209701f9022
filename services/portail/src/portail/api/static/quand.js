// The time of a search: « Arriver avant » needs one, so that the time gets the focus, and a date that
// is entered chooses its button. Without this module the form works the same, with a tap more.

const box = document.querySelector(".quand");
const { jour: date, heure: time } = box?.querySelector("input").form.elements ?? {};
const other = box?.querySelector("[name=quel_jour][value=autre]");

// A tap on a day while the time is typed chooses the day alone: what is typed next is still the time.
box?.addEventListener("mousedown", (event) => {
  if (document.activeElement === time && event.target.name === "quel_jour") event.preventDefault();
});
box?.addEventListener("click", ({ target, detail }) => {
  // The keyboard stays where it is: arrows move among the buttons.
  if (detail && target.value === "arriver" && !time.value) time.focus();
});
date?.addEventListener("input", () => { other.checked = true; });
