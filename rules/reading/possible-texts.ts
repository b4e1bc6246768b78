import { Memo, type Choices } from './choices';

/** Items by the texts that they are called by, however a deploy decides. */
export class PossibleTexts<T> {
  private readonly byText = new Map<string, Entry<T>[]>();
  /** They may be called by too many texts to list. */
  private readonly byAny: Entry<T>[] = [];

  constructor(choices: Choices, items: readonly T[], textsOf: (item: T) => readonly string[]) {
    for (const [order, item] of items.entries()) {
      const texts = new Memo(choices, () => textsOf(item));
      const entry = { order, item, texts };
      const possible = choices.possible(() => texts.get());
      if (!possible) this.byAny.push(entry);
      for (const text of new Set(possible?.flat())) {
        const alike = this.byText.get(text);
        if (alike) alike.push(entry);
        else this.byText.set(text, [entry]);
      }
    }
  }

  /** The items that are called so as the deploy is taken to decide, in their order. */
  of(text: string): readonly T[] {
    const found = [...(this.byText.get(text) ?? []), ...this.byAny];
    return found
      .sort((one, other) => one.order - other.order)
      .filter(({ texts }) => texts.get().includes(text))
      .map(({ item }) => item);
  }
}

interface Entry<T> {
  readonly order: number;
  readonly item: T;
  readonly texts: Memo<readonly string[]>;
}
