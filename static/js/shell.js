// Small comforts; every page works without them.
"use strict";

for (const list of document.querySelectorAll(".sub ul")) {
  const open = list.querySelector("[aria-current]");
  if (open) list.scrollLeft = open.offsetLeft - list.offsetLeft - 16;
}

// A click beside the account menu, or Esc, closes it.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus(); // or the next Enter would press a button that nobody sees
  });
}

// A form that takes a while says so on its button, and is sent once.
document.addEventListener("submit", (event) => {
  const button = "busy" in event.target.dataset && event.submitter;
  if (!button) return;
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
});
