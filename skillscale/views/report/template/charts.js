"use strict";
// Vega expressions are interpreted (ast), so that the page needs no right to evaluate text as code.
const night = window.matchMedia("(prefers-color-scheme: dark)");
async function drawAll() {
  const config = themes[night.matches ? "dark" : "light"];
  for (const [name, spec] of Object.entries(charts)) {
    const place = document.getElementById("chart-" + name);
    await window.vegaEmbed(place, { ...spec, config }, { actions: false, renderer: "svg", ast: true, tooltip: { theme: night.matches ? "dark" : "light" } });
    place.dataset.drawn = "yes";
  }
}
night.addEventListener("change", drawAll);
drawAll();
// A link to an item opens the list that holds it.
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target || target.tagName !== "DETAILS") return;
  for (let list = target; list; list = list.parentElement.closest("details")) list.open = true;
  target.scrollIntoView();
}
window.addEventListener("hashchange", openTarget);
openTarget();
