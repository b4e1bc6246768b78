/** Typed reading of one resource's properties. An absent property is undefined; a wrong type is one clear error. */
export interface Properties {
  readonly path: string;
  readonly string: (name: string) => string | undefined;
  readonly requiredString: (name: string) => string;
  readonly number: (name: string) => number | undefined;
  readonly boolean: (name: string) => boolean | undefined;
  /** Lists and maps as they are after resolving; the caller knows the shape from CloudFormation's reference. */
  readonly value: <T>(name: string) => T | undefined;
}

/** @param valueOf - a property without its intrinsic functions */
export function propertiesOf(path: string, valueOf: (name: string) => unknown): Properties {
  const value = <T>(name: string) => valueOf(name) as T | undefined;
  const typed = <T>(name: string, want: string, read: (got: unknown) => T | undefined): T | undefined => {
    const got = valueOf(name);
    if (got === undefined) return undefined;
    const result = read(got);
    if (result !== undefined) return result;
    throw new Error(`${path} ${name}: got ${JSON.stringify(got).slice(0, 120)}, want ${want}; correct the resource`);
  };
  const string = (name: string) => typed(name, 'a string', (got) => (typeof got === 'string' ? got : undefined));
  return {
    path,
    value,
    string,
    requiredString: (name) => {
      const got = string(name);
      if (got === undefined) throw new Error(`${path} ${name}: got nothing, want a string; set it`);
      return got;
    },
    number: (name) => typed(name, 'a number', (got) => (Number.isFinite(Number(got)) ? Number(got) : undefined)),
    boolean: (name) => typed(name, 'true or false', (got) => ({ true: true, false: false })[String(got)]),
  };
}
