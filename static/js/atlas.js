// The map page: fetches what the layers show, of the part in sight where there is too much, and shows what is pressed.
"use strict";

(() => {
  const page = document.querySelector("[data-atlas]");
  const map = page?.querySelector("[data-map]")?.gameMap;
  if (!map) return;
  const form = page.querySelector("form");
  const card = page.querySelector(".map-card");
  const said = page.querySelector("[data-atlas-said]");
  let isGrouped = false;
  let running = null;
  let timer = null;

  function address() {
    const url = new URL(page.dataset.atlas, window.location.href);
    const fields = form ? [...new FormData(form)].filter(([, value]) => value) : [];
    url.search = new URLSearchParams([...fields, ["server", page.dataset.server]]).toString();
    if (!isGrouped) return url;
    const sight = map.leaflet.getBounds();
    const sides = { west: sight.getWest(), south: sight.getSouth(), east: sight.getEast(), north: sight.getNorth() };
    for (const [name, metres] of Object.entries(sides)) url.searchParams.set(name, metres.toFixed(0));
    return url;
  }

  async function load() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(address(), { redirect: "error", signal: running.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const data = await answer.json();
      isGrouped = data.isGrouped ?? false;
      map.show(data);
      if (said) said.hidden = !isGrouped;
    } catch (error) {
      if (error.name !== "AbortError") said?.removeAttribute("hidden");
    }
  }

  function show(item) {
    const template = page.querySelector(`template[data-card="${CSS.escape(item.kind ?? "base")}"]`);
    card.replaceChildren(template.content.cloneNode(true));
    card.querySelector("[data-name]").textContent = item.name ?? "";
    card.querySelector("[data-line]").textContent = item.line ?? "";
    card.querySelector("[data-link]").href = item.url;
    const only = card.querySelector("[data-only]");
    if (only) only.href = `?${new URLSearchParams({ server: page.dataset.server, q: item.name })}`;
    card.querySelector("[data-close]").addEventListener("click", hide);
    card.className = `map-card is-${item.kind ?? "observed"}`;
    card.hidden = false;
  }

  function hide() {
    card.hidden = true;
    map.canvas.focus({ preventScroll: true });
  }

  page.addEventListener("map:choose", ({ detail }) => {
    if (detail.count) map.look(detail.x, detail.z, map.canvas.clientWidth / map.pixelsPerMetre / 4);
    else if (detail.url) show(detail);
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !card.hidden) hide();
  });
  form?.addEventListener("change", (event) => {
    if (event.target.name === "layer") load();
  });
  map.leaflet.on("moveend", () => {
    if (!isGrouped) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(load, 300);
  });
  load();
})();
