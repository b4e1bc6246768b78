import { intrinsicIn } from '../../cloudformation/intrinsics';
import { isMap, type DeployedValues } from './deployed-values';

/**
 * What a template would have to say so that a deploy gave what a service says. Where both agree the template's own words
 * stay, with the references in them: the loss rules follow those from one resource to the next.
 */
export function overlaid(written: unknown, said: unknown, values: DeployedValues): unknown {
  if (values.agrees(written, said)) return written;
  if (intrinsicIn(written)) return values.writtenBack(said);
  if (Array.isArray(written) && Array.isArray(said)) return overlaidList(written, said, values);
  if (isMap(written) && isMap(said)) {
    return Object.fromEntries(
      Object.entries(said).map(([name, item]) => [name, overlaid(written[name], item, values)]),
    );
  }
  return values.writtenBack(said);
}

/** What agrees with an item of the template is that item; where as many are left, they are taken for each other in turn. */
function overlaidList(written: readonly unknown[], said: readonly unknown[], values: DeployedValues): unknown[] {
  const left = [...written];
  const agreed = said.map((item) => {
    const at = left.findIndex((each) => values.agrees(each, item));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
  const pairs = left.length === agreed.filter((item) => item === undefined).length;
  return said.map((item, n) => agreed[n] ?? (pairs ? overlaid(left.shift(), item, values) : values.writtenBack(item)));
}
