import { sha256 } from './sha256.ts';

/**
 * The Merkle tree of RFC 6962, section 2.1, grown at its right edge.
 *
 * `Tree` keeps only the roots of the complete subtrees that together cover all leaves (the frontier): one hash per set
 * bit of the size. That is enough to append, to know the root, and to give the audit path of every leaf appended since.
 */
export type Hash = Buffer; // 32 bytes

/** `SHA-256(0x00 ‖ entry)` */
export function leafHash(entry: Uint8Array): Hash {
  const prefixed = Buffer.allocUnsafe(entry.length + 1);
  prefixed[0] = 0;
  prefixed.set(entry, 1);
  return sha256(prefixed);
}

const pair = Buffer.alloc(65);
pair[0] = 1;

/** `SHA-256(0x01 ‖ left ‖ right)` */
export function nodeHash(left: Hash, right: Hash): Hash {
  pair.set(left, 1);
  pair.set(right, 33);
  return sha256(pair);
}

const emptyRoot = sha256(new Uint8Array(0));

/** One level of nodes: the complete subtrees of 2^level leaves that a `Growth` knows, from `first` on. */
interface Level {
  readonly first: number;
  readonly nodes: readonly Hash[];
}

export class Tree {
  #size = 0;
  #frontier: (Hash | undefined)[] = []; // by level; set exactly where the size has that bit

  /** A tree of `size` leaves from the roots of its complete subtrees, by level. */
  static restore(size: number, frontier: readonly (Hash | undefined)[]): Tree {
    const tree = new Tree();
    tree.#size = size;
    tree.#frontier = [...frontier];
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  root(): Hash {
    return rootOf(this.#size, this.#frontier);
  }

  /**
   * The tree with `leaves` added, and the paths of those leaves. This tree stays as it is: the caller adopts the growth
   * with `adopt` once the leaves are durable, and drops it where they are not.
   */
  grow(leaves: readonly Hash[]): Growth {
    const size = this.#size + leaves.length;
    const levels: Level[] = [];
    let nodes = [...leaves];
    let first = this.#size;
    for (let level = 0; nodes.length > 0 || level < this.#frontier.length; level++) {
      const left = this.#frontier[level];
      if (first % 2 === 1 && left) {
        nodes.unshift(left);
        first--;
      }
      levels.push({ first, nodes });
      const above: Hash[] = [];
      for (let i = 0; i + 1 < nodes.length; i += 2) above.push(nodeHash(nodes[i]!, nodes[i + 1]!));
      first = first / 2;
      nodes = above;
    }
    return new Growth(size, levels);
  }

  adopt(growth: Growth): void {
    this.#size = growth.size;
    this.#frontier = growth.frontier();
  }
}

/** A tree of `size` leaves, of which the nodes at and above the newest leaves are known. */
export class Growth {
  readonly size: number;
  readonly #levels: readonly Level[];
  readonly #texts = new Map<Hash, string>();
  #edge: readonly (Hash | undefined)[] | undefined;

  constructor(size: number, levels: readonly Level[]) {
    this.size = size;
    this.#levels = levels;
  }

  frontier(): (Hash | undefined)[] {
    return frontierOf(this.size, (level, i) => this.#node(level, i));
  }

  root(): Hash {
    return rootOf(this.size, this.frontier());
  }

  /** The audit path of one of the leaves added. */
  path(index: number): Hash[] {
    this.#edge ??= rightEdge(this.size, this.frontier());
    return auditPath(index, this.size, (level, i) => this.#node(level, i), this.#edge);
  }

  /** A node of a path in base64: paths of one growth have most of their nodes in common. */
  text(node: Hash): string {
    let text = this.#texts.get(node);
    if (text === undefined) this.#texts.set(node, (text = node.toString('base64')));
    return text;
  }

  #node(level: number, index: number): Hash {
    const { first, nodes } = this.#levels[level]!;
    const node = nodes[index - first];
    if (!node) throw new RangeError('a node that was not part of this growth');
    return node;
  }
}

/**
 * The audit path of leaf `index` in the tree of `size` leaves, from the leaf upwards (RFC 6962, 2.1.1). `node` gives the
 * root of the i-th complete subtree of 2^level leaves.
 */
export function auditPath(
  index: number,
  size: number,
  node: (level: number, i: number) => Hash,
  edge: readonly (Hash | undefined)[] = rightEdge(size, frontierOf(size, node)),
): Hash[] {
  const path: Hash[] = [];
  for (let level = 0; count(size - 1, level) > 0; level++) {
    const sibling = siblingOf(count(index, level));
    if (sibling > count(size - 1, level)) continue;
    // The last sibling may be an incomplete subtree: then its root is the fold of the frontier below this level.
    const hash = sibling < count(size, level) ? node(level, sibling) : edge[level];
    if (hash) path.push(hash);
  }
  return path;
}

/** The roots of the complete subtrees that together cover `size` leaves, by level. */
export function frontierOf(size: number, node: (level: number, i: number) => Hash): (Hash | undefined)[] {
  const frontier: (Hash | undefined)[] = [];
  for (let level = 0; count(size, level) > 0; level++) frontier.push(bit(size, level) ? node(level, count(size, level) - 1) : undefined);
  return frontier;
}

/** By level, the root of the leaves from the last multiple of 2^level to the end; undefined where there are none. */
export function rightEdge(size: number, frontier: readonly (Hash | undefined)[]): (Hash | undefined)[] {
  const edge: (Hash | undefined)[] = [];
  let root: Hash | undefined;
  for (let level = 0; count(size, level) > 0; level++) {
    edge.push(root);
    const node = bit(size, level) ? frontier[level] : undefined;
    if (node) root = root ? nodeHash(node, root) : node;
  }
  edge.push(root);
  return edge;
}

export function rootOf(size: number, frontier: readonly (Hash | undefined)[]): Hash {
  return rightEdge(size, frontier).at(-1) ?? emptyRoot;
}

/** How many complete subtrees of 2^level leaves there are in `size`. Sizes pass 2^31, so shifts do not serve. */
export function count(size: number, level: number): number {
  return Math.floor(size / 2 ** level);
}

function bit(size: number, level: number): boolean {
  return count(size, level) % 2 === 1;
}

function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1;
}

/** The root that an audit path leads to (RFC 9162, 2.1.3.2), or undefined where the path does not fit index and size. */
export function rootFromPath(index: number, size: number, leaf: Hash, path: readonly Hash[]): Hash | undefined {
  if (index < 0 || index >= size) return undefined;
  let position = index;
  let last = size - 1;
  let root = leaf;
  for (const node of path) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      root = nodeHash(node, root);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else root = nodeHash(root, node);
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}
