/** The flow as the server writes it (JSON, version 1), the catalogue, and what the checks answer. */

export type Provenance = "figure" | "table" | "text" | "inferred" | "assumed" | "person";
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
/** Sizes without the batch, channels last; `null` is a size that is not known. */
export type Shape = (number | null)[];
/** x0, y0, x1, y1 in the image's pixels, origin top left. */
export type Box = [number, number, number, number];

export interface Layer {
  id: string;
  type: string;
  name?: string;
  label?: string;
  params?: Record<string, Value>;
  also?: string[];
  output_shape?: Shape | null;
  bbox?: Box | null;
  confidence?: number | null;
  provenance?: Record<string, Provenance>;
}

export interface Connection {
  source: string;
  target: string;
  confidence?: number | null;
}

export interface Flow {
  format?: string;
  version?: number;
  name?: string;
  kind?: string | null;
  confidence?: number | null;
  layers: Layer[];
  connections: Connection[];
  training?: Record<string, { value: Value; provenance?: Provenance; page?: number }>;
  sources?: Record<string, Value>[];
}

export type Family = "conv" | "pool" | "dense" | "norm" | "act" | "rec" | "attn" | "merge" | "io" | "block";
export type ParameterKind = "int" | "float" | "bool" | "choice" | "size" | "ints" | "floats" | "text";

export interface Parameter {
  name: string;
  kind: ParameterKind;
  required: boolean;
  default?: Value;
  choices?: string[];
  minimum?: number;
  maximum?: number;
  help: string;
}

export interface LayerType {
  name: string;
  family: Family;
  help: string;
  rank: number | null;
  min_inputs: number;
  max_inputs: number | null;
  parameters: Parameter[];
  aliases: string[];
}

export interface CatalogueData {
  families: { name: Family; label: string }[];
  types: LayerType[];
}

export interface Problem {
  layer: string | null;
  message: string;
  severity: "error" | "warning";
  connection?: [string, string] | null;
}

export interface Report {
  valid: boolean;
  problems: Problem[];
  parameters: number | null;
  output_shapes: Record<string, Shape | null>;
  layer_parameters?: Record<string, number>;
  assumptions?: { layer: string; parameter: string; value: Value; reason: string }[];
}

export interface Preview {
  source: string;
  lines: Record<string, [number, number]>;
  refusal: { layer: string | null; reason: string } | null;
}

export type Framework = "keras" | "pytorch" | "caffe";

export interface FigureInfo {
  id: number;
  /** "Figure 3", "Table 2 (A)". */
  name: string;
  number: string;
  page: number;
  caption: string;
  image_url: string;
  width: number;
  height: number;
  kind?: string | null;
}

export interface Draft {
  flow: Flow;
  revision: number;
  saved_at: string;
}

export interface TaskInfo {
  id: number;
  kind: "correct" | "classify";
  state: string;
  paper: { id: number; title: string };
  figure: FigureInfo;
  reading: { id: number; flow: Flow };
  draft: Draft | null;
  lease: { id: number; expires_at: string } | null;
  /** What a moderator said of this person's last answer, where it came back. */
  returned?: { reason: string; at: string; remarks?: { element: string; text: string }[] } | null;
}

export interface Urls {
  catalogue: string;
  draft: string;
  submit: string;
  skip: string;
  release: string;
  heartbeat: string;
  lease: string;
  check: string;
  preview: string;
  back: string;
  /** Where a moderator goes on after an approval. */
  next?: string;
}

/** What a moderator approves with an edit: the consensus they saw, and how much had been decided by then. */
export interface ReviewInfo {
  consensus: number;
  number: number;
}

export interface EditorConfig {
  /** Whose drafts these are, so that two people at one browser never get each other's. */
  user?: string;
  task: TaskInfo;
  urls: Urls;
  csrf: string;
  /** Here where the flow is edited to be approved, not to be handed in. */
  review?: ReviewInfo;
}
