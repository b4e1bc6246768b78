import { byRole, IN_THIS_REGION, inRegionOf, type Facts } from './facts';
import { perGraph, type Graph, type Resource } from './graph';
import { homeOfAll, type Home } from './home';

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly facts: Facts;
}

/** With all that is known of whoever asks. */
export interface Asked extends Request {
  readonly home: Home;
}

/** No bucket, topic or group lies deeper; each place is compared with what the template has. */
const MOST_PARTS = 100;

/** The ARN, and those of what it lies in: an object in a bucket, a topic or group on a cluster. */
export function placesOf(resource: string): Set<string> {
  const parts = resource.split('/', MOST_PARTS);
  const around = parts.map((_, n) => parts.slice(0, n + 1).join('/'));
  return new Set([...around, ...around.map((place) => place.replace(/:(?:topic|group)\//, ':cluster/'))]);
}

export const askedBy = (graph: Graph, role: Resource, { action, resource, facts }: Request): Asked => {
  const isHere = resource === '*' || [...placesOf(resource)].some((place) => graph.find(place, 'AWS::S3::Bucket'));
  return {
    action,
    resource,
    facts: { ...byRole(graph.arnOf(role)), ...(isHere ? IN_THIS_REGION : inRegionOf(resource)), ...facts },
    home: homeOfGroup(graph),
  };
};

export const homeOfGroup = perGraph(({ stacks }) => homeOfAll(stacks.map(({ stack }) => stack.template)));
