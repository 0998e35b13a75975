// One task: its rows, what stands beside the selected one, and what the graph shows.
const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; texts stay texts. */
function el(name, attributes = {}, ...children) {
  const made = ["svg", "rect", "image", "g", "use"].includes(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : String(value));
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** How sure, as a bar with the line below which it counts as doubt. */
function bar(share, percent, known = true) {
  const low = known && share < 0.8;
  const svg = el("svg", { viewBox: "0 0 36 9", "aria-hidden": "true" }, el("rect", { class: "rail", y: 2, width: 36, height: 5 }), el("rect", { class: "fill", y: 2, width: Math.round(360 * share) / 10, height: 5 }), el("rect", { class: "line", x: 28.8, width: 1, height: 9 }));
  return el("span", { class: low ? "conf low" : "conf" }, svg, percent);
}

export class Pane {
  constructor(desk) {
    this.desk = desk;
    this.data = JSON.parse(desk.querySelector('script[id^="pane-"]').textContent);
    this.rows = [...desk.querySelectorAll("[data-row]")];
    this.place = desk.querySelector("[data-pane]");
    this.skills = desk.querySelector("[data-skills]");
    this.selected = -1;
    /** What was chosen instead of what the consensus has, by row. */
    this.chosen = new Map();
    this.shown = "consensus";
    for (const row of this.rows) row.addEventListener("click", () => this.select(Number(row.dataset.row)));
    for (const button of desk.querySelectorAll("[data-show]")) button.addEventListener("click", () => void this.show(button));
    desk.addEventListener("flow-view:select", this.#fromGraph);
    if (this.rows.length) this.select(this.data.first, { quiet: true });
    else this.#skills("figure" in this.data.skills ? "figure" : Object.keys(this.data.skills)[0]);
  }

  // --- rows ---------------------------------------------------------------------
  step(by) {
    if (!this.rows.length) return false;
    this.select(Math.min(Math.max(this.selected + by, 0), this.rows.length - 1), { focus: true });
    return true;
  }

  select(at, { quiet = false, focus = false } = {}) {
    this.selected = at;
    for (const [place, row] of this.rows.entries()) {
      row.setAttribute("aria-selected", String(place === at));
      row.tabIndex = place === at ? 0 : -1;
    }
    const row = this.rows[at];
    if (!quiet) row.scrollIntoView({ block: "nearest" });
    if (focus) row.focus({ preventScroll: true });
    this.#draw();
    this.#light(this.desk.querySelector("flow-view"));
  }

  /** The graph lights what the selected row is about; one that is not drawn yet finds it when it is. */
  #light(view) {
    const row = this.data.rows[this.selected];
    if (!view || !row) return;
    view.shownLayers = row.layers;
    view.dispatchEvent(new CustomEvent("flow-view:show", { detail: { layers: row.layers } }));
  }

  #fromGraph = (event) => {
    const layer = event.detail?.layer;
    const row = this.data.rows[this.selected];
    if (!layer || row?.layers.includes(layer)) return;
    const at = this.data.rows.findIndex((one) => one.layers.includes(layer));
    if (at >= 0) this.select(at);
  };

  #draw() {
    const row = this.data.rows[this.selected];
    const chosen = this.chosen.get(this.selected);
    const choices = row.choices.map((choice, place) => this.#choice(choice, place, chosen ?? row.choices.findIndex((one) => one.holds)));
    this.place.replaceChildren(
      el("header", {}, el("h2", {}, row.title), el("span", { class: row.low ? "tag doubt push" : "tag push" }, row.percent)),
      el("div", { class: "review-pad" }, this.#cutout(row.box), el("div", { class: "pick" }, ...choices)),
    );
    this.#skills(row.kind);
  }

  #choice(choice, place, now) {
    const who = [...choice.by.map((name) => this.data.people[name]?.name ?? name), ...(choice.read ? [this.data.reader.toLowerCase()] : [])];
    const words = [el("b", {}, choice.text), el("span", { class: "small" }, who.length ? who.join(", ") : "nobody"), el("span", { class: "push small num" }, choice.percent)];
    if (choice.place === null) return el("p", { class: "choice", "aria-current": place === now ? "true" : null }, ...words);
    const button = el("button", { type: "button", class: "choice", "aria-pressed": String(place === now) }, el("kbd", { "aria-hidden": "true" }, String(place + 1)), ...words);
    button.addEventListener("click", () => this.choose(place));
    return button;
  }

  #cutout(box) {
    if (!box) return null;
    const { image_url, width, height } = this.data.figure;
    const [x, y, w, h] = box.mark;
    return el(
      "div",
      { class: "cutout" },
      el("svg", { viewBox: box.view.join(" "), role: "img", "aria-label": "The place in the figure" }, el("g", { class: "figure-img" }, el("rect", { class: "paper", x: box.view[0], y: box.view[1], width: box.view[2], height: box.view[3] }), el("image", { href: image_url, width, height })), el("rect", { class: "mark", x, y, width: w, height: h })),
    );
  }

  #skills(kind) {
    const skills = this.data.skills[kind];
    if (!skills) return this.skills.replaceChildren();
    const rows = skills.rows.map(({ who, share, percent, new: fresh }) => {
      const person = this.data.people[who];
      const face = person ? el("span", { class: `avatar mini ${person.tint}`, "aria-hidden": "true" }, person.initials) : el("span", { class: "avatar mini", "aria-hidden": "true" }, el("svg", {}, el("use", { href: `${this.data.sprite}#i-gear` })));
      return el("li", {}, face, el("span", {}, person?.name ?? this.data.reader), fresh ? el("span", { class: "tag line" }, "new") : null, bar(share, percent, !fresh));
    });
    this.skills.replaceChildren(el("h3", {}, "How often each is right ", el("span", { class: "muted" }, skills.words)), el("ul", { class: "skills" }, ...rows));
  }

  // --- another value ---------------------------------------------------------------
  /** Take another value than the consensus has; false where there is none to take. */
  choose(place) {
    const row = this.data.rows[this.selected];
    const choice = row?.choices[place];
    if (!choice || choice.place === null || this.shown !== "consensus" || !this.desk.querySelector("[data-decide]")) return false;
    if (choice.holds) this.chosen.delete(this.selected);
    else this.chosen.set(this.selected, place);
    const cell = this.rows[this.selected].querySelector(".cons");
    cell.dataset.was ??= cell.innerHTML;
    if (choice.holds) cell.innerHTML = cell.dataset.was;
    else cell.replaceChildren(el("b", { class: "chosen" }, choice.text));
    this.#draw();
    this.#label();
    return true;
  }

  #label() {
    const label = this.desk.querySelector("[data-approve]");
    if (!label) return;
    label.dataset.was ??= label.textContent;
    const count = this.chosen.size;
    label.textContent = count ? `Approve with ${count} change${count > 1 ? "s" : ""}` : label.dataset.was;
    const choices = {};
    for (const [at, place] of this.chosen) {
      const choice = this.data.rows[at].choices[place];
      choices[choice.key] = choice.place;
    }
    this.desk.querySelector('[name="choices"]').value = count ? JSON.stringify(choices) : "";
  }

  // --- what the graph shows ----------------------------------------------------------
  async show(button) {
    const what = button.dataset.show;
    for (const other of this.desk.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === button));
    const menu = button.closest("details");
    if (menu) menu.open = false;
    const people = this.desk.querySelector("[data-people]");
    if (people) people.firstChild.textContent = menu ? button.dataset.who : "Answers";
    const view = this.desk.querySelector("flow-view");
    const figure = this.desk.querySelector(".review-figure");
    figure.hidden = what !== "figure";
    view.hidden = what === "figure";
    if (what !== "figure") await this.#graph(view, what);
    this.#about(/^\d+$/.test(what) ? what : "", button.dataset.who ?? "");
  }

  async #graph(view, what) {
    const task = this.desk.dataset.review;
    let id = `view-${task}`;
    if (what !== "consensus") {
      id = `view-${task}-${what}`;
      if (!document.getElementById(id)) {
        const response = await fetch(`${location.pathname}compare/${what}/`, { headers: { Accept: "application/json" } });
        if (!response.ok) return;
        const script = el("script", { id, type: "application/json" });
        script.textContent = await response.text();
        this.desk.append(script);
      }
    }
    if (view.dataset.config === id) return;
    const fresh = el("flow-view", { "data-config": id });
    view.replaceWith(fresh);
    this.#light(fresh);
  }

  /** Whose answer is decided about, where one is shown alone. */
  #about(answer, who) {
    this.shown = answer || "consensus";
    const form = this.desk.querySelector("[data-decide]");
    const consensus = form?.querySelector('[name="consensus"]');
    if (!consensus) return;
    form.querySelector('[name="answer"]').value = answer;
    form.querySelector('[name="choices"]').value = "";
    const told = form.querySelector("[data-told]");
    told.dataset.was ??= told.textContent;
    told.textContent = answer ? `${who} alone reads this.` : told.dataset.was;
    const label = form.querySelector("[data-approve]");
    label.dataset.was ??= label.textContent;
    if (answer) label.textContent = `Approve ${who}’s answer`;
    else this.#label();
    const column = [...this.desk.querySelectorAll("thead .who")].findIndex((head) => head.textContent.includes(who));
    for (const row of this.desk.querySelectorAll("[data-rows] tr")) {
      for (const [at, cell] of [...row.querySelectorAll(".who, .by")].entries()) cell.classList.toggle("shown", Boolean(answer) && at === column);
    }
  }

  // --- remarks -------------------------------------------------------------------------
  /** Fields for remarks on elements: the selected one, and those that have one already. */
  remarks(place) {
    const row = this.data.rows[this.selected];
    if (!row || !row.layers.length) return;
    const element = row.layers.join(">");
    const known = [...place.querySelectorAll('[name="remark-element"]')].find((field) => field.value === element);
    if (known) return;
    for (const field of place.querySelectorAll(".field")) if (!field.querySelector("input:not([type=hidden])").value) field.remove();
    const id = `remark-${place.children.length}`;
    place.append(
      el(
        "div",
        { class: "field" },
        el("label", { for: id }, `On ${row.title}`),
        el("input", { type: "hidden", name: "remark-element", value: element }),
        el("input", { id, class: "input", name: "remark", maxlength: 500, placeholder: "Not needed" }),
      ),
    );
  }
}
