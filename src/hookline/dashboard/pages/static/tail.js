// The live tail: a row for each new event or rejected request. All values from senders are inserted as text.
(() => {
  "use strict";

  const table = document.getElementById("tail");
  if (!table) return;
  const body = table.tBodies[0];
  const state = document.getElementById("tail-state");
  const hold = document.getElementById("tail-pause");
  const clear = document.getElementById("tail-clear");
  const empty = document.getElementById("tail-empty");
  const most = 300;
  let waiting = [];

  function say(word, tone) {
    const pill = document.createElement("span");
    pill.className = `pill ${tone}`;
    pill.textContent = word;
    state.replaceChildren(pill);
  }

  function cell(row, text, label, className) {
    const made = row.insertCell();
    made.className = className || "";
    if (label) made.dataset.label = label;
    if (text instanceof Node) made.append(text);
    else made.textContent = text;
    return made;
  }

  function mark(text, className) {
    const made = document.createElement("span");
    made.className = className;
    made.textContent = text;
    return made;
  }

  function link(text, href) {
    const made = document.createElement("a");
    made.className = "row mono";
    made.href = href;
    made.textContent = text;
    return made;
  }

  function size(bytes) {
    return bytes === null || bytes === undefined ? "" : bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
  }

  function show(one) {
    empty.hidden = true;
    const row = body.insertRow(0);
    row.className = "fresh";
    if (one.kind === "skipped") {
      cell(row, "", "");
      cell(row, `${one.events === 1 ? "1 event is" : `${one.events.toLocaleString("en")} events are`} not shown: they arrive faster than this page shows them`, "").colSpan = 5;
    } else if (one.kind === "rejected") {
      cell(row, one.received_at.slice(11, 23), "", "tight mono");
      cell(row, one.source || "?", "Source");
      cell(row, mark(one.code, "pill bad"), "What");
      cell(row, one.id === null ? "refused" : link(`rejected ${one.id}`, `/rejected/${one.id}`), "Event");
      cell(row, "", "Queues");
      cell(row, size(one.size), "Size", "number");
    } else {
      cell(row, one.received_at.slice(11, 23), "", "tight mono");
      cell(row, one.source, "Source");
      cell(row, mark(one.type, "tag"), "What");
      cell(row, link(one.id, `/events/${encodeURIComponent(one.id)}`), "Event");
      cell(row, one.queues.join(", "), "Queues");
      cell(row, size(one.size), "Size", "number");
    }
    while (body.rows.length > most) body.deleteRow(-1);
  }

  let watch = "";
  async function poll() {
    const query = new URLSearchParams(location.search);
    if (watch) query.set("watch", watch);
    const answer = await fetch(`/tail/next?${query}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.redirected) { location.reload(); return false; }
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail ?? `the server answered ${answer.status}`);
    watch = found.watch;
    say("live", "ok");
    if (hold.getAttribute("aria-pressed") === "true") waiting = [...waiting, ...found.lines].slice(-most);
    else found.lines.forEach(show);
    return true;
  }

  async function follow() {
    for (;;) {
      try {
        if (!await poll()) return;
      } catch (fault) {
        say(fault.message.includes("watch already") ? fault.message : "connecting again", "warn");
        await new Promise((resolve) => { setTimeout(resolve, 3000); });
      }
    }
  }

  hold.hidden = clear.hidden = false;
  hold.addEventListener("click", () => {
    const held = hold.getAttribute("aria-pressed") !== "true";
    hold.setAttribute("aria-pressed", String(held));
    hold.classList.toggle("primary", held);
    if (!held) { waiting.forEach(show); waiting = []; }
  });
  clear.addEventListener("click", () => { body.replaceChildren(); empty.hidden = false; });
  follow();
})();
