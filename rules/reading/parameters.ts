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
  const around = (text: string) => (bounds ? neighbours(text) : [text]);
  return {
    isName: kind.startsWith('AWS::SSM::'),
    isList,
    byDefault: byDefault === undefined ? undefined : texts([byDefault])[0],
    allowed: allowed.length > 0 ? allowed : undefined,
    others: isList ? [undefined] : [...new Set([...compared.flatMap(around).filter(inside), ...fixed])],
  };
}

const texts = (values: readonly unknown[]): string[] =>
  values.flatMap((value) => (['string', 'number', 'boolean'].includes(typeof value) ? [String(value)] : []));

/** No setting loses between two values that do not: the ends stand for all that lies between. */
function boundsOf({ MinValue, MaxValue }: Section): readonly [number, number] | undefined {
  const [least, most] = [MinValue ?? Number.NaN, MaxValue ?? LARGEST].map(Number) as [number, number];
  return Number.isFinite(least) && Number.isFinite(most) ? [least, most] : undefined;
}

/** Where a number is treated apart, or refused, the next ones stand for what lies beyond it. */
function neighbours(text: string): string[] {
  const number = Number(text);
  return Number.isInteger(number) ? [text, String(number - 1), String(number + 1)] : [text];
}

/** Functions that hold texts against each other; all but the first are those of `Rules` alone. */
const COMPARE = ['Fn::Equals', 'Fn::Contains', 'Fn::EachMemberEquals', 'Fn::EachMemberIn'];

/** The texts that conditions and rules hold a parameter against. */
function comparands({ Conditions, Rules }: Template): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const follow = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(follow);
    if (!isMap(value)) return;
    for (const [name, argument] of Object.entries(value)) {
      if (COMPARE.includes(name) && Array.isArray(argument)) note((argument as unknown[]).flat());
      follow(argument);
    }
  };
  const note = (operands: readonly unknown[]): void => {
    for (const operand of operands) {
      const name = isMap(operand) ? operand['Ref'] : undefined;
      if (typeof name === 'string') found.set(name, new Set([...(found.get(name) ?? []), ...texts(operands)]));
    }
  };
  follow([Conditions, Rules]);
  return found;
}
