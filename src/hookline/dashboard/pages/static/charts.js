// The charts of the overview: an hour of samples, fetched once; after that only new samples are fetched. Nothing is fetched while nobody looks.
(() => {
  "use strict";
  const box = document.querySelector("[data-charts]");
  if (!box || !window.uPlot) return;
  const KEEP = 3600;
  const EVERY = 5000;
  const columns = { at: [] };
  const RATES = ["accepted", "duplicates", "routed", "unmatched", "conflicts", "unavailable"];
  const STATES = ["p50", "p95", "p99", "disk_free", "database_size", "log_size"];
  const groups = { rejected: {}, depth: {}, oldest: {} };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (index) => css(`--chart-${(index % 7) + 1}`);

  function short(value) {
    if (value == null) return "–";
    if (value === 0) return "0";
    if (Math.abs(value) >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
    if (Math.abs(value) >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
    if (Math.abs(value) >= 100 || Number.isInteger(value)) return value.toFixed(0);
    return value.toFixed(value < 1 ? 2 : 1);
  }
  function bytes(value) {
    if (value == null) return "–";
    for (const unit of ["B", "KiB", "MiB", "GiB"]) {
      if (value < 1024) return `${value < 10 && unit !== "B" ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
      value /= 1024;
    }
    return `${value.toFixed(1)} TiB`;
  }
  function span(value) {
    if (value == null) return "–";
    if (value === 0) return "0";
    if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
    if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
    if (value < 7200) return `${(value / 60).toFixed(0)} min`;
    if (value < 172800) return `${(value / 3600).toFixed(0)} h`;
    return `${(value / 86400).toFixed(0)} d`;
  }

  const charts = {
    events: { write: (v) => short(v), unit: "/s", series: () => [["accepted", columns.accepted, 0], ["duplicates", columns.duplicates, 1], ["routed", columns.routed, 3], ["unmatched", columns.unmatched, 4]] },
    rejected: { write: (v) => short(v), unit: "/s", empty: "Nothing was rejected in the last hour", series: () => named(groups.rejected, 2) },
    depth: { write: (v) => short(v), empty: "No queue has messages", series: () => named(groups.depth, 0) },
    oldest: { write: span, empty: "No message waits", series: () => named(groups.oldest, 0) },
    latency: { write: span, empty: "Nothing was answered in the last hour", series: () => [["p50", columns.p50, 0], ["p95", columns.p95, 4], ["p99", columns.p99, 2]] },
    disk: { write: bytes, series: () => [["database", columns.database_size, 0], ["log", columns.log_size, 3]] },
  };
  const named = (group, from) => Object.keys(group).sort().slice(0, 7).map((name, index) => [name, group[name], from + index]);

  function take(found) {
    const length = columns.at.length;
    for (const name of [...RATES, ...STATES]) (columns[name] ??= []).push(...found[name]);
    extend(groups.rejected, found.rejected, length, found.at.length, 0);
    extend(groups.depth, pick(found.queues, "depth"), length, found.at.length, null);
    extend(groups.oldest, pick(found.queues, "oldest_age"), length, found.at.length, null);
    columns.at.push(...found.at);
    const from = columns.at.findIndex((at) => at >= columns.at[columns.at.length - 1] - KEEP);
    if (from > 0) {
      for (const name of Object.keys(columns)) columns[name].splice(0, from);
      for (const group of Object.values(groups)) for (const values of Object.values(group)) values.splice(0, from);
    }
  }
  const pick = (queues, what) => Object.fromEntries(Object.entries(queues).map(([name, queue]) => [name, queue[what]]));
  function extend(group, found, before, added, missing) {
    for (const name of Object.keys(found)) group[name] ??= Array(before).fill(missing);
    for (const [name, values] of Object.entries(group)) values.push(...(found[name] ?? Array(added).fill(missing)));
  }

  const plots = {};
  function draw() {
    for (const [name, chart] of Object.entries(charts)) {
      const figure = box.querySelector(`[data-chart="${name}"]`);
      const place = figure.querySelector(".plot");
      let series = chart.series();
      const isEmpty = !columns.at.length || !series.some(([, values]) => values.some((value) => value != null && (value > 0 || name === "events" || name === "disk")));
      if (name === "depth" || name === "oldest") series = series.filter(([, values]) => values.some((value) => value > 0));
      if (isEmpty || !series.length) {
        plots[name]?.plot.destroy();
        delete plots[name];
        place.replaceChildren(words(chart.empty ?? "The first sample comes within seconds"));
        legend(figure, []);
        figure.querySelector(".now").textContent = "";
        continue;
      }
      const key = series.map(([label]) => label).join("\n") + document.documentElement.dataset.theme;
      const data = [columns.at, ...series.map(([, values]) => values)];
      if (plots[name]?.key !== key) {
        plots[name]?.plot.destroy();
        place.replaceChildren();
        plots[name] = { key, plot: new uPlot(options(place, series, chart), data, place) };
      } else {
        plots[name].plot.setData(data);
      }
      legend(figure, series, chart);
      const total = series[0][1][series[0][1].length - 1];
      figure.querySelector(".now").textContent = name === "latency" || name === "events" ? `${series[0][0]} ${chart.write(total)}${chart.unit ?? ""}` : "";
    }
  }
  function words(text) {
    const none = document.createElement("div");
    none.className = "none";
    none.textContent = text;
    return none;
  }
  function legend(figure, series, chart) {
    const list = figure.querySelector(".legend");
    list.replaceChildren(...series.map(([label, values, index]) => {
      const item = document.createElement("li");
      item.className = `series-${(index % 7) + 1}`;
      const mark = document.createElement("i");
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = `${label} ${chart.write(values[values.length - 1])}`;
      item.append(mark, name);
      return item;
    }));
  }
  function options(place, series, chart) {
    const grid = { stroke: css("--line"), width: 1 };
    const font = `11px ${css("--sans")}`;
    const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 6 }, drag: { x: false, y: false }, show: !reduced },
      scales: {
        x: { time: true, range: (_plot, from, to) => [Math.max(Math.min(from ?? 0, (to ?? 0) - 300), (to ?? 0) - KEEP), to ?? 300] },
        y: { range: (_plot, _from, to) => [0, to > 0 ? to * 1.15 : 1] },
      },
      axes: [
        { stroke: css("--faint"), grid: { show: false }, ticks: { show: false }, font, space: 70, size: 26, incrs: [60, 120, 300, 600, 900, 1800, 3600], values: (_plot, ticks) => ticks.map((tick) => clock.format(tick * 1000)) },
        { stroke: css("--faint"), grid, ticks: { show: false }, font, space: 34, size: 58, values: (_plot, ticks) => ticks.map((tick) => chart.write(tick)) },
      ],
      series: [{}, ...series.map(([label, , index]) => ({ label, stroke: colour(index), width: 1.75, points: { show: columns.at.length < 3, size: 4 }, spanGaps: true, fill: series.length === 1 ? `color-mix(in srgb, ${colour(index)} 12%, transparent)` : undefined }))],
    };
  }

  let waiting = false;
  async function look() {
    if (waiting || document.hidden) return;
    waiting = true;
    try {
      const last = columns.at[columns.at.length - 1];
      const answer = await fetch(`${box.dataset.charts}${last === undefined ? "" : `?after=${last}`}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const found = await answer.json();
      if (!found.known) {
        for (const place of box.querySelectorAll(".plot")) place.replaceChildren(words("Not known here: the functions write their counts to CloudWatch, and the stack has a dashboard there."));
        clearInterval(timer);
        return;
      }
      if (found.at.length || !columns.at.length) { take(found); draw(); }
    } catch { /* the next look may be answered; what is drawn stays */ } finally { waiting = false; }
  }
  document.documentElement.addEventListener("themed", draw);
  document.addEventListener("visibilitychange", look);
  new ResizeObserver(() => {
    for (const [name, { plot }] of Object.entries(plots)) {
      const place = box.querySelector(`[data-chart="${name}"] .plot`);
      if (place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height: place.clientHeight });
    }
  }).observe(box);
  const timer = setInterval(look, EVERY);
  look();
})();
