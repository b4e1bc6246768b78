import type { PlantedSlip, Trial } from '../mutant';

const SENT_BACK: Trial = { faults: ['mendable', 'send-back', 'bad-deploy', 'crash-of-sweeps', 'kafka-away'] };

/** Slips on the way back of what was parked. */
export const SENT: readonly PlantedSlip[] = [
  {
    name: 'redriven-without-condition',
    describe: 'An event is marked as sent back whatever its record says.',
    search:
      "ConditionExpression:\n    '#state = :parked AND #object = :object AND #content = :content' +\n    ' AND (attribute_not_exists(#generation) OR #generation < :most)',",
    replace:
      "ConditionExpression:\n    '(#state = :parked OR #state <> :parked) AND (#object = :object OR #object <> :object OR attribute_not_exists(#object)) AND #content = :content' +\n    ' AND (attribute_not_exists(#generation) OR #generation < :most)',",
    // A letter that could not be deleted is there when its event is applied.
    trial: { faults: ['mendable', 'send-back', 'letters-not-deleted'] },
    hours: 1,
  },
  {
    name: 'letter-deleted-unacknowledged',
    describe: 'A letter is deleted although Kafka did not acknowledge its event.',
    search: "if (sent?.result.kind !== 'acked') return undefined;",
    replace:
      "if (sent === undefined) return undefined;\n  if (sent.result.kind !== 'acked') return remove(letter, deps).then(() => undefined);",
    trial: SENT_BACK,
    hours: 1,
  },
  {
    name: 'generation-ignored',
    describe: 'A record that was sent back is taken for the one that was parked.',
    search: 'later: generation > delivery.generation,',
    replace: 'later: true,',
    trial: SENT_BACK,
    hours: 1,
  },
  {
    name: 'redrive-not-finished',
    describe: 'A redrive that was interrupted after its mark is taken for one that was sent.',
    search: "    case 'redriven':\n      return { kind: 'send', generation: state.generation };",
    replace: "    case 'redriven':\n      return { kind: 'remove', as: 'applied' };",
    trial: SENT_BACK,
    hours: 1,
  },
];
