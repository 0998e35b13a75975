import type { Problem } from "../lib/types";
import type { Work } from "./work.svelte";
import { parameterLabel } from "../lib/catalogue";

export interface Fix {
  title: string;
  run(): void;
}

/** What can be done at once about a problem: a problem carries its remedy. */
export function fixesFor(problem: Problem, work: Work): Fix[] {
  const { editor, view } = work;
  const fixes: Fix[] = [];
  if (problem.connection) {
    const [source, target] = problem.connection;
    fixes.push({ title: "Take the connection away", run: () => editor.disconnect(`${source}→${target}`) });
  }
  const layer = problem.layer === null ? undefined : editor.byId.get(problem.layer);
  if (!layer) return fixes;
  const type = editor.catalogue.get(layer.type);
  const words = new Set([...problem.message.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string));
  for (const { name } of type?.parameters ?? []) {
    if (words.has(name) || new RegExp(`\\b${name.replaceAll("_", "[_ ]")}\\b`).test(problem.message.toLowerCase())) {
      fixes.push({
        title: `Set ${parameterLabel(name).toLowerCase()}`,
        run() {
          work.showLayer(layer.id);
          queueMicrotask(() => view.focusField(name));
        },
      });
    }
  }
  const inputs = editor.flow.connections.filter((c) => c.target === layer.id).length;
  const lacks = type && inputs < type.min_inputs;
  const tooMany = type && type.max_inputs !== null && inputs > type.max_inputs && type.max_inputs > 0;
  if (lacks && type.min_inputs > 0) {
    fixes.push({
      title: "Connect an input",
      run() {
        work.showLayer(layer.id);
        view.dialog = "connect";
      },
    });
  }
  if (tooMany) {
    fixes.push({ title: "Make it an Add", run: () => editor.setType(layer.id, "Add") });
    fixes.push({ title: "Make it a Concatenate", run: () => editor.setType(layer.id, "Concatenate") });
  }
  return fixes.slice(0, 3);
}
