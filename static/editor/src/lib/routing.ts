/** Orthogonal connections between cards: straight where they face each other, round the side where something stands between. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** How far out a connection goes to pass what stands in its way; its sign has no meaning, `null` is the direct way. */
export interface Detour {
  axis: "x" | "y";
  at: number;
}

const STRAIGHT_X = 20;
const STRAIGHT_Y = 14;
const CLEAR = 18;
const LANE = 9;

const right = (r: Rect) => r.x + r.width;
const bottom = (r: Rect) => r.y + r.height;
const middle = (r: Rect): Point => ({ x: r.x + r.width / 2, y: r.y + r.height / 2 });

/** Corners of the way from one card to another. */
export function route(from: Rect, to: Rect, detour: Detour | null): Point[] {
  if (detour) return around(from, to, detour);
  const overlapX = Math.min(right(from), right(to)) - Math.max(from.x, to.x);
  const overlapY = Math.min(bottom(from), bottom(to)) - Math.max(from.y, to.y);
  const down = middle(to).y >= middle(from).y;
  const onward = middle(to).x >= middle(from).x;
  if (overlapX >= STRAIGHT_X && overlapX > overlapY) {
    const x = Math.max(from.x, to.x) + overlapX / 2;
    return [{ x, y: down ? bottom(from) : from.y }, { x, y: down ? to.y : bottom(to) }];
  }
  if (overlapY >= STRAIGHT_Y) {
    const y = Math.max(from.y, to.y) + overlapY / 2;
    return [{ x: onward ? right(from) : from.x, y }, { x: onward ? to.x : right(to), y }];
  }
  const gapX = -overlapX;
  const gapY = -overlapY;
  if (gapX > CLEAR && gapY > CLEAR / 2) {
    // One bend: out at the side, in from above or below.
    const start = { x: onward ? right(from) : from.x, y: middle(from).y };
    const x = middle(to).x;
    return [start, { x, y: start.y }, { x, y: down ? to.y : bottom(to) }];
  }
  if (gapY >= gapX) {
    const start = { x: middle(from).x, y: down ? bottom(from) : from.y };
    const end = { x: middle(to).x, y: down ? to.y : bottom(to) };
    const y = (start.y + end.y) / 2;
    return [start, { x: start.x, y }, { x: end.x, y }, end];
  }
  const start = { x: onward ? right(from) : from.x, y: middle(from).y };
  const end = { x: onward ? to.x : right(to), y: middle(to).y };
  const x = (start.x + end.x) / 2;
  return [start, { x, y: start.y }, { x, y: end.y }, end];
}

function around(from: Rect, to: Rect, { axis, at }: Detour): Point[] {
  if (axis === "x") {
    const outside = (r: Rect) => (at > middle(r).x ? right(r) : r.x);
    return [
      { x: outside(from), y: middle(from).y },
      { x: at, y: middle(from).y },
      { x: at, y: middle(to).y },
      { x: outside(to), y: middle(to).y },
    ];
  }
  const outside = (r: Rect) => (at > middle(r).y ? bottom(r) : r.y);
  return [
    { x: middle(from).x, y: outside(from) },
    { x: middle(from).x, y: at },
    { x: middle(to).x, y: at },
    { x: middle(to).x, y: outside(to) },
  ];
}

/** SVG path along the corners, rounded. */
export function pathOf(points: Point[], radius = 5): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  let previous = first;
  rest.forEach((corner, index) => {
    const next = rest[index + 1];
    if (!next) {
      path += `L${corner.x} ${corner.y}`;
      return;
    }
    const before = toward(corner, previous, radius);
    const after = toward(corner, next, radius);
    path += `L${before.x} ${before.y}Q${corner.x} ${corner.y} ${after.x} ${after.y}`;
    previous = corner;
  });
  return path;
}

function toward(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(distance, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** For each connection that would run behind other cards: the lane beside them. */
export function detours(edges: { id: string; source: string; target: string }[], rects: ReadonlyMap<string, Rect>): Map<string, Detour> {
  const found = new Map<string, Detour>();
  const lanes = new Map<string, number>();
  for (const { id, source, target } of edges) {
    const from = rects.get(source);
    const to = rects.get(target);
    if (!from || !to) continue;
    const corners = route(from, to, null);
    const crossed = [...rects].filter(([other, rect]) => other !== source && other !== target && crosses(corners, rect)).map(([, rect]) => rect);
    if (crossed.length === 0) continue;
    const vertical = Math.abs(middle(to).y - middle(from).y) >= Math.abs(middle(to).x - middle(from).x);
    const all = [...crossed, from, to];
    const base = vertical ? Math.max(...all.map(right)) + CLEAR : Math.min(...all.map((r) => r.y)) - CLEAR;
    const lane = `${vertical}:${Math.round(base / 4)}`;
    const used = lanes.get(lane) ?? 0;
    lanes.set(lane, used + 1);
    found.set(id, vertical ? { axis: "x", at: base + used * LANE } : { axis: "y", at: base - used * LANE });
  }
  return found;
}

function crosses(corners: Point[], rect: Rect): boolean {
  return corners.some((corner, index) => {
    const next = corners[index + 1];
    if (!next) return false;
    const [left, rightEnd] = corner.x <= next.x ? [corner.x, next.x] : [next.x, corner.x];
    const [top, low] = corner.y <= next.y ? [corner.y, next.y] : [next.y, corner.y];
    return rightEnd > rect.x + 2 && left < right(rect) - 2 && low > rect.y + 2 && top < bottom(rect) - 2;
  });
}
