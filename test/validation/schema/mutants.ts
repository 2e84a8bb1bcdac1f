import type { Random } from '../../../src/maps/generate-values.ts';

/** What is put into a document in the place of a text or beside it: at the edge of one type or another, or of XML. */
const texts: readonly string[] = [
  ...['', ' ', '0', '-1', '+5', '1.', '.5', '1.50', '0012', '1e5', '9999999999999999', '12345678901234567890', '0.1234567', '-0.00'],
  ...['2024-02-30', '2024-02-29', '2023-02-29', '2024-01-01T24:00:00', '2024-01-01T10:00:00Z', '2024-13-01', '20240101', '0000-01-01', '10:60:00'],
  ...['true', '1', 'GB', ' GB', 'G B', '  A  ', '\t', '\n', 'A\tB', 'A  B', '\u{1f600}', '\u00a0A', 'ÿ', 'é', '\u2028', '\ufffe', 'Ａ', '\ufeff'],
  ...['A'.repeat(36), 'A'.repeat(600), 'urn:x', 'http://a b', 'http://a:b', 'en-GB', '-', '_', 'EUR', '%', 'a:b'],
  ...['&#65;', '&amp;', '&#32;', '&#10;', '&#9;', 'A<!--x-->B', '<![CDATA[A]]>', '<![CDATA[]]>', '<![CDATA[ ]]>', '<?p x?>', '<?p:q x?>', '<!---->'],
];

const attributes: readonly string[] = [
  ...[
    'x="1"',
    'xsi:nil="true"',
    'xsi:type="xs:string"',
    'xmlns:q="u:q"',
    'xmlns:q="a b"',
    'xmlns:q="http://[a"',
    'xml:lang="en"',
    'xml:space="preserve"',
    'xmlns=""',
  ],
  ...['schemeID=""', 'schemeID=" a"', 'schemeID="\t"', 'unitCode="KGM"', 'unitCode="&#x4b;GM"', 'currencyID="EUR"', 'PhaseID="NCTS5.1"', 'a="1"', 'b=""'],
];

const between: readonly string[] = ['<!--c-->', '<?a b?>', '<![CDATA[ ]]>', '<![CDATA[]]>', ' ', '\n', 'x', '&#32;', '\u00a0', ' <!--c-->', '\n<?p x?>'];

/** A document with one to three changes: texts, attributes and elements, some put elsewhere, doubled, renamed or left out. */
export function mutantOf(document: string, random: Random): string {
  const tokens = document.match(/<!--.*?-->|<[^>]*>|[^<]+/gs) ?? [];
  const below = (count: number): number => Math.floor(random() * count);
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(tokens.length);
    const token = tokens[at]!;
    const [, name] = /^<([^\s/>!?]+)/.exec(token) ?? [];
    const end = name === undefined ? at : endOf(tokens, at, name);
    const change = below(12);
    if (change < 3) {
      const text = tokens.findIndex((each, i) => i >= at && !each.startsWith('<') && each.trim() !== '');
      if (text >= 0) tokens[text] = change < 2 ? one(texts) : tokens[text]!.slice(0, below(4)) + one(texts);
    } else if (change === 3) tokens.splice(at, 1);
    else if (change === 4) tokens.splice(at, 0, one(tokens));
    else if (change === 5) tokens.splice(at, 0, one(between));
    else if (change === 6) tokens.splice(at, end - at + 1);
    else if (change === 7) {
      const element = tokens.slice(at, end + 1);
      for (let more = 1 + below(4); more > 0; more--) tokens.splice(at, 0, ...element);
    } else if (change === 8) tokens.splice(below(tokens.length), 0, ...tokens.splice(at, end - at + 1));
    else if (change === 9 && name !== undefined) tokens[at] = token.replace(/(\/?)>$/, (_, slash: string) => ` ${one(attributes)}${slash}>`);
    else if (change === 10 && name !== undefined) tokens[at] = token.replace(/\s+[\w:]+="[^"]*"/, '');
    else if (change === 11 && name !== undefined && end > at + 1) tokens.splice(at + 1, end - at - 1);
    if (tokens.length === 0) return document;
  }
  return tokens.join('');
}

/** The token that ends the element that begins at `at`. */
function endOf(tokens: readonly string[], at: number, name: string): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.endsWith('/>')) {
      if (depth === 0) return i;
      continue;
    }
    if (token.startsWith(`<${name}`) && /^[\s>]/.test(token.slice(name.length + 1))) depth++;
    else if (token.startsWith(`</${name}`) && --depth === 0) return i;
  }
  return at;
}
