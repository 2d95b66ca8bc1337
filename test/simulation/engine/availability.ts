/** Who could not do what, and when, in microseconds of true time. `to` is open while it lasts. */
type Gap = { readonly from: number; to: number };

/** A message that never arrived costs its sender a timeout and a pause before it tries again. */
type Loss = { readonly at: number; readonly costUs: number };

const linkKey = (one: string, other: string): string =>
  one < other ? `${one} ${other}` : `${other} ${one}`;

/**
 * What the faults took away: nodes that were down, links that were cut, messages that were lost.
 * The model excuses a late answer only by what stands here.
 */
export class Availability {
  readonly #nodes = new Map<string, Gap[]>();
  readonly #links = new Map<string, Gap[]>();
  readonly #losses = new Map<string, Loss[]>();

  nodeDown(node: string, atUs: number): void {
    open(this.#nodes, node, atUs);
  }

  nodeUp(node: string, atUs: number): void {
    close(this.#nodes, node, atUs);
  }

  linkCut(one: string, other: string, atUs: number): void {
    open(this.#links, linkKey(one, other), atUs);
  }

  linkMended(one: string, other: string, atUs: number): void {
    close(this.#links, linkKey(one, other), atUs);
  }

  lost(one: string, other: string, atUs: number, costUs: number): void {
    const key = linkKey(one, other);
    const losses = this.#losses.get(key) ?? [];
    losses.push({ at: atUs, costUs });
    this.#losses.set(key, losses);
  }

  /** Time inside the window in which the two could not talk, µs; a rough sum, overlaps included. */
  impairedUs(one: string, other: string, fromUs: number, toUs: number): number {
    const key = linkKey(one, other);
    const gaps = [
      ...(this.#nodes.get(one) ?? []),
      ...(this.#nodes.get(other) ?? []),
      ...(this.#links.get(key) ?? []),
    ];
    let sum = 0;
    for (const gap of gaps) sum += Math.max(0, Math.min(gap.to, toUs) - Math.max(gap.from, fromUs));
    for (const loss of this.#losses.get(key) ?? []) {
      if (loss.at + loss.costUs >= fromUs && loss.at <= toUs) sum += loss.costUs;
    }
    return sum;
  }
}

function open(gaps: Map<string, Gap[]>, key: string, atUs: number): void {
  const list = gaps.get(key) ?? [];
  const last = list.at(-1);
  if (last === undefined || last.to !== Number.POSITIVE_INFINITY) {
    list.push({ from: atUs, to: Number.POSITIVE_INFINITY });
  }
  gaps.set(key, list);
}

function close(gaps: Map<string, Gap[]>, key: string, atUs: number): void {
  const last = gaps.get(key)?.at(-1);
  if (last?.to === Number.POSITIVE_INFINITY) last.to = atUs;
}
