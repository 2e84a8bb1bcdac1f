import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { auditPath, leafHash, rootFromPath, Tree, type Hash } from '../../src/store/tree.ts';

/** RFC 6962, section 2.1, word for word: the definition that the growing tree must meet. */
function definition(leaves: readonly Uint8Array[]): Buffer {
  const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Buffer.of(1), definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

t.test('the roots known from the test data of Certificate Transparency', (t) => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) => Buffer.from(hex, 'hex'));
  const roots = new Map([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ]);
  for (const [size, root] of roots) t.equal(treeOf(leaves.slice(0, size), [size]).root().toString('hex'), root, `${size} leaves`);
  t.end();
});

t.test('however the leaves arrive, root and paths are those of the definition', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }), (cuts) => {
      const leaves = Array.from({ length: cuts.reduce((a, b) => a + b, 0) }, (_, i) => Buffer.from(`leaf ${i}`));
      const hashes = leaves.map(leafHash);
      const tree = new Tree();
      let from = 0;
      for (const size of cuts) {
        const growth = tree.grow(hashes.slice(from, from + size));
        const root = definition(leaves.slice(0, from + size));
        if (!growth.root().equals(root)) return false;
        for (let i = from; i < from + size; i++) if (!rootFromPath(i, growth.size, hashes[i]!, growth.path(i))?.equals(root)) return false;
        tree.adopt(growth);
        from += size;
      }
      const node = (level: number, i: number): Hash => treeOf(leaves.slice(i * 2 ** level, (i + 1) * 2 ** level), [2 ** level]).root();
      const root = definition(leaves);
      return hashes.every((leaf, i) => rootFromPath(i, leaves.length, leaf, auditPath(i, leaves.length, node))?.equals(root));
    }),
    { numRuns: 20 },
  );
  t.end();
});

t.test('a path of another place, size or length leads nowhere', (t) => {
  const leaves = Array.from({ length: 7 }, (_, i) => Buffer.from([i]));
  const growth = new Tree().grow(leaves.map(leafHash));
  const leads = (index: number, size: number, path: readonly Hash[]): boolean =>
    rootFromPath(index, size, leafHash(leaves[3]!), path)?.equals(growth.root()) === true;
  t.ok(leads(3, 7, growth.path(3)));
  t.notOk(leads(2, 7, growth.path(3)));
  t.notOk(leads(3, 7, growth.path(3).slice(1)));
  t.notOk(leads(3, 7, [...growth.path(3), leafHash(leaves[0]!)]));
  t.notOk(leads(7, 7, growth.path(3)));
  t.end();
});

function treeOf(leaves: readonly Uint8Array[], cuts: readonly number[]): Tree {
  const tree = new Tree();
  let from = 0;
  for (const size of cuts) {
    tree.adopt(tree.grow(leaves.slice(from, from + size).map(leafHash)));
    from += size;
  }
  return tree;
}
