// Mends what Django's scripts build: boxes and signs that a screen reader could not name.
function name() {
  for (const sign of document.querySelectorAll(".search-label-icon[aria-label]")) sign.setAttribute("role", "img");
  for (const box of document.querySelectorAll("select.admin-autocomplete + .select2")) {
    const [label] = box.previousElementSibling.labels;
    if (!label) continue;
    label.id ||= `${box.previousElementSibling.id}_label`;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox]")) {
      const names = (part.getAttribute("aria-labelledby") ?? "").split(" ");
      part.setAttribute("aria-labelledby", [...new Set([label.id, ...names])].join(" ").trim());
    }
  }
}
name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
