// Makes the desk's pages more convenient. Every task works without it: it enables, disables and decides nothing.

/** Puts numbers into a text like "{n} selected". */
function fill(pattern, n) {
  return pattern.replace("{n}", n.toLocaleString("en-US"));
}

/** The ticks of the list: their number, ranges by Shift, and saving them in the background. */
function followTicks(form) {
  const boxes = [...form.querySelectorAll('input[name="entry"]')];
  const all = form.querySelector("input[data-all]");
  const bar = form.querySelector(".bar");
  if (!bar || boxes.length === 0) return;
  const label = bar.querySelector("[data-pattern]");
  const ticked = () => boxes.filter((box) => box.checked).length;
  const elsewhere = Number(label.dataset.count) - ticked();
  let last = null;
  let timer = 0;

  function show() {
    const here = ticked();
    const total = elsewhere + here;
    label.textContent = fill(label.dataset.pattern, total);
    bar.classList.toggle("idle", total === 0);
    if (!all) return;
    all.checked = here === boxes.length;
    all.indeterminate = here > 0 && here < boxes.length;
  }

  // The parts by advice are the server's; they are right again with the next page.
  function changed() {
    const parts = bar.querySelector(".parts");
    if (parts) parts.hidden = true;
    show();
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  }

  async function save() {
    const body = new URLSearchParams(new FormData(form));
    body.set("do", "save");
    try {
      await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
    } catch {
      // The ticks are posted again with the next button.
    }
  }

  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== "entry") return;
    if (event.shiftKey && last !== null && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
    }
    last = box;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    if (event.target === all || event.target.name === "entry") changed();
  });
  // Links leave the page: what was ticked within the last moment is saved first.
  addEventListener("pagehide", () => {
    if (timer) save();
  });
  show();
}

/** On the page of a draft: how many rows follow the advice, with the ticks of now. */
function followAssertions(form) {
  const way = form.querySelector("[data-safe]");
  const boxes = [...form.querySelectorAll('input[name="said"]')];
  if (!way || boxes.length === 0) return;
  const places = [...way.querySelectorAll("[data-pattern]")].filter((place) => place.dataset.pattern);
  const before = places.map((place) => place.textContent);
  function show() {
    const n = Number(way.dataset.safe) + boxes.filter((box) => box.checked).length;
    places.forEach((place, i) => {
      place.textContent = n > 0 ? fill(place.dataset.pattern, n) : before[i];
    });
  }
  form.addEventListener("change", show);
  show();
}

/** Buttons that copy a text; where the clipboard is out of reach, the text is selected. */
function offerCopies() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const text = document.getElementById(button.dataset.copy);
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      text.select();
      try {
        await navigator.clipboard.writeText(text.value);
        button.lastChild.textContent = document.body.dataset.copied;
      } catch {
        text.focus();
      }
    });
  }
}

/** Rows that wait for the provider: their words are read again every five seconds. */
function followReleases(table) {
  async function refresh() {
    if (document.hidden) return;
    const response = await fetch(location.href, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return;
    const words = await response.json();
    for (const row of table.querySelectorAll("tr[data-row]")) {
      const now = words[row.dataset.row];
      if (!now) continue;
      // The icons change with the next page.
      for (const place of row.querySelectorAll("[data-word]")) {
        const text = now[place.dataset.word];
        if (text !== undefined && place.textContent !== text) place.lastChild.textContent = text;
      }
    }
  }
  setInterval(() => refresh().catch(() => {}), 5000);
}

/** "/" goes to the box to ask, unless something is being typed. */
function offerShortcut() {
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement?.matches("input, textarea, select")) return;
    const ask = document.getElementById("ask");
    if (!ask) return;
    event.preventDefault();
    ask.focus();
  });
}

/** A second click on a button that sends is ignored for ten seconds. */
function ignoreSecondSubmits() {
  let sent = new WeakMap();
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    const now = performance.now();
    if (now - (sent.get(form) ?? -Infinity) < 10000) event.preventDefault();
    else sent.set(form, now);
  });
  // Back to a page that was kept: it may be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) sent = new WeakMap();
  });
}

const list = document.querySelector('form[data-page="list"]');
if (list) followTicks(list);
const release = document.querySelector('form[data-page="release"]');
if (release) followAssertions(release);
const live = document.querySelector("table[data-live]");
if (live) followReleases(live);
offerCopies();
offerShortcut();
if (document.body.dataset.copied) ignoreSecondSubmits();
document.querySelector("[data-focus]")?.focus();
