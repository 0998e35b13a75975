// Deciding, one task after another: the page stays, and what is to be decided changes in it.
import { Pane } from "./review-pane.js";

const desk = document.querySelector("[data-review]");
const said = document.querySelector("[data-said]");
const queue = document.querySelector("[data-queue]");
/** The next task, fetched before it is wanted. */
let ready = null;
let busy = false;
let pane = null;
/** Of two tasks that are asked for at once, the later one is shown. */
let latest = 0;

if (desk) open();

function open() {
  pane = new Pane(desk);
  prefetch(footer());
}

function footer() {
  return desk.querySelector(".review-decide");
}

// --- going on -----------------------------------------------------------------
function prefetch(from) {
  const address = from?.dataset.nextPart;
  ready = address ? { address, html: fetchPart(address).catch(() => null) } : null;
}

async function fetchPart(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (response.redirected) return location.reload(); // signed out: the page itself asks for the sign-in
  return response.status === 200 ? response.text() : null;
}

/** Put a task in the place of the one that is there; nothing else of the page is loaded. */
async function show({ task, url, part }, { push = true, message = "" } = {}) {
  const mine = (latest += 1);
  const html = await (ready?.address === part ? ready.html : fetchPart(part));
  if (mine !== latest) return;
  if (!html) {
    // It was decided meanwhile, or the site can't be reached: the queue knows more.
    location.assign(document.querySelector(".review-queue h2 a").href);
    return;
  }
  desk.innerHTML = html;
  desk.dataset.review = task;
  if (push) history.pushState({ task, url, part }, "", url);
  const title = desk.querySelector("#title");
  document.title = document.title.replace(/^.*(?= – )/, `Review ${title.textContent}`);
  for (const link of queue.querySelectorAll("a")) {
    if (link.dataset.task === String(task)) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
  open();
  title.focus({ preventScroll: true });
  scrollTo({ top: 0 });
  if (message) tell(message);
}

const here = { task: desk?.dataset.review, url: location.href, part: `${location.pathname}part/` };
if (desk) history.replaceState(here, "");
addEventListener("popstate", (event) => {
  if (event.state?.part) void show(event.state, { push: false });
});

// --- deciding -------------------------------------------------------------------
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!desk || !form.matches("[data-decide], [data-undo]")) return;
    event.preventDefault();
    if (!busy) void (form.matches("[data-decide]") ? decide(form, event.submitter) : undo(form));
  },
  true,
);

async function post(form, data) {
  const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
  if (response.redirected) return location.reload();
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    answer = {};
  }
  if (!response.ok) throw Object.assign(new Error(answer.error ?? `The site refused this (${response.status}).`), { status: response.status });
  return answer;
}

async function decide(form, button) {
  const data = new FormData(form, button);
  busy = true;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await post(form, data);
    if (answer) await goOn(answer, String(desk.dataset.review));
  } catch (error) {
    refuse(form, error);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

async function goOn(answer, done) {
  const row = queue.querySelector(`a[data-task="${done}"]`)?.closest("li");
  row?.remove();
  const count = document.querySelector("[data-count]");
  if (row) count.textContent = String(Math.max(0, Number(count.textContent) - 1));
  if (!answer.next) return location.assign(answer.queue);
  await show(answer.next);
  tell(answer.said, answer.undo);
}

async function undo(form) {
  busy = true;
  try {
    const answer = await post(form, new FormData(form));
    if (!answer) return;
    ready = null;
    await show(answer.next);
    tell(answer.said);
    await refreshQueue();
  } catch (error) {
    tell(error.message);
  } finally {
    busy = false;
  }
}

/** What was taken back is in the queue again, in its place. */
async function refreshQueue() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const list = fresh.querySelector("[data-queue]");
  if (!list) return;
  queue.innerHTML = list.innerHTML;
  document.querySelector("[data-count]").textContent = fresh.querySelector("[data-count]").textContent;
}

function refuse(form, error) {
  const place = form.querySelector("[data-error]");
  const lost = !error.status;
  const words = lost ? "The site can't be reached. Nothing is lost: decide again, it will count once." : error.message;
  if (form.dataset.asking && error.status !== 409) {
    place.textContent = words;
    form.querySelector("textarea").focus();
  } else {
    tell(words);
    if (error.status === 409) void show({ task: desk.dataset.review, url: location.href, part: `${location.pathname}part/` }, { push: false, message: words });
  }
}

function tell(words, address = "") {
  const toast = document.querySelector("[data-toast-template]").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = words;
  const form = toast.querySelector("form");
  if (address) form.action = address;
  else form.remove();
  said.replaceChildren(toast);
  setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), address ? 30_000 : 12_000);
}

// --- why ------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const why = target?.closest("[data-why]");
  if (why) ask(why.closest("form"), why.dataset.why);
  const later = target?.closest("[data-later]");
  if (later && desk && !event.ctrlKey && !event.metaKey && !busy) {
    event.preventDefault();
    const { next, nextUrl, nextPart } = footer().dataset;
    void show({ task: next, url: nextUrl, part: nextPart });
  }
  const row = target?.closest("[data-queue] a");
  if (row && desk && !event.ctrlKey && !event.metaKey && !event.shiftKey && !busy) {
    event.preventDefault();
    void show({ task: row.dataset.task, url: row.href, part: `${new URL(row.href).pathname}part/` });
  }
});

function ask(form, decision) {
  form.querySelector("[data-error]").textContent = "";
  if (decision) {
    form.dataset.asking = decision;
    pane.remarks(form.querySelector("[data-remarks]"));
    form.querySelector(decision === "reject" ? "select" : "textarea").focus();
  } else {
    delete form.dataset.asking;
    form.querySelector(".approve").focus();
  }
}

// --- keys -------------------------------------------------------------------------
document.addEventListener(
  "keydown",
  (event) => {
    if (!desk) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const form = target.closest("[data-asking]");
    if (form) {
      if (event.key === "Escape") ask(form, "");
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector(`button[data-for="${form.dataset.asking}"]`).click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog[open]")) return;
    // A key that is held down decides once.
    if (event.repeat && /^[arxzj]$/i.test(event.key)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !target.closest("flow-view, .review-queue, summary") && pane.step(step)) event.preventDefault();
    if (/^[1-9]$/.test(event.key) && pane.choose(Number(event.key) - 1)) event.preventDefault();
  },
  true,
);
