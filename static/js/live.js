// Refreshes a part of the page by fetching it alone (?partial=1) and swapping it in. See territory/verdict_list.html.
"use strict";

(() => {
  const bar = document.querySelector("[data-live]");
  const target = bar && document.getElementById(bar.dataset.liveTarget);
  if (!target) return;

  const state = bar.querySelector("[data-live-state]");
  const button = bar.querySelector("[data-live-button]");
  const pauseAfterMs = Number(bar.dataset.liveSeconds) * 1000;
  const address = new URL(window.location.href);
  address.searchParams.set("partial", "1");
  let isPaused = false;
  let timer = null;
  let last = null;

  function show(name) {
    bar.dataset.liveNow = name;
    const text = bar.dataset["text" + name[0].toUpperCase() + name.slice(1)];
    if (state.textContent !== text) state.textContent = text;
  }

  function isBeingRead() {
    const selection = window.getSelection();
    return selection && !selection.isCollapsed && target.contains(selection.anchorNode);
  }

  function swap(html) {
    if (html === last || isBeingRead()) return;
    const focused = target.contains(document.activeElement) && document.activeElement.getAttribute("href");
    target.innerHTML = html;
    last = html;
    if (focused) target.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  async function refresh() {
    timer = null;
    try {
      const answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(10000) });
      if (answer.type === "opaqueredirect" || answer.status === 404) return show("signedOut");
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      if (isPaused || document.hidden) return;
      swap(html);
      show("live");
    } catch {
      if (!isPaused && !document.hidden) show("offline");
    }
    plan();
  }

  function plan() {
    if (timer === null && !isPaused && !document.hidden) timer = window.setTimeout(refresh, pauseAfterMs);
  }

  function follow() {
    window.clearTimeout(timer);
    timer = null;
    const isOn = !isPaused && !document.hidden;
    button.textContent = isPaused ? bar.dataset.textResume : bar.dataset.textPause;
    show(isOn ? "live" : "paused");
    if (isOn) refresh();
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  show("live");
  plan();
})();
