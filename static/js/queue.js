// The queue's comforts, which work without: ready-made reasons fill the field, keys press buttons, an open case is marked as
// looked at. Keys act on a wide page only, never while a field has the focus (Escape leaves it), and can be switched off.
"use strict";

for (const group of document.querySelectorAll("[data-ready]")) {
  const field = document.getElementById(group.dataset.ready);
  group.addEventListener("change", (event) => {
    field.value = event.target.dataset.words;
    field.scrollIntoView({ block: "center" });
  });
}

(() => {
  const detail = document.querySelector("[data-look]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!detail || !token) return;
  const look = () => {
    if (document.hidden || !detail.offsetParent) return;
    fetch(detail.dataset.look, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" }).catch(() => {});
  };
  look();
  setInterval(look, 60_000);
})();

(() => {
  const wide = window.matchMedia("(min-width: 48rem)");
  const dialog = document.getElementById("keys");
  const STORED = "queue-keys-off";
  const isOn = () => localStorage.getItem(STORED) === null;
  for (const hint of document.querySelectorAll("[data-keys-shown]")) hint.hidden = !isOn();
  const toggle = document.querySelector("[data-keys-on]");
  if (toggle) {
    toggle.checked = isOn();
    toggle.addEventListener("change", () => {
      if (toggle.checked) localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, "1");
      for (const hint of document.querySelectorAll("[data-keys-shown]")) hint.hidden = !isOn();
    });
  }

  function walk(step) {
    const links = [...document.querySelectorAll(".q-item a")];
    const open = links.findIndex((link) => link.hasAttribute("aria-current"));
    links[open + step]?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !wide.matches || dialog?.open) return;
    const field = event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]");
    if (field) return event.key === "Escape" ? field.blur() : undefined;
    if (event.key === "?") return dialog?.showModal();
    if (!isOn()) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
    const part = /^[a-z1-9]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
    if (!part) return;
    event.preventDefault();
    const reason = part.name === "sure" && document.querySelector("textarea[name=reason]");
    if (reason && !reason.value.trim()) return reason.focus();
    part.click();
    part.parentElement.querySelector("textarea")?.focus();
  });
})();
