/** A binary heap, local to one search. Of equal items the one that was put in first comes first. */
export class LabelQueue<Item> {
  readonly #items: { readonly item: Item; readonly order: number }[] = [];
  readonly #compare: (left: Item, right: Item) => number;
  #count = 0;

  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  put(item: Item): void {
    this.#items.push({ item, order: this.#count });
    this.#count += 1;
    let at = this.#items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the least item out; undefined when there is none. */
  take(): Item | undefined {
    const [top] = this.#items;
    const last = this.#items.pop();
    if (top === undefined || last === undefined) return undefined;
    if (this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink();
    }
    return top.item;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#items.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#items[left], this.#items[right]];
    if (a === undefined || b === undefined) return false;
    const order = this.#compare(a.item, b.item);
    return order < 0 || (order === 0 && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#items[left], this.#items[right]];
    if (a === undefined || b === undefined) return;
    this.#items[left] = b;
    this.#items[right] = a;
  }
}
