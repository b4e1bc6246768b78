import { ACCEPTED } from './accepted';
import { isWrong, lineOf, resultsOf, tableOf } from './tally';
import { variants } from './variants';

/**
 * Changes safe templates one setting, right or resource at a time, and asks the rules about each: `npm run mutate:rules`, or
 * with `-- <part of a variant's name>` of those alone. Exit 1 where something dangerous is missed and not accepted as no
 * hazard, something harmless is called dangerous, or an acceptance no longer fits.
 */
function main(only = ''): void {
  const chosen = variants().filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    console.error(
      `mutate:rules: got ${only}, want part of ${variants()
        .map(({ name }) => name)
        .join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  const results = chosen.flatMap((variant) => {
    const started = Date.now();
    const own = resultsOf(variant);
    console.error(`${variant.name}: ${own.length} mutants in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return own;
  });
  const wrong = results.filter(isWrong);
  for (const result of wrong) console.log(lineOf(result));
  const used = new Set(results.map(({ accepted }) => accepted));
  const stale = only === '' ? ACCEPTED.filter((each) => !used.has(each)) : [];
  for (const { at, reason } of stale)
    console.log(`accepted and not missed: ${String(at)} (${reason}); take it out of accepted.ts`);
  console.log([...(wrong.length > 0 ? [''] : []), ...tableOf(results)].join('\n'));
  if (wrong.length + stale.length > 0) process.exitCode = 1;
}

main(process.argv[2]);
