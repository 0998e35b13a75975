// Deciding: a reason is asked for where one is needed; comparisons can be switched.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const why = target?.closest("[data-why]");
  if (why) ask(why.closest("form"), why.dataset.why);
  const comparison = target?.closest("[data-comparison]");
  if (comparison) compare(comparison);
});

function ask(form, decision) {
  if (decision) form.dataset.asking = decision;
  else delete form.dataset.asking;
  form.querySelector(decision ? "textarea" : "[data-key=a]").focus();
}

document.addEventListener("keydown", (event) => {
  const form = event.target instanceof Element && event.target.closest("[data-asking]");
  if (!form) return;
  if (event.key === "Escape") ask(form, "");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector(`[data-for="${form.dataset.asking}"]`).click();
});

function compare(button) {
  for (const other of document.querySelectorAll("[data-comparison]")) other.setAttribute("aria-pressed", String(other === button));
  for (const part of document.querySelectorAll("[data-comparison-of]")) {
    part.hidden = part.dataset.comparisonOf !== button.dataset.comparison;
  }
}

// A refusal (no reason given) comes with status 422 and is shown in place.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
