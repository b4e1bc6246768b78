import { isMap } from '../deployed-values';
import { each, type Reading } from '../reading';
import { ruled } from '../ruled';
import { guarded } from './policies';

export const keys: Reading = each(async (of, { ask }) => {
  const KeyId = of.physicalId;
  const said = await ask(of, 'kms:DescribeKey', { KeyId });
  if (said.kind === 'none') return 'gone';
  const policy = await ask(of, 'kms:GetKeyPolicy', { KeyId, PolicyName: 'default' });
  const parsed: unknown = policy.kind === 'said' ? JSON.parse(policy.value.Policy ?? '{}') : undefined;
  const own = isMap(parsed) ? guarded(of, 'KeyPolicy', parsed) : { of };
  const { KeyState: state = 'Enabled', DeletionDate: date } =
    (said.kind === 'said' ? said.value.KeyMetadata : undefined) ?? {};
  if (state === 'Enabled' || of.stack.values.agrees(of.properties['Enabled'], false)) return [own];
  const pending = state === 'PendingDeletion';
  const told = {
    of,
    property: 'KeyState',
    found: date === undefined ? state : `${state}, to be deleted ${date.toISOString().slice(0, 10)}`,
    wanted: 'Enabled',
    fix: `${pending ? `aws kms cancel-key-deletion --key-id ${KeyId}, then ` : ''}aws kms enable-key --key-id ${KeyId}`,
  };
  return [{ ...own, drifts: [...(own.drifts ?? []), ruled('LK506', told)] }];
});
