/** A resource of the stack in the account. */
export class Thing {
  isGone = false;
  /** What services tell beside: states, results, dates. */
  more: Readonly<Record<string, unknown>> = {};

  constructor(
    readonly logicalId: string,
    readonly type: string,
    readonly physicalId: string,
    /** As the deploy has written them out. */
    readonly properties: object,
  ) {}

  /** What stands at a path such as `Rules.0.Status`. */
  at(path: string): unknown {
    return path
      .split('.')
      .reduce<unknown>((value, name) => (Object(value) as Record<string, unknown>)[name], this.properties);
  }

  /** Somebody sets it, or takes it away. */
  set(path: string, value: unknown): void {
    const names = path.split('.');
    const last = names.pop() ?? '';
    const holder = (names.length > 0 ? this.at(names.join('.')) : this.properties) as
      Record<string, unknown> | undefined;
    if (holder === undefined) throw new Error(`${this.logicalId}: got no ${names.join('.')}, want one`);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }

  tell(more: Readonly<Record<string, unknown>>): void {
    this.more = { ...this.more, ...more };
  }
}
