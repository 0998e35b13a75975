// Deciding: a reason is asked for where one is needed; comparisons can be switched.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const why = target?.closest("[data-why]");
  if (why) ask(why.closest("form"), why.dataset.why);
  const comparison = target?.closest("[data-comparison]");
  if (comparison) compare(comparison);
});

function ask(form, decision) {
  form.querySelector("[data-keys]").hidden = decision !== "";
  form.querySelector("[data-reason]").hidden = decision === "";
  for (const button of form.querySelectorAll("[data-for]")) button.hidden = button.dataset.for !== decision;
  if (decision) form.querySelector("textarea").focus();
  else form.querySelector("[data-key=a]").focus();
}

document.addEventListener("keydown", (event) => {
  const reason = event.target instanceof Element && event.target.closest("[data-reason]");
  if (!reason) return;
  if (event.key === "Escape") ask(reason.closest("form"), "");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) reason.querySelector("[data-for]:not([hidden])").click();
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
