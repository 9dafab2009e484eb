// Small helps of forms, which work without: an <output> repeats its field, and a button copies one.
"use strict";

for (const output of document.querySelectorAll("output[for]")) {
  const field = document.getElementById(output.htmlFor.value);
  field?.addEventListener("input", () => {
    output.textContent = `${field.value} m`;
  });
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = button.dataset.done;
  });
}
