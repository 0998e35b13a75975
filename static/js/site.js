// What every page needs: theme, keys, menus, toasts, copying. Pages work without it.
const root = document.documentElement;

// --- theme -----------------------------------------------------------------
const THEMES = { "": "As the system", light: "Light", dark: "Dark" };

function showTheme() {
  for (const name of document.querySelectorAll("[data-theme-name]")) name.textContent = THEMES[root.dataset.theme ?? ""];
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(root.dataset.theme ?? "") + 1) % names.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // The choice then lasts for this page only.
  }
  showTheme();
}

// --- keys: what carries data-key answers to that key -------------------------
function isTyping(target) {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], flow-editor, dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const target = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key.toLowerCase() === wanted && !element.disabled && element.checkVisibility(),
  );
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea")) target.focus();
  else target.click();
});

// --- menus close when one leaves them ------------------------------------------
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".drop-down[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".drop-down[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// --- clicks -------------------------------------------------------------------
async function copy(button) {
  const text = document.getElementById(button.dataset.copy)?.textContent ?? "";
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Not allowed";
  }
  setTimeout(() => (label.textContent = before), 2000);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-theme-switch]")) nextTheme();
  const dismiss = target?.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-toast]").remove();
  const copying = target?.closest("[data-copy]");
  if (copying) copy(copying);
});

// A form sent twice by a double click is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "";
});
// A page that comes back from the browser's memory can be used again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What submits at once when changed: sorting, facets.
document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-submit-on-change]")) event.target.form?.requestSubmit();
});

// Filters are folded where there is no room for them beside the list.
if (matchMedia("(max-width: 1000px)").matches) {
  for (const facets of document.querySelectorAll("[data-facets]")) facets.open = false;
}

// Toasts leave by themselves, but not under the pointer or while something in them has the focus.
for (const toast of document.querySelectorAll("[data-toast]")) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 10000);
}

showTheme();
