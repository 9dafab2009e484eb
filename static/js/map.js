// Lets people operate a game's map: a picture that the server wrote ([data-map], docs/design.md) becomes one to move, zoom
// and choose places on. Without this script the picture stays, and places are typed.
"use strict";

(() => {
  const MARGIN = 20; // pixels, for frame and coordinates
  const FRAME = 5;
  const STEPS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
  const SIDE = 256; // pixels of the whole map at zoom 0, as tiles count
  const STEP_M = 5; // an arrow key moves a chosen place so far, with Shift ten times
  const language = document.documentElement.lang;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const SHAPES = {
    allowed: (x, y) => ring(x, y, 4.5),
    observed: (x, y) => ring(x, y, 4.5),
    invasion: (x, y) => `M${x} ${y - 7}l7 12.5h-14Z`,
    forbidden: (x, y) => `M${x - 5.5} ${y - 5.5}h11v11h-11Z`,
    review: (x, y) => `M${x} ${y - 7}l7 7l-7 7l-7 -7Z`,
    cluster: (x, y) => ring(x, y, 13),
  };
  const ring = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;

  const Shape = L.CircleMarker.extend({
    _updatePath() {
      this._renderer._setPath(this, (SHAPES[this.options.kind] ?? SHAPES.review)(this._point.x, this._point.y));
    },
  });

  // A base on the map of a whole game is a dot that can still be pressed.
  const Ring = L.Circle.extend({
    _project() {
      L.Circle.prototype._project.call(this);
      this._radius = this._radiusY = Math.max(this._radius, 6);
      this._updateBounds();
    },
  });

  const inWords = (metres) => Math.round(metres).toLocaleString(language, { useGrouping: true });
  const typed = (metres) => metres.toLocaleString(language, { useGrouping: false, maximumFractionDigits: 1 });
  const readingOf = ([x, z]) => `X ${inWords(x)} · Z ${inWords(z)}`;
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

  // 4730,5 and 4730.5 and 4.730,5, as the server reads them (territory/points.py).
  function parseMetres(text) {
    let plain = text.trim().replace(/[\u00a0\u202f]/g, "");
    const grouped = /^-?\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/.exec(plain);
    if (grouped) plain = plain.replaceAll(grouped[1], "");
    return /^-?\d+(?:[.,]\d+)?$/.test(plain) ? Number(plain.replace(",", ".")) : NaN;
  }

  function parsePoint(text) {
    const logged = /pos=<\s*([-\d.]+)\s*,\s*([-\d.]+)\s*,/.exec(text);
    const labels = /[xz]\s*[:=]?|[()<>[\]]|\bm\b/gi;
    const parts = logged?.slice(1) ?? text.replace(labels, " ").trim().split(/\s*[/;|]\s*|,\s+|\s+/);
    return parts.length === 2 ? parts.map(parseMetres) : [NaN, NaN];
  }

  function draw(parent, name, attributes, words) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (words) element.textContent = words;
    parent.append(element);
    return element;
  }

  function multiples(start, length, step) {
    const numbers = [];
    for (let n = Math.floor(start / step); n * step < start + length; n += 1) numbers.push(n * step);
    return numbers;
  }

  class GameMap {
    constructor(box) {
      this.box = box;
      this.data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
      this.names = [];
      this.labels = [];
      this.reading = box.querySelector(".map-read");
      this.#build();
      this.show(this.data);
      this.#fetchNames();
      if (box.dataset.mapX || box.dataset.mapPoint) new Choice(this);
    }

    // -- What others use

    /** Draw other circles and points than before; each may have a `name`, and is handed over when it is pressed. */
    show({ circles = [], points = [], measure = null }) {
      this.drawn.clearLayers();
      this.labels = [];
      for (const circle of circles) this.#add(new Ring([circle.z, circle.x], this.#look(circle)), circle);
      if (measure) this.#measure(measure);
      for (const point of points) {
        const css = `pt ${point.kind}`;
        this.#add(new Shape([point.z, point.x], { kind: point.kind, className: css, radius: 9, fillOpacity: 1 }), point);
        if (point.count) this.labels.push({ x: point.x, z: point.z, words: inWords(point.count), css: "pt-n" });
      }
      this.#draw();
    }

    /** Show a place, `width` metres wide. */
    look(x, z, width) {
      const pixels = this.canvas.clientWidth / width;
      this.leaflet.setView([z, x], Math.log2((pixels * this.data.side) / SIDE), { animate: false });
    }

    get pixelsPerMetre() {
      return (2 ** this.leaflet.getZoom() * SIDE) / this.data.side;
    }

    read(place) {
      this.reading.textContent = readingOf(place);
    }

    // -- The map

    #build() {
      const { box, data } = this;
      const label = box.querySelector("svg[role=img]")?.getAttribute("aria-label") ?? "";
      this.canvas = document.createElement("div");
      this.canvas.className = "map-canvas";
      box.prepend(this.canvas);
      this.frame = draw(box, "svg", { class: "map-over", "aria-hidden": "true" });
      const scale = SIDE / data.side;
      const crs = L.extend({}, L.CRS.Simple, { transformation: new L.Transformation(scale, 0, -scale, SIDE) });
      const whole = L.latLngBounds([0, 0], [data.side, data.side]);
      this.leaflet = L.map(this.canvas, {
        crs,
        zoomSnap: 0,
        zoomDelta: 1,
        maxZoom: Math.log2((8 * data.side) / SIDE), // 8 pixels a metre
        maxBounds: whole.pad(0.2),
        zoomControl: false,
        attributionControl: false,
        zoomAnimation: false,
        fadeAnimation: !isStill,
        inertia: !isStill,
        scrollWheelZoom: false,
        boxZoom: false,
        renderer: L.svg({ padding: 0.5 }),
      });
      const map = this.leaflet;
      if (isStill) map.panBy = (offset) => L.Map.prototype.panBy.call(map, offset, { animate: false });
      map.setMinZoom(Math.min(map.getBoundsZoom(whole) - 0.25, map.options.maxZoom));
      this.look(data.x, data.z, data.width);
      if (data.tiles) L.tileLayer(data.tiles, { bounds: whole, minZoom: -5, maxNativeZoom: 6, maxZoom: 20 }).addTo(map);
      L.rectangle(whole, { className: "map-edge", interactive: false, fill: false }).addTo(map);
      this.grid = this.#pane("grid", 250);
      this.words = this.#pane("words", 650);
      this.drawn = L.layerGroup().addTo(map);
      map.on("move zoom viewreset resize", () => this.#draw());
      map.on("mousemove", ({ latlng }) => this.read([latlng.lng, latlng.lat]));
      // The page scrolls until somebody means the map.
      map.on("focus", () => map.scrollWheelZoom.enable());
      map.on("blur", () => map.scrollWheelZoom.disable());
      this.canvas.setAttribute("role", "application");
      this.canvas.setAttribute("aria-label", label);
      this.#tools(whole);
      this.read([data.x, data.z]);
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(this.canvas);
      box.classList.add("is-live");
    }

    #tools(whole) {
      const acts = {
        in: () => this.leaflet.zoomIn(1),
        out: () => this.leaflet.zoomOut(1),
        whole: () => this.leaflet.fitBounds(whole),
      };
      for (const button of this.box.querySelectorAll("[data-map-zoom]")) {
        button.addEventListener("click", acts[button.dataset.mapZoom]);
      }
      for (const part of this.box.querySelectorAll(".map-tools, .map-read")) part.hidden = false;
    }

    #pane(name, height) {
      const pane = this.leaflet.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
      return draw(pane, "svg", { "aria-hidden": "true" });
    }

    async #fetchNames() {
      if (!this.data.names) return;
      try {
        const answer = await fetch(this.data.names);
        if (!answer.ok) return;
        this.names = (await answer.json()).features.map(({ geometry, properties }) => ({
          x: geometry.coordinates[0], z: geometry.coordinates[1], words: properties.name, rank: properties.rank,
        }));
        this.#draw();
      } catch {
        // A map without names of places is a map.
      }
    }

    #look({ r, css }) {
      return { radius: r, className: css, fillOpacity: 1 };
    }

    #add(layer, item) {
      layer.addTo(this.drawn);
      if (item.mark) this.labels.push({ x: item.x, z: item.z, words: item.mark, css: "mk-t", look: item.css });
      if (item.name && item.r) this.labels.push({ x: item.x, z: item.z, r: item.r, words: item.name, css: "lab" });
      if (item.name && !item.r) {
        const words = document.createElement("bdi");
        words.textContent = item.name; // a name is never markup
        layer.bindTooltip(words, { direction: "top", offset: [0, -6] });
      }
      layer.on("click", (event) => {
        const choice = new CustomEvent("map:choose", { bubbles: true, cancelable: true, detail: item });
        if (!this.box.dispatchEvent(choice)) L.DomEvent.stopPropagation(event);
      });
    }

    #measure({ x, z, toX, toZ, words }) {
      const ends = [[z, x], [toZ, toX]];
      L.polyline(ends, { className: "dim", dashArray: "4 3", interactive: false }).addTo(this.drawn);
      L.circleMarker([z, x], { radius: 4, className: "mk", interactive: false, fillOpacity: 1 }).addTo(this.drawn);
      this.labels.push({ x, z, words, css: "lab", anchor: toX >= x ? "end" : "start" });
    }

    // -- The frame, the grid and words, drawn anew whenever the map moves

    #draw() {
      const size = this.leaflet.getSize();
      if (!size.x || !this.words) return;
      const corner = this.leaflet.containerPointToLatLng([0, size.y]);
      const scale = this.pixelsPerMetre;
      const sheet = {
        size, scale, left: corner.lng, bottom: corner.lat, step: STEPS.find((step) => step * scale >= 70) ?? 5000,
        across: (x) => (x - corner.lng) * scale,
        down: (z) => size.y - (z - corner.lat) * scale,
      };
      for (const part of [this.grid, this.words]) {
        part.replaceChildren();
        part.setAttribute("width", size.x);
        part.setAttribute("height", size.y);
        L.DomUtil.setPosition(part, this.leaflet.containerPointToLayerPoint([0, 0]));
      }
      this.#lines(sheet, sheet.step / 5, "g1");
      this.#lines(sheet, sheet.step, "g2");
      this.#names(sheet);
      this.#labels(sheet);
      this.#frame(sheet);
    }

    #lines({ size, scale, left, bottom, across, down }, step, css) {
      const columns = multiples(left, size.x / scale, step).map((x) => `M${across(x).toFixed(1)} 0V${size.y}`);
      const rows = multiples(bottom, size.y / scale, step).map((z) => `M0 ${down(z).toFixed(1)}H${size.x}`);
      draw(this.grid, "path", { class: css, d: columns.join("") + rows.join(""), fill: "none" });
    }

    #names({ scale, across, down }) {
      const least = scale > 0.12 ? 3 : scale > 0.06 ? 2 : 1;
      for (const { x, z, words, rank } of this.names) {
        if (rank <= least) draw(this.grid, "text", { class: `town r${rank}`, x: across(x), y: down(z) }, words);
      }
    }

    #labels({ size, scale, across, down }) {
      for (const { x, z, r = 0, words, css, look, anchor = "middle" } of this.labels) {
        if (r && r * scale < 16) continue; // the circle is too small for its name
        const [left, top] = [across(x), down(z)];
        if (left < -200 || left > size.x + 200 || top < -200 || top > size.y + 200) continue;
        if (css === "mk-t") draw(this.words, "circle", { class: `mk ${look}`, cx: left, cy: top, r: 11 });
        const below = css === "mk-t" ? 4.6 : 4;
        const place = { x: left + ({ end: -9, start: 9 }[anchor] ?? 0), y: top + (r ? r * scale + 16 : below) };
        draw(this.words, "text", { class: css, "text-anchor": anchor, ...place }, words);
      }
    }

    #frame({ size, scale, left, bottom, step, across, down }) {
      const frame = this.frame;
      frame.replaceChildren();
      const [right, low] = [MARGIN + size.x, MARGIN + size.y];
      const box = (css, x, y, width, height) =>
        draw(frame, "rect", { class: css, x, y, width: Math.max(width, 0), height: Math.max(height, 0) });
      const margins = `M0 0H${right + MARGIN}V${low + MARGIN}H0ZM${MARGIN} ${MARGIN}V${low}H${right}V${MARGIN}Z`;
      draw(frame, "path", { class: "map-frame", d: margins, "fill-rule": "evenodd" });
      for (const x of multiples(left, size.x / scale, step)) {
        const [from, to] = [Math.max(across(x), 0), Math.min(across(x + step), size.x)];
        const css = Math.round(x / step) % 2 ? "zb" : "zw";
        for (const y of [MARGIN - FRAME, low]) box(css, MARGIN + from, y, to - from, FRAME);
        const place = `translate(${MARGIN + across(x)} 11)`;
        if (across(x) > 16 && across(x) < size.x - 16) draw(frame, "text", { class: "mt", transform: place }, inWords(x));
      }
      for (const z of multiples(bottom, size.y / scale, step)) {
        const [from, to] = [Math.max(down(z + step), 0), Math.min(down(z), size.y)];
        const css = Math.round(z / step) % 2 ? "zb" : "zw";
        for (const x of [MARGIN - FRAME, right]) box(css, x, MARGIN + from, FRAME, to - from);
        const place = `translate(11 ${MARGIN + down(z)}) rotate(-90)`;
        if (down(z) > 16 && down(z) < size.y - 16) draw(frame, "text", { class: "mt", transform: place }, inWords(z));
      }
      box("neat", MARGIN, MARGIN, size.x, size.y);
      const [length, x, y] = [step * scale, right - 14 - step * scale, low - 14];
      draw(frame, "path", { class: "dim", fill: "none", d: `M${x} ${y - 5}v5h${length}v-5` });
      draw(frame, "text", { class: "mt", x: x + length / 2, y: y - 5 }, `${inWords(step)} m`);
    }
  }

  // A place that a form takes: its fields and the map say the same. With a field for a radius, its circle, too.
  class Choice {
    constructor(map) {
      this.map = map;
      const field = (name) => document.getElementById(map.box.dataset[name] ?? "");
      [this.x, this.z, this.point, this.radius] = ["mapX", "mapZ", "mapPoint", "mapRadius"].map(field);
      const look = { radius: 1, className: "b-own", interactive: false, fillOpacity: 1 };
      this.circle = this.radius && L.circle([0, 0], look);
      this.hair = L.polyline([], { className: "hair", interactive: false });
      this.pin = this.#handle(this.radius ? "map-pin" : "map-pin ring", this.radius ? 20 : 28, ({ lng, lat }) => this.#set(lng, lat));
      this.edge = this.radius && this.#handle("map-pin edge", 18, (place) => this.#stretch(place));
      for (const one of [this.x, this.z, this.point, this.radius]) one?.addEventListener("input", () => this.#follow());
      map.leaflet.keyboard.disable();
      map.leaflet.on("click", ({ latlng }) => this.#set(latlng.lng, latlng.lat));
      map.leaflet.on("zoomend", () => this.#follow());
      map.canvas.addEventListener("keydown", (event) => this.#press(event));
      this.said = document.createElement("p");
      this.said.className = "sr";
      this.said.setAttribute("role", "status");
      map.box.append(this.said);
      this.#follow();
    }

    get place() {
      return this.x ? [parseMetres(this.x.value), parseMetres(this.z.value)] : parsePoint(this.point.value);
    }

    get radiusM() {
      return parseMetres(this.radius.value);
    }

    #handle(className, size, moved) {
      const icon = L.divIcon({ className, iconSize: [size, size] });
      const handle = L.marker([0, 0], { icon, draggable: true, autoPan: !isStill, keyboard: false });
      return handle.on("drag", () => moved(handle.getLatLng()));
    }

    #write(field, text) {
      if (!field || field.value === text) return;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    #set(x, z) {
      const side = this.map.data.side;
      const words = [x, z].map((value) => typed(clamp(Math.round(value * 10) / 10, 0, side)));
      this.#write(this.x, words[0]);
      this.#write(this.z, words[1]);
      this.#write(this.point, words.join(" / "));
      this.map.read(this.place);
    }

    #stretch({ lng, lat }) {
      const [x, z] = this.place;
      this.#resize(Math.hypot(lng - x, lat - z));
    }

    #resize(metres) {
      const { min = 0, max = Infinity } = this.radius;
      this.#write(this.radius, String(clamp(Math.round(metres), Number(min) || 0, Number(max) || Infinity)));
    }

    #follow() {
      const [x, z] = this.place;
      const parts = [this.hair, this.circle, this.pin, this.edge].filter(Boolean);
      if (!Number.isFinite(x) || !Number.isFinite(z)) return parts.forEach((part) => part.remove());
      parts.forEach((part) => part.addTo(this.map.leaflet));
      const far = this.map.data.side;
      this.hair.setLatLngs([[[z, -far], [z, 2 * far]], [[-far, x], [2 * far, x]]]);
      this.pin.setLatLng([z, x]);
      const radius = this.radius ? this.radiusM : NaN;
      this.circle?.setLatLng([z, x]).setRadius(Number.isFinite(radius) ? radius : 0);
      this.edge?.setLatLng([z, x + (Number.isFinite(radius) ? radius : 0)]);
      if (!(radius * this.map.pixelsPerMetre > 24)) this.edge?.remove(); // it would lie on the centre's
      if (!this.map.leaflet.getBounds().contains([z, x])) this.map.leaflet.panTo([z, x], { animate: false });
    }

    #press(event) {
      const step = event.shiftKey ? 10 * STEP_M : STEP_M;
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const grows = { "+": 1, "=": 1, "-": -1 }[event.key];
      const move = moves[event.key];
      if ((!move && !grows) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (move) {
        const { lng, lat } = this.map.leaflet.getCenter();
        const [x, z] = this.place.every(Number.isFinite) ? this.place : [lng, lat];
        this.#set(x + move[0] * step, z + move[1] * step);
        this.said.textContent = readingOf(this.place);
      } else if (this.radius) {
        this.#resize((this.radiusM || 0) + grows * STEP_M);
        this.said.textContent = `${this.radius.value} m`;
      } else {
        this.map.leaflet.setZoom(this.map.leaflet.getZoom() + grows);
      }
    }
  }

  for (const box of document.querySelectorAll("[data-map]")) box.gameMap = new GameMap(box);
})();
