/** A long row of layers in several lines, to and fro as a snake, so that its cards stay large enough to be read. */
import type { Place } from "./operations";

export interface Card {
  width: number;
  height: number;
}

const MARGIN = 24;
/** Room between two lines, for what skips. */
const BETWEEN = 64;
/** Fewer columns are left in one line. */
const FEW = 5;

/** Places of a layout from left to right, folded so that they fill a pane of this width and height best. */
export function fold(places: Readonly<Record<string, Place>>, card: (id: string) => Card, pane: Card): Record<string, Place> {
  const columns = columnsOf(places, card);
  if (columns.length <= FEW || pane.width <= 0 || pane.height <= 0) return { ...places };
  let best: { scale: number; lines: Column[][] } | null = null;
  for (let count = 1; count <= Math.ceil(columns.length / 2); count += 1) {
    const lines = inLines(columns, count);
    const width = Math.max(...lines.map(widthOf));
    const height = lines.reduce((sum, line) => sum + heightOf(line), 0) + BETWEEN * (lines.length - 1);
    const scale = Math.min(1, pane.width / (width + 2 * MARGIN), pane.height / (height + 2 * MARGIN));
    if (!best || scale > best.scale * 1.05) best = { scale, lines };
  }
  return best && best.lines.length > 1 ? placed(best.lines) : { ...places };
}

interface Column {
  cards: { id: string; x: number; y: number }[];
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Cards that stand above each other, from left to right. */
function columnsOf(places: Readonly<Record<string, Place>>, card: (id: string) => Card): Column[] {
  const columns: Column[] = [];
  for (const [id, { x, y }] of Object.entries(places).sort(([, a], [, b]) => a.x - b.x)) {
    const { width, height } = card(id);
    const box = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
    const last = columns.at(-1);
    if (last && box.left < last.right) {
      last.cards.push({ id, x, y });
      last.left = Math.min(last.left, box.left);
      last.right = Math.max(last.right, box.right);
      last.top = Math.min(last.top, box.top);
      last.bottom = Math.max(last.bottom, box.bottom);
    } else columns.push({ cards: [{ id, x, y }], ...box });
  }
  return columns;
}

const widthOf = (line: Column[]): number => (line.at(-1) as Column).right - (line[0] as Column).left;
const heightOf = (line: Column[]): number => Math.max(...line.map((c) => c.bottom)) - Math.min(...line.map((c) => c.top));

/** About equally long lines. */
function inLines(columns: Column[], count: number): Column[][] {
  const each = widthOf(columns) / count;
  const start = (columns[0] as Column).left;
  const lines: Column[][] = [];
  for (const column of columns) {
    const line = Math.min(count - 1, Math.floor(((column.left + column.right) / 2 - start) / each));
    (lines[line] ??= []).push(column);
  }
  return lines.filter((line) => line !== undefined);
}

function placed(lines: Column[][]): Record<string, Place> {
  const found: Record<string, Place> = {};
  const longest = Math.max(...lines.map(widthOf));
  let y = MARGIN;
  for (const [number, line] of lines.entries()) {
    const left = (line[0] as Column).left;
    const top = Math.min(...line.map((column) => column.top));
    for (const { cards } of line) {
      for (const card of cards) {
        const along = card.x - left;
        found[card.id] = { x: Math.round(MARGIN + (number % 2 ? longest - along : along)), y: Math.round(y + card.y - top) };
      }
    }
    y += heightOf(line) + BETWEEN;
  }
  return found;
}
