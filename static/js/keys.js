// Passkeys and security keys: what needs them is shown where the browser knows them, and a refusal is told.
"use strict";

for (const part of document.querySelectorAll("[data-keys]")) part.hidden = !window.PublicKeyCredential;
for (const part of document.querySelectorAll("[data-no-keys]")) part.hidden = Boolean(window.PublicKeyCredential);

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const part of document.querySelectorAll("[data-keys-error]")) part.hidden = false;
});
