import { drift, each, property, PUT_BACK, type Reading } from '../reading';

export const rules: Reading = each(async (of, { ask }) => {
  // Of a bus of one's own: `bus|rule`.
  const [Name = '', EventBusName] = of.physicalId.split('|').reverse();
  const where = EventBusName === undefined ? {} : { EventBusName };
  const said = await ask(of, 'eventbridge:DescribeRule', { Name, ...where });
  if (said.kind === 'none') return 'gone';
  const targets = await ask(of, 'eventbridge:ListTargetsByRule', { Rule: Name, ...where });
  const { values } = of.stack;
  const { State, ScheduleExpression } = said.kind === 'said' ? said.value : {};
  const properties = {
    ...(said.kind === 'said' && { State, ScheduleExpression }),
    ...property('Targets', targets, ({ Targets = [] }) => Targets),
  };
  const told = { of, fix: PUT_BACK };
  const off = State === 'DISABLED' && !values.agrees(of.properties['State'], 'DISABLED');
  const now = targets.kind === 'said' ? (targets.value.Targets ?? []) : undefined;
  const wanted = values.meaningOf(of.properties['Targets']) as readonly { readonly Arn?: string }[] | undefined;
  const lost = now && (wanted ?? []).filter(({ Arn }) => !now.some((target) => values.agrees(Arn, target.Arn)));
  return [
    {
      of,
      properties,
      drifts: [
        ...(off
          ? [
              drift('LK806', {
                of,
                property: 'State',
                found: 'DISABLED',
                wanted: 'ENABLED',
                fix: `aws events enable-rule --name ${Name}`,
              }),
            ]
          : []),
        ...(lost ?? []).map(({ Arn }) =>
          drift('LK806', { ...told, property: 'Targets', found: 'none such', wanted: String(Arn) }),
        ),
      ],
    },
  ];
});
