import { yamlPlace, type YamlScalar } from './load.ts';
import type { MapModel, Reporter } from './model.ts';
import type { BindingPlan } from './plan.ts';

/**
 * A map for a regulated message says which of its facts stand at positions that no publication confirms: `unverified` lists
 * their paths, `Declaration/MetaData/*` for a class with all below it. What is not listed is an error, and so what is sent
 * to an agency is never a guess that nobody saw.
 */
export function checkVerified(model: MapModel, bindings: readonly BindingPlan[], reporter: Reporter): void {
  if (!model.regulated) return;
  const used = new Set<YamlScalar>();
  const listed = model.unverified.map((entry) => ({ entry, path: entry.text, tree: entry.text.endsWith('/*') ? entry.text.slice(0, -2) : undefined }));
  const isListed = (path: string): boolean => {
    const found = listed.find((each) => each.path === path || (each.tree !== undefined && (path === each.tree || below(path, each.tree))));
    if (found) used.add(found.entry);
    return found !== undefined;
  };
  for (const binding of bindings) {
    const { class: cls } = binding;
    if (!cls.verified && binding.attributes.length > 0 && !isListed(cls.path)) reporter.reportAt('MAP_UNVERIFIED', { path: cls.path }, binding.place);
    for (const { attribute, place } of binding.attributes)
      if (!attribute.verified && !isListed(attribute.path)) reporter.reportAt('MAP_UNVERIFIED', { path: attribute.path }, place);
  }
  for (const entry of model.unverified.filter(({ file }) => file === model.file))
    // what a base lists may be what its dialect leaves out
    if (!used.has(entry)) reporter.reportAt('MAP_UNUSED', { what: '`unverified` entry', name: entry.text }, yamlPlace(entry));
}

const below = (path: string, cls: string): boolean => path.startsWith(cls) && (path[cls.length] === '/' || path[cls.length] === '.');
