// Talking about parts of a network: a layer or connection that is chosen in the graph, or a layer's mark in the table,
// shows what was said about it and makes the next comment be about it. Without this the marks are links.
const list = () => document.getElementById("talk-list");
const counts = () => JSON.parse(document.getElementById("talk-counts")?.textContent ?? "{}");
const bar = document.querySelector("[data-element-bar]");
const words = (count) => (count ? `${count} comment${count === 1 ? "" : "s"}` : "no comments yet");
let chosen = "";

// What the form's next comment is about. What was typed stays.
function aim(about) {
  const select = document.getElementById("talk-about");
  if (select && [...select.options].some((option) => option.value === about)) select.value = about;
}

function nameOf(element) {
  const option = [...(document.getElementById("talk-about")?.options ?? [])].find((one) => one.value === `at:${element}`);
  const mark = [...document.querySelectorAll(".talk-mark")].find((one) => one.dataset.element === element);
  return option?.textContent ?? mark?.dataset.name ?? element.replace(">", " → ");
}

// Whether it is shown now: a later choice takes the place of one that is still on its way (hx-sync of the list).
async function show(element) {
  const url = `${location.pathname}talk/?about=${encodeURIComponent(`at:${element}`)}`;
  try {
    await htmx.ajax("GET", url, { source: "#talk-list", target: "#talk-list", swap: "outerHTML" });
  } catch {
    return false;
  }
  return list()?.dataset.about === `at:${element}`;
}

function tell(element) {
  bar.hidden = !element;
  if (!element) return;
  bar.querySelector("[data-element-name]").textContent = nameOf(element);
  bar.querySelector("[data-element-count]").textContent = words(counts()[element] ?? 0);
}

document.addEventListener("flow-view:select", (event) => {
  chosen = event.detail?.layer ?? event.detail?.connection ?? "";
  tell(chosen);
  if (chosen) show(chosen);
});

document.addEventListener("click", async (event) => {
  const mark = event.target instanceof Element ? event.target.closest(".talk-mark") : null;
  if (!mark || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (!(await show(mark.dataset.element))) return;
  aim(`at:${mark.dataset.element}`);
  document.getElementById("talk").scrollIntoView({ block: "start" });
  document.getElementById("talk-text")?.focus({ preventScroll: true });
});

// What came back may be a refusal, with what was typed still in the form: it is shown as well.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "talk" && [403, 409, 422, 429].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target?.id;
  if (target === "talk-list") aim(list().dataset.about);
  if (target !== "talk" && target !== "talk-list") return;
  const now = counts();
  for (const mark of document.querySelectorAll(".talk-mark")) {
    const count = now[mark.dataset.element] ?? 0;
    mark.classList.toggle("none", !count);
    mark.querySelector("span").textContent = count || "";
    mark.ariaLabel = `${words(count)} on ${mark.dataset.name}`;
  }
  tell(chosen);
});
