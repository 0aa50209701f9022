// A form that sends where this browser receives notifications. Without scripts or support it stays
// hidden, and the page says why.

import { SUPPORTED, subscription } from "/static/site/push.js";

const form = document.getElementById("notification");
const state = form.querySelector("[aria-live]");
const button = form.querySelector("button");
const { cle, portee, attente, refus, echec } = form.dataset;

async function fill() {
  if (await Notification.requestPermission() !== "granted") return refus;
  try {
    const { endpoint, keys } = await subscription(cle, portee);
    Object.entries({ endpoint, ...keys }).forEach(([name, value]) => { form.elements[name].value = value; });
    return "";
  } catch {
    return echec;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.ariaDisabled) return;
  button.ariaDisabled = true;
  state.textContent = attente;
  const wrong = await fill();
  // Also of a form that is sent: Back can restore the page as it was left.
  button.ariaDisabled = null;
  state.textContent = wrong;
  if (!wrong) form.submit();
});

if (SUPPORTED) {
  form.hidden = false;
  document.getElementById("notification-impossible").hidden = true;
}
