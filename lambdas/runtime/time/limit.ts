/** Lets at most `most` calls run at once; the others wait in the order they came. */
export function limit(most: number): <T>(call: () => Promise<T>) => Promise<T> {
  // A queue of thousands, from whose head to take one by one: `shift` would move all the others each time.
  let waiting: (() => void)[] = [];
  let head = 0;
  let running = 0;
  const next = (): (() => void) | undefined => {
    if (head < waiting.length) return waiting[head++];
    waiting = [];
    head = 0;
    return undefined;
  };
  return async (call) => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await call();
    } finally {
      // The place is handed on, so that nobody slips in between.
      const go = next();
      if (go) go();
      else running--;
    }
  };
}
