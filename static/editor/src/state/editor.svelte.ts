import { type Card, CARD_HEIGHT, cardOf } from "../lib/card";
import type { Catalogue } from "../lib/catalogue";
import { type Doubt, doubtsOf } from "../lib/doubts";
import { begin, commit, type History, jump, redo, undo } from "../lib/history";
import { layOut } from "../lib/layout-client";
import * as ops from "../lib/operations";
import type { Doc, Fragment, Place } from "../lib/operations";
import { drawn, figureScale, placeOverFigure } from "../lib/placement";
import type { Box, FigureInfo, Flow, Layer, Problem, Report } from "../lib/types";
import { plural } from "../lib/values";

export interface Selection {
  readonly layers: readonly string[];
  readonly edges: readonly string[];
}

type CardCache = Map<string, { layer: Layer; shape: string; problem: Problem | undefined; card: Card }>;

const NOTHING: Selection = { layers: [], edges: [] };
const CLIPBOARD = "dlp2c-clipboard";

/** The document with its history, what is selected in it, and every edit that a person can make. */
export class Editor {
  readonly catalogue: Catalogue;
  readonly figure: FigureInfo | null;
  /** Canvas units for a pixel of the figure. */
  readonly scale: number;
  history = $state.raw<History<Doc>>(begin({ flow: { layers: [], connections: [] }, places: {} }));
  selection = $state.raw<Selection>(NOTHING);
  report = $state.raw<Report | null>(null);
  /** Called after every edit that should be seen as a message with "Undo". */
  onnotice: (message: string, undoable: boolean) => void = () => {};

  readonly doc = $derived(this.history.present);
  readonly flow = $derived(this.doc.flow);
  readonly byId = $derived(new Map(this.flow.layers.map((layer) => [layer.id, layer])));
  readonly selected = $derived(this.selection.layers.length === 1 ? this.byId.get(this.selection.layers[0] as string) : undefined);
  readonly doubts = $derived(doubtsOf(this.flow));
  readonly problems = $derived(this.report?.problems ?? []);
  readonly #problemOf = $derived(firstByLayer(this.problems));
  #cards: CardCache = new Map();
  readonly cards: ReadonlyMap<string, Card> = $derived.by(() => this.#makeCards());
  readonly usage = $derived(countBy(this.flow.layers.map((layer) => layer.type)));
  readonly changed = $derived(this.history.past.length > 0);

  constructor(catalogue: Catalogue, flow: Flow, figure: FigureInfo | null, places?: Record<string, Place>) {
    this.catalogue = catalogue;
    this.figure = figure;
    const widths = (layer: Layer) => cardOf(layer, catalogue, null, undefined).width;
    this.scale = figure ? figureScale(flow, widths, figure) : 1;
    const over = figure ? placeOverFigure(flow, widths, this.scale) : {};
    this.history = begin({ flow, places: { ...over, ...places } });
  }

  #makeCards(): ReadonlyMap<string, Card> {
    const next: CardCache = new Map();
    for (const layer of this.flow.layers) {
      const inferred = this.report?.output_shapes[layer.id];
      const shape = JSON.stringify(inferred ?? null);
      const problem = this.#problemOf.get(layer.id);
      const old = this.#cards.get(layer.id);
      const card =
        old && old.layer === layer && old.shape === shape && old.problem?.message === problem?.message
          ? old.card
          : cardOf(layer, this.catalogue, inferred, problem);
      next.set(layer.id, { layer, shape, problem, card });
    }
    this.#cards = next;
    return new Map([...next].map(([id, { card }]) => [id, card]));
  }

  /* ---------- history ---------- */
  apply(label: string, next: Doc, key: string | null = null): boolean {
    const before = this.history;
    this.history = commit(before, label, next, key);
    return this.history !== before;
  }
  undo(): void {
    this.#step(undo(this.history));
  }
  redo(): void {
    this.#step(redo(this.history));
  }
  jump(index: number): void {
    this.#step(jump(this.history, index));
  }
  /** Replace everything, as one step that can be undone. */
  replace(label: string, flow: Flow): void {
    const widths = (layer: Layer) => cardOf(layer, this.catalogue, null, undefined).width;
    const places = { ...placeOverFigure(flow, widths, this.scale), ...this.doc.places };
    this.apply(label, { flow, places });
    this.#prune();
  }
  #step(history: History<Doc>): void {
    this.history = history;
    this.#prune();
  }
  #prune(): void {
    const edges = new Set(this.flow.connections.map(ops.edgeId));
    this.select(
      this.selection.layers.filter((id) => this.byId.has(id)),
      this.selection.edges.filter((id) => edges.has(id)),
    );
  }

  /* ---------- selection ---------- */
  select(layers: readonly string[], edges: readonly string[] = []): void {
    if (ops.same(layers, this.selection.layers) && ops.same(edges, this.selection.edges)) return;
    this.selection = { layers, edges };
  }
  selectAll(): void {
    this.select(this.flow.layers.map((layer) => layer.id));
  }

  /* ---------- edits ---------- */
  add(type: string, place: Place, options: { after?: string; printedAt?: boolean } = {}): string {
    const bbox = options.printedAt && this.figure ? this.#boxAt(place) : undefined;
    const [doc, id] = ops.addLayer(this.doc, type, place, { ...(options.after ? { after: options.after } : {}), ...(bbox ? { bbox } : {}) });
    this.apply(`Add ${type}`, doc);
    this.select([id]);
    return id;
  }
  #boxAt({ x, y }: Place): Box {
    const round = (value: number) => Math.round((value / this.scale) * 10) / 10;
    return [round(x - 60), round(y - CARD_HEIGHT / 2), round(x + 60), round(y + CARD_HEIGHT / 2)];
  }
  removeSelection(): void {
    const { layers, edges } = this.selection;
    if (layers.length === 0 && edges.length === 0) return;
    const what = layers.length ? (layers.length === 1 ? this.nameOf(layers[0] as string) : plural(layers.length, "layer")) : plural(edges.length, "connection");
    if (this.apply(`Delete ${what}`, ops.disconnect(ops.removeLayers(this.doc, layers), edges))) {
      this.select([]);
      this.onnotice(`Deleted ${what}.`, true);
    }
  }
  connect(source: string, target: string): boolean {
    const refusal = ops.refusesConnection(this.flow, source, target);
    if (refusal) this.onnotice(refusal, false);
    else this.apply(`Connect ${this.nameOf(source)} to ${this.nameOf(target)}`, ops.connect(this.doc, source, target));
    return refusal === null;
  }
  reconnect(edge: string, source: string, target: string): void {
    const next = ops.reconnect(this.doc, edge, source, target);
    const edges = this.selection.edges.map((id) => (id === edge ? ops.edgeId({ source, target }) : id));
    if (this.apply(`Connect ${this.nameOf(source)} to ${this.nameOf(target)} instead`, next)) this.select([], edges);
  }
  disconnect(edge: string): void {
    this.apply("Delete connection", ops.disconnect(this.doc, [edge]));
    this.#prune();
  }
  move(places: Record<string, Place>): void {
    const ids = Object.keys(places);
    const what = ids.length === 1 ? this.nameOf(ids[0] as string) : plural(ids.length, "layer");
    this.apply(`Move ${what}`, ops.place(this.doc, places), `move:${ids.join()}`);
  }
  setType(id: string, type: string): void {
    this.apply(`Make ${this.nameOf(id)} a ${type}`, ops.setType(this.doc, id, type));
  }
  /** For edits of one field: typing on is one step of the history. */
  field(label: string, key: string, next: Doc): void {
    this.apply(label, next, key);
  }
  nameOf(id: string): string {
    const layer = this.byId.get(id);
    return layer ? ops.titleOf(layer) : id;
  }

  /* ---------- clipboard ---------- */
  copy(): Fragment | null {
    if (this.selection.layers.length === 0) return null;
    const part = ops.fragment(this.doc, this.selection.layers);
    try {
      sessionStorage.setItem(CLIPBOARD, JSON.stringify(part));
    } catch {
      // Without storage the clipboard lives as long as the page.
    }
    this.#clipboard = part;
    return part;
  }
  #clipboard: Fragment | null = null;
  paste(): void {
    const kept = this.#clipboard ?? readClipboard();
    if (kept) this.#insert("Paste", kept);
  }
  duplicate(): void {
    if (this.selection.layers.length) this.#insert("Duplicate", ops.fragment(this.doc, this.selection.layers));
  }
  #insert(verb: string, part: Fragment): void {
    const taken = new Set(Object.values(this.doc.places).map(({ x, y }) => `${x},${y}`));
    let offset = 24;
    while (Object.values(part.places).some(({ x, y }) => taken.has(`${x + offset},${y + offset}`))) offset += 24;
    const [doc, ids] = ops.insert(this.doc, part, { x: offset, y: offset });
    this.apply(`${verb} ${plural(ids.length, "layer")}`, doc);
    this.select(ids);
  }

  /* ---------- layout ---------- */
  readonly boxed = $derived(drawn(this.flow).length);

  async autoLayout(direction: "TB" | "LR" = "TB"): Promise<void> {
    const places = await layOut(this.layoutInput(direction));
    this.apply("Tidy up", ops.place(this.doc, places));
  }
  layoutInput(direction: "TB" | "LR") {
    return {
      nodes: this.flow.layers.map(({ id }) => ({ id, width: this.cards.get(id)?.width ?? 120, height: CARD_HEIGHT })),
      edges: this.flow.connections.map(({ source, target }) => ({ source, target })),
      direction,
    };
  }
  /** Layers without a place (a reading that has no boxes, a table) get one that is no edit of the person. */
  async placeMissing(): Promise<void> {
    const missing = this.flow.layers.filter(({ id }) => !this.doc.places[id]);
    if (missing.length === 0) return;
    const laid = await layOut(this.layoutInput("TB"));
    // Where some have places, the rest stands to their right.
    const placed = Object.values(this.doc.places);
    const shift = placed.length ? Math.max(...placed.map(({ x }) => x)) + 240 : 0;
    const places = Object.fromEntries(
      missing.map(({ id }) => [id, { x: (laid[id]?.x ?? 0) + shift, y: laid[id]?.y ?? 0 }]),
    );
    const fill = (doc: Doc): Doc => ({ ...doc, places: { ...places, ...doc.places } });
    const { past, present, future } = this.history;
    const filled = (entry: (typeof past)[number]) => ({ ...entry, before: fill(entry.before), after: fill(entry.after) });
    this.history = { present: fill(present), past: past.map(filled), future: future.map(filled) };
  }
  backOntoFigure(): void {
    const widths = (layer: Layer) => this.cards.get(layer.id)?.width ?? 120;
    this.apply("Back onto the figure", ops.place(this.doc, placeOverFigure(this.flow, widths, this.scale)));
  }

  /* ---------- doubts ---------- */
  nextDoubt(step: 1 | -1 = 1): Doubt | null {
    const doubts = this.doubts;
    if (doubts.length === 0) return null;
    const current = this.selection.layers[0] ?? this.selection.edges[0];
    const at = doubts.findIndex((doubt) => doubt.key === current);
    const next = doubts[(at + step + doubts.length) % doubts.length] as Doubt;
    this.show(next);
    return next;
  }
  show(doubt: Doubt): void {
    if (doubt.kind === "layer") this.select([doubt.key]);
    else this.select([], [doubt.key]);
  }
  readonly openDoubt = $derived(
    this.doubts.find((doubt) => doubt.key === (this.selection.layers.length === 1 ? this.selection.layers[0] : this.selection.edges[0])),
  );
  answer(id: string, type: string): void {
    const layer = this.byId.get(id);
    if (!layer) return;
    if (layer.type === type) this.apply(`${this.nameOf(id)} is a ${type}`, ops.confirmLayer(this.doc, id));
    else this.setType(id, type);
  }
}

function readClipboard(): Fragment | null {
  try {
    const part = JSON.parse(sessionStorage.getItem(CLIPBOARD) ?? "null") as Fragment | null;
    return part && Array.isArray(part.layers) ? part : null;
  } catch {
    return null;
  }
}

function firstByLayer(problems: Problem[]): Map<string, Problem> {
  const first = new Map<string, Problem>();
  for (const problem of problems) {
    if (problem.layer === null) continue;
    const known = first.get(problem.layer);
    if (!known || (known.severity === "warning" && problem.severity === "error")) first.set(problem.layer, problem);
  }
  return first;
}

function countBy(values: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
