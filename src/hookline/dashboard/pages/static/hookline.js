// Shared by all pages: times, copying, dialogs, tabs, colours, keys. Every page can be read without it.
(() => {
  "use strict";

  const all = (selector, root = document) => root.querySelectorAll(selector);

  // Times: "2 min ago", and the exact moment in UTC and here when the pointer rests on it.
  const steps = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [86400 * 45, 86400, "d"]];
  function ago(moment) {
    const seconds = (Date.now() - moment.getTime()) / 1000;
    const size = Math.abs(seconds);
    if (size < 2) return "now";
    for (const [limit, unit, name] of steps) {
      if (size < limit) {
        const count = Math.floor(size / unit);
        return seconds >= 0 ? `${count} ${name} ago` : `in ${count} ${name}`;
      }
    }
    return moment.toISOString().slice(0, 10);
  }
  const here = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  function showTimes(root = document) {
    for (const time of all("time[data-relative]", root)) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const text = ago(moment);
      if (time.textContent !== text) time.textContent = text;
      if (!time.dataset.exact) {
        time.dataset.exact = "yes";
        time.title = `${time.title}\n${here.format(moment)}`;
      }
    }
  }
  setInterval(() => { if (!document.hidden) showTimes(); }, 5000);

  // Counts down the seconds of things that end soon.
  function countDown() {
    for (const time of all("time[data-countdown]")) {
      const left = Math.max(0, Math.round((new Date(time.dateTime).getTime() - Date.now()) / 1000));
      const hours = Math.floor(left / 3600), minutes = Math.floor(left % 3600 / 60), seconds = left % 60;
      const parts = [hours, minutes, seconds].map((part) => String(part).padStart(2, "0"));
      time.textContent = left ? `within ${(hours ? parts : parts.slice(1)).join(":")}` : "the time is over";
    }
  }
  setInterval(countDown, 1000);
  countDown();

  // A line at the bottom reports what happened; screen readers read it aloud.
  function say(text, tone = "ok") {
    const box = document.getElementById("messages");
    if (!box) return;
    const notice = document.createElement("div");
    notice.className = `notice ${tone}`;
    const words = document.createElement("p");
    words.textContent = text;
    notice.append(words);
    box.append(notice);
    setTimeout(() => notice.remove(), tone === "bad" ? 12000 : 5000);
  }
  window.hooklineSay = say;

  async function copy(button) {
    const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const text = from ? from.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "visually-hidden";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
    say("Copied.");
    button.focus();
  }

  function chooseTab(tab, moveFocus) {
    const list = tab.closest("[role=tablist]");
    for (const other of all("[role=tab]", list)) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(other.getAttribute("aria-controls"));
      if (panel) panel.hidden = !chosen;
    }
    if (moveFocus) tab.focus();
  }

  const themes = ["auto", "light", "dark"];
  function showTheme() {
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.hooklineTheme.get()));
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy], [data-copy-from], [data-open], [data-close], [role=tab], [data-theme-choice]");
    if (!target) return;
    if (target.matches("[data-copy], [data-copy-from]")) { event.preventDefault(); copy(target); }
    else if (target.dataset.open) { event.preventDefault(); document.getElementById(target.dataset.open)?.showModal(); }
    else if (target.hasAttribute("data-close")) {
      const dialog = target.closest("dialog");
      if (dialog) { event.preventDefault(); dialog.close(); }
    }
    else if (target.getAttribute("role") === "tab") chooseTab(target, false);
    else if (themes.includes(target.dataset.themeChoice)) { window.hooklineTheme.set(target.dataset.themeChoice); showTheme(); }
  });

  // Keys: "/" goes to the search field; "g" and a letter goes to a page; arrows move between tabs and rows.
  let lastKey = "";
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select");
    if (event.target.getAttribute?.("role") === "tab" && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      const tabs = [...all("[role=tab]", event.target.closest("[role=tablist]"))];
      const at = tabs.indexOf(event.target);
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
      chooseTab(tabs[(next + tabs.length) % tabs.length], true);
      event.preventDefault();
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (lastKey === "g") {
      const link = document.querySelector(`.nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
    } else if (event.key === "j" || event.key === "k") {
      const rows = [...all("a.row")];
      const at = rows.indexOf(document.activeElement);
      const next = rows[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
      if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest" }); }
    }
    lastKey = event.key;
  });

  // Fields with data-auto send their form when they change; empty ones stay out of the address.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-lean]")) return;
    for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
    setTimeout(() => { for (const field of event.target.elements) field.disabled = false; }, 0);
  });
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-lean]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // Forms with data-api send JSON to the API, show its refusal in the form, and say what it did.
  //   data-body: members that are always sent; data-done: the text shown afterwards; data-then: "reload", or an address to go to.
  //   A checkbox is sent as true or false, a field of type number as a number, an empty field not at all.
  async function act(form) {
    const body = JSON.parse(form.dataset.body ?? "{}");
    for (const field of form.elements) {
      if (!field.name || field.name === "csrf_token" || (field.type === "radio" && !field.checked)) continue;
      if (field.type === "checkbox") body[field.name] = field.checked;
      else if (field.value !== "") body[field.name] = field.type === "number" ? Number(field.value) : field.value;
    }
    const buttons = all("button", form);
    const error = form.querySelector(".form-error");
    for (const button of buttons) button.disabled = true;
    if (error) error.hidden = true;
    try {
      const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
      const answer = await fetch(form.dataset.api, {
        method: form.dataset.method ?? "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", ...token },
        body: JSON.stringify(body),
      });
      const found = await answer.json().catch(() => ({}));
      const failed = answer.ok ? failure(found) : found.detail ?? `the server answered ${answer.status}`;
      if (failed) throw new Error(found.remedy ? `${failed}. ${found.remedy}` : failed);
      form.dispatchEvent(new CustomEvent("acted", { bubbles: true, detail: found }));
      form.closest("dialog")?.close();
      const then = form.dataset.then ?? "reload";
      if (then === "stay") { say(form.dataset.done ?? "Done."); return; }
      sessionStorage.setItem("hookline-said", form.dataset.done ?? "Done.");
      if (then === "reload") location.reload(); else location.assign(then);
    } catch (fault) {
      if (error) { error.textContent = fault.message; error.hidden = false; } else say(fault.message, "bad");
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }
  // An answer about several things may report that one of them failed.
  function failure(found) {
    const results = Array.isArray(found.results) ? found.results : [];
    const error = results.map((one) => one.error).find(Boolean);
    return error && results.length === 1 ? error.detail : null;
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-api]")) return;
    event.preventDefault();
    act(event.target);
  });
  try {
    const said = sessionStorage.getItem("hookline-said");
    if (said) { sessionStorage.removeItem("hookline-said"); say(said); }
  } catch { /* storage may be switched off */ }

  // A dialog opens when its content is loaded. Closing it removes the content, so that no typed reason gets into the next one.
  document.addEventListener("htmx:afterSettle", (event) => {
    const dialog = event.target.closest?.("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  });
  const actionDialog = document.getElementById("dialog");
  actionDialog?.addEventListener("close", () => actionDialog.replaceChildren());

  // A plan cannot be agreed to after a change of its options, until it is updated.
  function outdate(event) {
    const options = event.target.closest("form.options");
    if (!options) return;
    const around = options.closest("dialog, main") ?? document;
    for (const button of all("form.agree button[type=submit]", around)) button.disabled = true;
    for (const notice of all("[data-outdated]", around)) notice.hidden = false;
  }
  document.addEventListener("input", outdate);
  document.addEventListener("submit", outdate);

  document.addEventListener("htmx:afterSwap", (event) => showTimes(event.target.getRootNode()));
  document.addEventListener("htmx:sendError", () => say("The server does not answer. This page shows its last state.", "bad"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) location.reload();
    else say(`The server answered ${status}.`, "bad");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    // Automatic requests of a page wait while the page is hidden.
    if (document.hidden && event.detail.requestConfig?.triggeringEvent === undefined) event.preventDefault();
  });

  // On a narrow screen the navigation is a line that scrolls: scroll to the entry of the current page.
  const entry = document.querySelector(".nav [aria-current]");
  if (entry) entry.parentElement.scrollLeft = entry.offsetLeft - entry.parentElement.offsetLeft - 40;

  showTimes();
  showTheme();
})();
