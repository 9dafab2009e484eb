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
  let etag = null; // of what the page shows

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
    if (isBeingRead()) return false;
    const focused = target.contains(document.activeElement) && document.activeElement.getAttribute("href");
    target.innerHTML = html;
    if (focused) target.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    return true;
  }

  async function refresh() {
    timer = null;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(10000) });
      if (answer.type === "opaqueredirect" || answer.status === 404) return show("signedOut");
      if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
      const html = await answer.text();
      if (isPaused || document.hidden) return;
      if (answer.ok && swap(html)) etag = answer.headers.get("ETag");
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
