import { isMap, type Section, type Template } from './template';

/** What a parameter may be at deploy, as far as its template says so. */
export interface Parameter {
  /** Its value is the name of something that holds the value. */
  readonly isName: boolean;
  readonly isList: boolean;
  readonly byDefault: string | undefined;
  /** Each of them is as good as the default. */
  readonly allowed: readonly string[] | undefined;
  /** What it may be beside its default: undefined stands for any other text. */
  readonly others: readonly (string | undefined)[];
}

/** Where a number has no upper bound; larger than any setting of AWS. */
const LARGEST = 2_147_483_647;

/** Parameters of a template by name. */
export function parametersOf(template: Template): ReadonlyMap<string, Parameter> {
  const compared = comparands(template);
  return new Map(
    Object.entries(template.Parameters).map(([name, declared]) => {
      const declaration = isMap(declared) ? declared : {};
      return [name, parameter(declaration, [...(compared.get(name) ?? [])])];
    }),
  );
}

function parameter(declaration: Section, compared: readonly string[]): Parameter {
  const { Type: type, Default: byDefault, AllowedValues: values } = declaration;
  const kind = typeof type === 'string' ? type : 'String';
  const isList = /List/.test(kind);
  const allowed = !isList && Array.isArray(values) ? texts(values as unknown[]) : [];
  const bounds = kind === 'Number' ? boundsOf(declaration) : undefined;
  const inside = (text: string) => !bounds || (Number(text) >= bounds[0] && Number(text) <= bounds[1]);
  const fixed = bounds?.map(String) ?? [undefined];
  return {
    isName: kind.startsWith('AWS::SSM::'),
    isList,
    byDefault: byDefault === undefined ? undefined : texts([byDefault])[0],
    allowed: allowed.length > 0 ? allowed : undefined,
    others: isList ? [undefined] : [...new Set([...compared.filter(inside), ...fixed])],
  };
}

const texts = (values: readonly unknown[]): string[] =>
  values.flatMap((value) => (['string', 'number', 'boolean'].includes(typeof value) ? [String(value)] : []));

/** No setting loses between two values that do not: the ends stand for all that lies between. */
function boundsOf({ MinValue, MaxValue }: Section): readonly [number, number] | undefined {
  const [least, most] = [MinValue ?? Number.NaN, MaxValue ?? LARGEST].map(Number) as [number, number];
  return Number.isFinite(least) && Number.isFinite(most) ? [least, most] : undefined;
}

/** The texts that conditions hold a parameter against. */
function comparands({ Conditions }: Template): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const follow = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(follow);
    if (!isMap(value)) return;
    const operands = value['Fn::Equals'];
    if (Array.isArray(operands)) note(operands[0], operands[1]);
    Object.values(value).forEach(follow);
  };
  const note = (left: unknown, right: unknown): void => {
    for (const [reference, text] of [
      [left, texts([right])[0]],
      [right, texts([left])[0]],
    ] as const) {
      const name = isMap(reference) ? reference['Ref'] : undefined;
      if (typeof name === 'string' && text !== undefined) found.set(name, (found.get(name) ?? new Set()).add(text));
    }
  };
  follow(Conditions);
  return found;
}
