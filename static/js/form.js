// Small helps of forms, which work without: an <output> repeats its field, a number has a slider, and a button copies a field.
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

// A number field with data-slider has a slider beside it; both say the same.
function slide(field) {
  const slider = document.createElement("input");
  for (const [key, value] of Object.entries({ type: "range", min: field.min, max: field.max, step: field.step || 1 })) {
    slider[key] = value;
  }
  slider.className = "slider";
  slider.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  const follow = () => {
    if (field.value) slider.value = field.value.replace(",", ".");
    const share = (slider.value - slider.min) / (slider.max - slider.min);
    slider.style.setProperty("--fill", `${100 * share}%`);
  };
  slider.addEventListener("input", () => {
    field.value = slider.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", follow);
  field.after(slider);
  follow();
}
document.querySelectorAll("input[data-slider]").forEach(slide);
