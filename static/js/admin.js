// Mends what Django's scripts build: a help sign with a label but without a role is nothing to a screen reader.
window.addEventListener("load", () => {
  for (const sign of document.querySelectorAll(".search-label-icon[aria-label]")) sign.setAttribute("role", "img");
});
