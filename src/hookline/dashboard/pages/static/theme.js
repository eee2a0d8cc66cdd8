// Runs before the page is drawn, so that it never shows in the wrong colours first.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  let chosen = null;
  try { chosen = localStorage.getItem("hookline-theme"); } catch { /* storage may be switched off */ }
  const apply = () => { root.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", () => { apply(); root.dispatchEvent(new CustomEvent("themed")); });
  window.hooklineTheme = {
    get: () => chosen ?? "auto",
    set: (value) => {
      chosen = value === "auto" ? null : value;
      try { if (chosen) localStorage.setItem("hookline-theme", chosen); else localStorage.removeItem("hookline-theme"); } catch { /* as above */ }
      apply();
      root.dispatchEvent(new CustomEvent("themed"));
    },
  };
  apply();
})();
