// Live boards. Pages are complete without scripts.
// The server renders; this module swaps fragments, counts minutes, reports a lost stream.

const by = (id) => document.getElementById(id);
const show = (element, on) => element && (element.hidden = !on);

// --- the board: replaced node by node; focus, scroll and open details remain ---

function swap(old, fresh) {
  if (old.isEqualNode(fresh) || "garde" in (fresh.dataset ?? {})) return;
  if (old.nodeType !== 1 || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const byId = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  const wanted = [...fresh.childNodes];
  let at = old.firstChild;
  for (const node of wanted) {
    const same = node.id ? byId.get(node.id) : at && !at.id && at.nodeName === node.nodeName && at;
    if (!same) {
      old.insertBefore(node, at);
      continue;
    }
    const next = same === at ? at.nextSibling : at;
    if (same !== at) old.insertBefore(same, at);
    at = next;
    swap(same, node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// --- time: the server's, continued with this machine's monotonic clock ---

let serverTime = 0;
let setAt = 0;
const now = () => serverTime + performance.now() - setAt;

function setClock(board) {
  serverTime = Date.parse(board.dataset.maintenant);
  setAt = performance.now();
}

function ago(seconds) {
  if (seconds < 60) return `${seconds}\u00a0s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)}\u00a0min` : `${Math.floor(seconds / 3600)}\u00a0h`;
}

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function countMinutes(board, instant) {
  for (const each of board.querySelectorAll("[data-dans]")) {
    const minutes = Math.max(0, Math.floor((Date.parse(each.dateTime) - instant) / 60000));
    const { minutes: some, imminent } = board.dataset;
    write(each, minutes ? some.replace("{n}", minutes) : imminent);
  }
}

// Each has the server's time of its own rendering, and is read from when it was first counted.
const firstCounted = new WeakMap();

function countShort(board) {
  const since = firstCounted.get(board) ?? performance.now();
  firstCounted.set(board, since);
  countMinutes(board, Date.parse(board.dataset.maintenant) + performance.now() - since);
}

function count(board) {
  countMinutes(board, now());
  for (const each of board.querySelectorAll("[data-depuis]")) {
    const seconds = Math.max(0, Math.floor((now() - Date.parse(each.dataset.depuis)) / 1000));
    write(each, each.dataset.modele.replace("{}", ago(seconds)));
  }
  const clock = by("horloge");
  if (clock) {
    const shape = { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.fuseau };
    write(clock, new Intl.DateTimeFormat("fr-FR", shape).format(now()));
  }
}

// --- the stream: open while the page is visible, retried with increasing pauses ---

function live(direct) {
  const always = "toujours" in direct.dataset;
  const button = by("direct-bouton");
  let source, retry, ticking, silence, failures = 0, paused;

  function close() {
    clearTimeout(retry);
    clearInterval(ticking);
    source?.close();
    source = undefined;
  }

  function open() {
    close();
    if (paused || document.hidden) return;
    count(by("tableau"));
    ticking = setInterval(() => count(by("tableau")), 5000);
    source = new EventSource(direct.dataset.flux);
    source.addEventListener("tableau", (event) => {
      failures = 0;
      show(by("hors-ligne"), false);
      const shape = document.createElement("template");
      shape.innerHTML = event.data;
      const fresh = shape.content.querySelector("#tableau");
      const old = by("tableau");
      // After a new release, the page needs its new style and script.
      if (always && fresh.dataset.version !== old.dataset.version) return location.reload();
      setClock(fresh);
      swap(old, fresh);
      count(by("tableau"));
    });
    source.addEventListener("annonce", (event) => {
      write(by("annonce"), event.data);
      // Later readers must not take it for new.
      clearTimeout(silence);
      silence = setTimeout(write, 30000, by("annonce"), "");
    });
    source.addEventListener("fin", () => pause(true));
    source.addEventListener("error", () => {
      source?.close();
      source = undefined;
      if (failures++) show(by("hors-ligne"), true);
      const wait = Math.min(60000, 1000 * 2 ** failures) * (0.5 + Math.random() / 2);
      clearTimeout(retry);
      retry = setTimeout(open, wait);
    });
  }

  function pause(on) {
    paused = on;
    show(by("direct-actif"), !paused);
    show(by("direct-suspendu"), paused);
    if (button) write(by("direct-mot"), paused ? direct.dataset.reprendre : direct.dataset.suspendre);
    open();
  }

  button?.addEventListener("click", () => pause(!paused));
  document.addEventListener("visibilitychange", open);
  addEventListener("online", () => open(failures = 0));
  addEventListener("offline", () => show(by("hors-ligne"), true));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  show(button, true);
  direct.querySelector(".sans-script")?.setAttribute("hidden", "");
  setClock(by("tableau"));
  pause(false);
}

if (by("direct")) live(by("direct"));
// Departures in short, also those that another script puts into the page.
setInterval(() => document.querySelectorAll(".prochains").forEach(countShort), 5000);
