// Dropping files, and how much of them is sent. Without this the form is sent as any other.
const form = document.querySelector("[data-upload]");
const drop = form.querySelector("[data-drop]");
const input = form.querySelector('input[type="file"]');
const row = form.querySelector("[data-submit-row]");
const sending = form.querySelector("[data-sending]");
const words = form.querySelector("[data-sending-words]");
const bar = sending.querySelector("progress");

row.hidden = true; // choosing is sending

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

// The whole page takes a drop: a file let go beside the frame must not replace the page.
addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  input.files = event.dataTransfer.files;
  if (input.files.length) send();
});
input.addEventListener("change", () => input.files.length && send());

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

function send() {
  const request = new XMLHttpRequest();
  request.open("POST", form.action || location.href);
  request.upload.addEventListener("progress", (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
    words.textContent = `Sending, ${megabytes(event.loaded)} of ${megabytes(event.total)} MB`;
  });
  request.addEventListener("load", () => {
    if (request.responseURL && new URL(request.responseURL).pathname !== location.pathname) {
      location.assign(request.responseURL);
      return;
    }
    // Refusals and the list of several papers come as this page.
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    if (request.status < 500 && main?.querySelector("[data-upload]")) {
      if (request.status === 200) location.reload();
      else showRefusals(main);
    } else {
      stop("The server could not take the file. Try again in a moment.");
    }
  });
  request.addEventListener("error", () => stop("The connection broke. Your files are still chosen; try again."));
  sending.hidden = false;
  request.send(new FormData(form));
}

function showRefusals(main) {
  for (const old of document.querySelectorAll('main > .notice[role="alert"]')) old.remove();
  const notices = [...main.querySelectorAll(':scope > .notice[role="alert"]')].map((notice) => document.importNode(notice, true));
  form.before(...notices);
  const jobs = main.querySelector("section");
  if (jobs) {
    const list = document.importNode(jobs, true);
    document.querySelector("main > section").replaceWith(list);
    window.htmx?.process(list);
  }
  sending.hidden = true;
  input.value = "";
}

function stop(message) {
  words.textContent = message;
  bar.value = 0;
  row.hidden = false;
}
