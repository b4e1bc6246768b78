import type { Graph, Resource } from '../reading/graph';
import { CLUSTER, CONFIGURATION, configurationOf } from '../reading/kafka';
import { forEach, type Judge, type Place, type Subjects } from './rule';
import { certainly } from '../reading/value';

/** Where the settings of brokers are judged: at the cluster that has them, or at a configuration for clusters elsewhere. */

/**
 * Judges the settings of every cluster, and those of every configuration that no cluster of the templates names: clusters of
 * other stacks share it. What a cluster names is judged there, once.
 */
export const forEachSettings = (judge: Judge<Resource>): Subjects =>
  forEach([CLUSTER, CONFIGURATION], (resource, graph) => (isNamed(graph, resource) ? [] : judge(resource, graph)));

const isNamed = (graph: Graph, resource: Resource): boolean =>
  resource.type === CONFIGURATION &&
  graph
    .referring(resource, 'ConfigurationInfo.Arn', CLUSTER)
    .some((cluster) => certainly(configurationOf(graph, cluster), (configuration) => configuration === resource));

export const settingsOf = (resource: Resource): Place => ({
  resource,
  property: resource.type === CONFIGURATION ? 'ServerProperties' : 'ConfigurationInfo',
});
