import { acksOne } from './acks-one';
import { leaderNotAvailable } from './leader-not-available';
import { told, type Scenario, type Sender, type Told } from './scenario';
import { onStage, type StageOptions } from './stage';

export type { Arm, Sender, Stage, Told } from './scenario';

/** The two losses of which the articles tell that this library grew from. */
export const SCENARIOS: readonly Scenario[] = [acksOne, leaderNotAvailable];

/** Plays a scenario on brokers of its own. @param ours - the product's producer for a topic of that cluster */
export async function playScenario(
  scenario: Scenario,
  options: StageOptions & { readonly ours: (topic: string, bootstrap: string) => Sender },
): Promise<Told> {
  const arms = await onStage(options, (stage) =>
    scenario.play(stage, (topic) => options.ours(topic, stage.brokers.bootstrap)),
  );
  return told(scenario.name, arms);
}
