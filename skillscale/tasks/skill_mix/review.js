"use strict";
// Texts stand in the page as text, escaped; this script never reads or makes HTML.
const { sheet, person } = document.body.dataset;
const texts = [...document.querySelectorAll("article")];
const kept = `skillscale-review/${sheet}/${person}`;
const byId = (id) => document.getElementById(id);
const answers = recall();
let at = 0;

function recall() {
  try {
    return JSON.parse(localStorage.getItem(kept) || "{}");
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem(kept, JSON.stringify(answers));
  } catch {
    byId("warning").textContent = "This browser keeps nothing for this page: save your answers before you close it.";
    byId("warning").hidden = false;
  }
}

const points = (text) => [...text.querySelectorAll("fieldset")];
const complete = (text) => points(text).every((each) => each.dataset.point in (answers[text.id] || {}));

function answer(text, name, value) {
  const own = (answers[text.id] ||= {});
  if (value === undefined) delete own[name];
  else own[name] = value;
  keep();
  show();
}

function show() {
  texts.forEach((text, place) => (text.hidden = place !== at));
  for (const each of points(texts[at])) {
    const said = answers[texts[at].id]?.[each.dataset.point];
    for (const input of each.querySelectorAll("input")) input.checked = String(said) === input.value;
  }
  const done = texts.filter(complete).length;
  byId("place").textContent = `${at + 1} of ${texts.length}`;
  byId("progress").value = done;
  byId("done").textContent = `${done} complete`;
}

function go(place) {
  at = Math.min(Math.max(place, 0), texts.length - 1);
  show();
  window.scrollTo(0, 0);
}

function goOpen() {
  const after = texts.findIndex((text, place) => place > at && !complete(text));
  const first = texts.findIndex((text) => !complete(text));
  if (after >= 0 || first >= 0) go(after >= 0 ? after : first);
}

// No answer, yes, no, no answer again.
function toggle(key) {
  const text = texts[at];
  const place = points(text).find((each) => each.dataset.key === key);
  if (!place) return false;
  const name = place.dataset.point;
  answer(text, name, { undefined: 1, 1: 0, 0: undefined }[answers[text.id]?.[name]]);
  return true;
}

function save() {
  const file = new Blob([JSON.stringify({ sheet, person, answers }, null, 1) + "\n"], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${person}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const keys = { j: () => go(at + 1), ArrowRight: () => go(at + 1), k: () => go(at - 1), ArrowLeft: () => go(at - 1), n: goOpen };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (keys[key]) keys[key]();
  else if (!toggle(key)) return;
  event.preventDefault(); // arrows must not move between radio buttons as well
});
document.addEventListener("change", (event) => {
  const place = event.target.closest("fieldset");
  answer(event.target.closest("article"), place.dataset.point, Number(event.target.value));
});
byId("before").addEventListener("click", () => go(at - 1));
byId("next").addEventListener("click", () => go(at + 1));
byId("open").addEventListener("click", goOpen);
byId("save").addEventListener("click", save);
show();
