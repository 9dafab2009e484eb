// Follows a filter's form (data-follow): a change fetches the page it asks for and takes over what differs. Without this
// script the form's button does the same.
"use strict";

(() => {
  const parts = [".page-head", "form[data-follow]", ".filter-drawer > summary", "[data-results]"];
  let running = null;

  async function follow(form) {
    running?.abort();
    running = new AbortController();
    const address = new URL(form.action);
    const choices = [...new FormData(form)].filter(([, choice]) => choice);
    address.search = new URLSearchParams(choices).toString();
    const results = document.querySelector("[data-results]");
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { redirect: "error", signal: running.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      window.history.replaceState(null, "", address);
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  }

  function take(page) {
    const focused = document.activeElement?.id;
    for (const part of parts) {
      const fresh = page.querySelector(part);
      if (fresh) document.querySelector(part)?.replaceWith(fresh);
    }
    document.title = page.title;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    said.textContent = document.querySelector("[data-count]")?.textContent ?? "";
  }

  const said = document.createElement("p");
  said.className = "sr";
  said.setAttribute("role", "status");
  document.querySelector("main").append(said);
  document.addEventListener("change", (event) => {
    if (event.target.form?.matches("[data-follow]")) follow(event.target.form);
  });
})();
