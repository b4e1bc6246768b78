import { atom } from './symbols';
import type { Template } from './template';

/**
 * The region and account of a stack, as far as its template writes them out. `Ref: AWS::Region` and `eu-west-1` are one
 * place then, as in every stack of the CDK that is given an `env`.
 */
export interface Home {
  readonly region?: string;
  readonly account?: string;
}

const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d';
const ACCOUNT = '\\d{12}';
/** Of an ARN, and of one in the name of an object, where a colon is written `!003a`. */
const COLON = '(?::|!003a)';
/** The bucket from which the CDK deploys code lies in the region of the function; nothing else tells both for sure. */
const ASSETS = new RegExp(`-assets-(${ACCOUNT})-(${REGION})"`, 'g');
/** What `Fn::Join` puts between the parts of an ARN that are written apart. */
const JOINED = '(?:",")?';
/** Layers of others, which functions use, are not of this account. */
const ARNS = new RegExp(
  `:${JOINED}(${REGION}|\\$\\{AWS::Region\\})${JOINED}:(?:${JOINED}(${ACCOUNT})${JOINED}:(?!layer:))?`,
  'g',
);
const ZONES = new RegExp(`"AvailabilityZone":"(${REGION})[a-z]"|com\\.amazonaws\\.(${REGION})\\.`, 'g');

const homes = new WeakMap<Template, Home>();

export function homeOf(template: Template): Home {
  const known = homes.get(template) ?? readHome(JSON.stringify(template.Resources));
  homes.set(template, known);
  return known;
}

/** Of stacks that lie in one account and region, of which some may say nothing. */
export function homeOfAll(templates: readonly Template[]): Home {
  const all = templates.map(homeOf);
  return homeAt(only(all.map(({ region }) => region)), only(all.map(({ account }) => account)));
}

const homeAt = (region: string | undefined, account: string | undefined): Home => ({
  ...(region !== undefined && { region }),
  ...(account !== undefined && { account }),
});

function readHome(text: string): Home {
  const assets = [...text.matchAll(ASSETS)];
  const arns = [...text.matchAll(ARNS)];
  const zones = [...text.matchAll(ZONES)].map(([, zone, service]) => zone ?? service);
  const region =
    only(assets.map(([, , region]) => region)) ??
    only([...arns.map(([, region]) => region).filter(isWritten), ...zones]);
  const account = only(assets.map(([, account]) => account)) ?? only(arns.map(([, , account]) => account));
  return homeAt(region, account);
}

const isWritten = (region: string | undefined): boolean => region?.startsWith('$') === false;

/** What all say; of several nobody knows which is meant. */
function only(texts: readonly (string | undefined)[]): string | undefined {
  const all = new Set(texts.filter((text) => text !== undefined));
  return all.size === 1 ? [...all][0] : undefined;
}

/** Writes the region and account of ARNs in a text as `Ref` gives them, where they are those of the stack. */
export function asAtHome({ region, account }: Home, text: string): string {
  const places = [region, account].filter((place) => place !== undefined && text.includes(place));
  if (places.length === 0) return text;
  const parts = new RegExp(`\uE000[^\uE001]*\uE001|(?<=${COLON})(${places.join('|')})(?=${COLON})`, 'g');
  return text.replace(parts, (whole, place?: string) =>
    place === undefined ? whole : atom(place === region ? 'AWS::Region' : 'AWS::AccountId'),
  );
}

/** The other way round: with the region and account of the stack in place of what `Ref` gives, wherever they stand. */
export const writtenOut = ({ region, account }: Home, text: string): string =>
  text
    .replaceAll(atom('AWS::Region'), region ?? atom('AWS::Region'))
    .replaceAll(atom('AWS::AccountId'), account ?? atom('AWS::AccountId'));
