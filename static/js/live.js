// Keeps a part of the page up to date by asking for it alone (?partial=1). The part is swapped whole; with data-live-rows
// it is a table: the answer holds the rows that it lacks, newest first, and rows that have changed since they were shown.
"use strict";

(() => {
  const bar = document.querySelector("[data-live]");
  const target = bar && document.getElementById(bar.dataset.liveTarget);
  if (!target) return;

  const state = bar.querySelector("[data-live-state]");
  const news = bar.querySelector("[data-live-news]");
  const button = bar.querySelector("[data-live-button]");
  const older = document.querySelector("[data-live-older]");
  const body = target.querySelector("tbody");
  const pauseAfterMs = Number(bar.dataset.liveSeconds) * 1000;
  const mostRows = Number(bar.dataset.liveRows || 0);
  let isPaused = false;
  let timer = null;
  let etag = null; // of what the page shows
  let newRows = 0;

  function show(name) {
    bar.dataset.liveNow = name;
    const text = bar.dataset["text" + name[0].toUpperCase() + name.slice(1)];
    if (text && state.textContent !== text) state.textContent = text;
  }

  function address() {
    const url = new URL(window.location.href);
    url.searchParams.set("partial", "1");
    if (!mostRows) return url;
    const rows = [...body.rows];
    const numbers = (some) => some.map((row) => row.dataset.row).join(",");
    // A list with room for more rows lacks older ones too: a filter fits them once they are judged.
    const isFull = rows.length >= mostRows;
    url.searchParams.set("after", isFull ? rows[rows.length - 1].dataset.row : "0");
    url.searchParams.set("shown", numbers(rows.filter((row) => !("pending" in row.dataset))));
    url.searchParams.set("pending", numbers(rows.filter((row) => "pending" in row.dataset)));
    return url;
  }

  function isBeingRead() {
    const selection = window.getSelection();
    const isSelected = selection && !selection.isCollapsed && target.contains(selection.anchorNode);
    return isSelected || (mostRows > 0 && target.contains(document.activeElement));
  }

  function swap(html) {
    const focused = target.contains(document.activeElement) && document.activeElement.getAttribute("href");
    target.innerHTML = html;
    if (focused) target.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  function place(row) {
    const number = Number(row.dataset.row);
    const same = body.querySelector(`[data-row="${number}"]`);
    if (same) return same.replaceWith(row);
    body.insertBefore(row, [...body.rows].find((one) => Number(one.dataset.row) < number) || null);
    newRows += 1;
  }

  function merge(html) {
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const before = newRows;
    answer.content.querySelectorAll("tr").forEach(place);
    if (newRows === before) return;
    while (body.rows.length > mostRows) body.lastElementChild.remove();
    target.querySelector("[data-live-empty]")?.remove();
    news.textContent = bar.dataset.textNew.replace("{n}", newRows);
    if (!older) return;
    const url = new URL(older.href);
    url.searchParams.set("before", body.lastElementChild.dataset.row);
    older.href = url.href;
  }

  async function refresh() {
    timer = null;
    try {
      if (isBeingRead()) return show("reading");
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(address(), { headers, redirect: "manual", signal: AbortSignal.timeout(10000) });
      if (answer.type === "opaqueredirect" || answer.status === 404) {
        isPaused = true;
        button.hidden = true;
        return show("signedOut");
      }
      if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
      const html = await answer.text();
      if (isPaused || document.hidden || isBeingRead()) return;
      if (answer.ok) {
        (mostRows ? merge : swap)(html);
        etag = mostRows ? null : answer.headers.get("ETag");
      }
      show("live");
    } catch {
      if (!isPaused && !document.hidden) show("offline");
    } finally {
      plan();
    }
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
  document.addEventListener("visibilitychange", () => bar.dataset.liveNow !== "signedOut" && follow());
  show("live");
  plan();
})();
