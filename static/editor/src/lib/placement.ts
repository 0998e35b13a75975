/** Where layers lie over their figure: the picture is enlarged until the cards have room at their printed places. */
import { CARD_HEIGHT } from "./card";
import type { Place } from "./operations";
import type { Box, Flow, Layer } from "./types";

export interface Size {
  width: number;
  height: number;
}

export type Widths = (layer: Layer) => number;

const GAP_X = 16;
/** Room between cards one below another for a connection that can be seen and picked beside both cards' handles. */
const GAP_Y = 30;
const MIN_SCALE = 0.35;
/** Beyond this the print is a blur and the cards are lost in it. */
const MAX_SCALE = 2.2;
const MAX_WORLD = 6000;
const ROUNDS = 60;

/** The layers that a card can lie over. A table's rows lie closer than cards can, and one may stand for many layers. */
export const drawn = (flow: Flow): Layer[] =>
  flow.sources?.some((source) => source.table) ? [] : flow.layers.filter((layer) => layer.bbox);

export const centre = ([x0, y0, x1, y1]: Box): Place => ({ x: (x0 + x1) / 2, y: (y0 + y1) / 2 });

/** Canvas units for a pixel of the figure: as small as lets four of five cards lie free of their nearest neighbour. */
export function figureScale(flow: Flow, widths: Widths, figure: Size): number {
  const boxed = drawn(flow);
  const needs: number[] = [];
  for (const layer of boxed) {
    const at = centre(layer.bbox as Box);
    let need = 0;
    for (const other of boxed) {
      if (other === layer) continue;
      const to = centre(other.bbox as Box);
      const across = ((widths(layer) + widths(other)) / 2 + GAP_X) / Math.abs(at.x - to.x);
      const down = (CARD_HEIGHT + GAP_Y) / Math.abs(at.y - to.y);
      const pair = Math.min(across, down);
      if (Number.isFinite(pair)) need = Math.max(need, pair);
    }
    needs.push(need);
  }
  needs.sort((a, b) => a - b);
  const wanted = needs[Math.floor(needs.length * 0.8)] || 1;
  const largest = MAX_WORLD / Math.max(figure.width, figure.height, 1);
  return Math.max(MIN_SCALE, Math.min(wanted, MAX_SCALE, largest));
}

/** Middles of the cards, on those of their boxes and pushed apart where they would cover each other. */
export function placeOverFigure(flow: Flow, widths: Widths, scale: number): Record<string, Place> {
  const cards = drawn(flow).map((layer) => {
    const at = centre(layer.bbox as Box);
    return { id: layer.id, x: at.x * scale, y: at.y * scale, width: widths(layer) };
  });
  if (cards.length <= 400) pushApart(cards);
  return Object.fromEntries(
    cards.map(({ id, x, y }) => [id, { x: Math.round(x), y: Math.round(y) }]),
  );
}

function pushApart(cards: { x: number; y: number; width: number }[]): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    for (let i = 0; i < cards.length; i += 1) {
      for (let j = i + 1; j < cards.length; j += 1) {
        const a = cards[i] as (typeof cards)[number];
        const b = cards[j] as (typeof cards)[number];
        const overX = (a.width + b.width) / 2 + GAP_X - Math.abs(a.x - b.x);
        const overY = CARD_HEIGHT + GAP_Y - Math.abs(a.y - b.y);
        if (overX <= 0.5 || overY <= 0.5) continue;
        moved = true;
        // Along the axis of the smaller overlap; of cards at the very same place the later one goes down.
        if (overX < overY) {
          const step = (overX / 2) * (a.x <= b.x ? 1 : -1);
          a.x -= step;
          b.x += step;
        } else {
          const step = (overY / 2) * (a.y <= b.y ? 1 : -1);
          a.y -= step;
          b.y += step;
        }
      }
    }
    if (!moved) return;
  }
}
