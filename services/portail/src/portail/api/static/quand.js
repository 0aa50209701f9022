// The time of a search: the field that a button needs gets the focus, and a date that is entered
// chooses its button. Without this module the form works the same, with a tap more.

const box = document.querySelector(".quand");
const { jour: date, heure: time } = box?.querySelector("input").form.elements ?? {};
const other = box?.querySelector("[name=quel_jour][value=autre]");

box?.addEventListener("click", ({ target, detail }) => {
  // The keyboard stays where it is: arrows move among the buttons.
  if (!detail || !target.matches("input[type=radio]")) return;
  if (target === other) date.focus();
  else if (target.value === "arriver" && !time.value) time.focus();
});
date?.addEventListener("input", () => { other.checked = true; });
