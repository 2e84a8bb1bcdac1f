import { finding, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import { readCanonical } from '../dictionary/json.ts';
import type { Fragment, Rule } from './rule.ts';
import { RuleBook } from './rules.ts';

/** Runs the examples of a rule: what should pass and is accused, what should fail and is not, and what is no data. */
export function tryExamples(rule: Rule, dictionary: Dictionary): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const book = new RuleBook([rule]);
  const cls = rule.plans[0]?.cls;
  if (!cls) return [];
  const wanted = new Set(rule.text.examples.map((example) => ('pass' in example ? 'pass' : 'fail')));
  if (wanted.size < 2)
    findings.push(finding('RULE_EXAMPLE', { rule: rule.id, what: 'has no example that passes, or none that fails' }, { rule: rule.at('examples') }));
  rule.text.examples.forEach((example, i) => {
    const [should, data] = 'pass' in example ? (['pass', example.pass] as const) : (['fail', example.fail] as const);
    const tell = (what: string): number => findings.push(finding('RULE_EXAMPLE', { rule: rule.id, what }, { rule: rule.at('examples', i, should) }));
    const read = readCanonical(dictionary, JSON.stringify({ $dictionary: `${dictionary.name}@${dictionary.version}`, ...documentOf(data, cls, dictionary) }));
    if (read.findings.length > 0) return read.findings.forEach((each) => tell(sentence(each)));
    const broken = book.check(read.rows).find(({ code }) => code === 'RULE_BROKEN');
    if (should === 'pass' && broken) tell(`accuses an example that should pass: ${broken.args['message'] ?? ''}`);
    if (should === 'fail' && !broken) tell('does not accuse an example that should fail');
    return undefined;
  });
  return findings;
}

/** The data as a document: where it does not begin with a root it is one row of the rule's class. Measures may be written `18410 KGM`. */
function documentOf(data: Fragment, cls: DictionaryClass, dictionary: Dictionary): Fragment {
  const root = dictionary.roots.find(({ name }) => name in data);
  if (root)
    return {
      [root.name]: Array.isArray(data[root.name]) ? (data[root.name] as Fragment[]).map((each) => rowOf(each, root)) : rowOf(data[root.name] as Fragment, root),
    };
  let made: Fragment = rowOf(data, cls);
  for (let at: DictionaryClass | undefined = cls; at; at = at.parent) made = { [at.name]: at.many ? [made] : made };
  return made;
}

function rowOf(data: Fragment, cls: DictionaryClass): Fragment {
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const child = cls.classes.find((each) => each.name === name);
      if (child) return [name, Array.isArray(value) ? value.map((each) => rowOf(each as Fragment, child)) : rowOf(value as Fragment, child)];
      const kind = cls.attributes.find((each) => each.name === name)?.type.kind;
      const [, number, unit] = (typeof value === 'string' && /^(\S+) (\S+)$/.exec(value)) || [];
      return [name, (kind === 'quantity' || kind === 'amount') && number !== undefined ? { value: number, unit } : value];
    }),
  );
}
