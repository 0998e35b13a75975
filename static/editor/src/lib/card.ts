/** What the card of a layer says on the canvas. */
import { type Catalogue, glyphOf } from "./catalogue";
import { layerById, titleOf } from "./operations";
import type { Family, Flow, Layer, Problem, Shape } from "./types";
import { shapeText, times, valueText } from "./values";

export const SURE = 0.8;
export const CARD_HEIGHT = 42;
const MIN_WIDTH = 96;
const MAX_WIDTH = 172;

/** Parameters that a card has room for, the most telling first. */
const TELLING = ["filters", "units", "pool_size", "kernel_size", "size", "strides", "rate", "activation", "num_heads", "output_dim"];
const NO_ACTIVATION = new Set(["linear", "none"]);

export interface Card {
  title: string;
  subtitle: string;
  family: Family;
  glyph: string;
  /** Percent, where the reader was in doubt. */
  doubt: number | null;
  error: string | null;
  warning: string | null;
  width: number;
}

export const inDoubt = (confidence: number | null | undefined): boolean =>
  confidence !== null && confidence !== undefined && confidence < SURE;

export function parametersText(layer: Layer): string {
  const params = layer.params ?? {};
  const parts: string[] = [];
  for (const name of TELLING) {
    const value = params[name];
    if (value === undefined || value === null) continue;
    if (name === "strides") {
      const plain = Array.isArray(value) && value.every((step) => step === value[0]) ? value[0] : value;
      if (plain !== 1) parts.push(`/${valueText(plain)}`);
    } else if (name === "activation") {
      if (!NO_ACTIVATION.has(String(value))) parts.push(String(value));
    } else if ((name === "kernel_size" || name === "pool_size" || name === "size") && typeof value === "number") {
      parts.push(/1D$/.test(layer.type) ? String(value) : /3D$/.test(layer.type) ? times([value, value, value]) : times([value, value]));
    } else {
      parts.push(valueText(value));
    }
  }
  return [parts.join(", "), ...(layer.also ?? [])].filter(Boolean).join(" + ");
}

export function cardOf(layer: Layer, catalogue: Catalogue, shape: Shape | null | undefined, problem: Problem | undefined): Card {
  const family = catalogue.family(layer.type);
  const title = layer.name || (layer.type === "Block" || layer.type === "Unknown" ? layer.label || layer.id : layer.type);
  const outcome = shape ?? layer.output_shape;
  const about = parametersText(layer) || (layer.name ? layer.type : "") || (outcome ? shapeText(outcome) : "");
  const problemText = problem?.severity === "error" ? problem.message : null;
  const doubt = inDoubt(layer.confidence) ? Math.round((layer.confidence as number) * 100) : null;
  const subtitle = family === "io" && outcome ? shapeText(outcome) : about;
  return {
    title,
    subtitle,
    family,
    glyph: glyphOf(layer.type, family),
    doubt,
    error: problemText,
    warning: problem?.severity === "warning" ? problem.message : null,
    width: cardWidth(title, subtitle, doubt !== null || problemText !== null),
  };
}

/** The card with the sign of what became of the layer, and with what changed in place of its values. */
export function marked(card: Card, note: string | undefined): Card {
  return { ...card, width: cardWidth(`~ ${card.title}`, note ?? card.subtitle, card.doubt !== null || card.error !== null) };
}

/** Letters of the card's face are about 6.4 px wide; close enough to lay nodes out before they are drawn. */
export function cardWidth(title: string, subtitle: string, badge: boolean): number {
  const text = Math.max(title.length * 6.9 + (badge ? 44 : 0), subtitle.length * 6.3);
  return Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, 26 + 18 + text)) / 4) * 4;
}

/** The sentence that a screen reader says for a layer. */
export function spoken(layer: Layer, card: Card, flow: Flow): string {
  const names = (ids: string[]) => ids.map((id) => titleOf(layerById(flow, id) ?? { id, type: "" })).join(", ");
  const from = flow.connections.filter((c) => c.target === layer.id).map((c) => c.source);
  const to = flow.connections.filter((c) => c.source === layer.id).map((c) => c.target);
  return [
    `${titleOf(layer)}, ${layer.type}`,
    parametersText(layer),
    from.length ? `fed by ${names(from)}` : "",
    to.length ? `feeds ${names(to)}` : "",
    card.doubt === null ? "" : `in doubt, ${card.doubt}% sure`,
    card.error ? `error: ${card.error}` : "",
  ]
    .filter(Boolean)
    .join("; ");
}
