/*
Copyright (c) 2026 Serverless Invoices Scanner workshop
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop
*/
(() => {
  "use strict";
  const page = document.getElementById("sealed");
  const form = document.getElementById("form");
  const field = document.getElementById("passphrase");
  const button = document.getElementById("open");
  const wrong = document.getElementById("wrong-passphrase");
  const bytes = (name) => Uint8Array.from(atob(page.dataset[name]), (char) => char.charCodeAt(0));

  if (!globalThis.crypto || !crypto.subtle) {
    document.getElementById("too-old").hidden = false;
    form.hidden = true;
    return;
  }

  async function opened(passphrase) {
    const normal = passphrase.normalize("NFKC").trim().split(/\s+/u).join(" ");
    const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(normal), "PBKDF2", false, ["deriveKey"]);
    const key = await crypto.subtle.deriveKey(
      { name: "PBKDF2", hash: "SHA-256", salt: bytes("salt"), iterations: Number(page.dataset.rounds) },
      typed, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes("nonce") }, key, bytes("sealed"));
    return new TextDecoder().decode(text);
  }

  function show(text) {
    // What is parsed so runs no script; nothing but the stylesheet that the policy names applies.
    const found = new DOMParser().parseFromString(text, "text/html");
    if (found.title) {
      document.title = found.title;
    }
    document.head.append(...found.head.querySelectorAll("style"));
    document.body.replaceChildren(...found.body.childNodes);
    const heading = document.querySelector("h1");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus();
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) {
      return;
    }
    const words = button.textContent;
    button.textContent = button.dataset.opening;
    button.disabled = true;
    wrong.textContent = "";
    field.removeAttribute("aria-invalid");
    try {
      show(await opened(field.value));
    } catch {
      wrong.textContent = wrong.dataset.words;
      field.setAttribute("aria-invalid", "true");
      field.select();
      field.focus();
    } finally {
      button.textContent = words;
      button.disabled = false;
    }
  });
})();
