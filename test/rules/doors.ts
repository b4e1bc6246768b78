import { ERROR, FINE, onCluster, onMapping, UNDECIDED, type Row } from './row';
import { TOKEN, variable, type Edit } from './support';

/** Who is let in to the brokers, and who calls a producing function without waiting. */

const BY_SECRET = (Type: unknown) => onMapping('SourceAccessConfigurations', [{ Type, URI: 'arn' }]);
const SCRAM_ON: Edit = ['Cluster.ClientAuthentication.Sasl.Scram', { Enabled: true }];
const TLS_ON: Edit = ['Cluster.ClientAuthentication.Tls', { CertificateAuthorityArnList: ['arn'] }];
const SERVERLESS: Edit[] = [
  ['Serverless', { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: 's' } }],
  onMapping('EventSourceArn', { Ref: 'Serverless' }),
];
const rule = (changed: object): Edit[] => [
  ['Pollers', undefined],
  ['BrokerGroup.SecurityGroupIngress', [{ IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098, ...changed }]],
];
const pollers = (changed: object): Edit[] => Object.entries(changed).map(([name, value]) => [`Pollers.${name}`, value]);

export const DOORS: readonly Row[] = [
  [
    'LK314',
    'one of the groups lies elsewhere',
    [['Pollers', undefined], onCluster('BrokerNodeGroupInfo.SecurityGroups', [{ Ref: 'BrokerGroup' }, TOKEN])],
    UNDECIDED,
  ],
  [
    'LK314',
    'the list of groups is known only at deploy',
    [['Pollers', undefined], onCluster('BrokerNodeGroupInfo.SecurityGroups', TOKEN)],
    UNDECIDED,
  ],
  [
    'LK314',
    "nothing is said of groups: it is the network's own",
    [['Pollers', undefined], onCluster('BrokerNodeGroupInfo.SecurityGroups', undefined)],
    UNDECIDED,
  ],
  ['LK314', 'a rule opens another group', pollers({ GroupId: { Ref: 'ShopGroup' } }), ERROR],
  ['LK314', 'the ports begin above', pollers({ FromPort: 9099, ToPort: 9200 }), ERROR],
  ['LK314', 'the first port is known only at deploy', pollers({ FromPort: TOKEN }), UNDECIDED],
  ['LK314', 'the last port is known only at deploy', pollers({ ToPort: TOKEN }), UNDECIDED],
  ['LK314', 'the ports are left out', pollers({ FromPort: undefined, ToPort: undefined }), UNDECIDED],
  ['LK314', 'the rule is for UDP', pollers({ IpProtocol: 'udp' }), ERROR],
  ['LK314', 'TCP is said by its number', pollers({ IpProtocol: 6 }), FINE],
  ['LK314', 'the protocol is known only at deploy', pollers({ IpProtocol: TOKEN }), UNDECIDED],
  ['LK314', 'the whole world is let in', rule({ CidrIp: '0.0.0.0/0' }), FINE],
  ['LK314', 'a part of the network is let in', rule({ CidrIp: '10.0.1.0/24' }), UNDECIDED],
  [
    'LK314',
    'a network is let in, and the own one is not in the template',
    [...rule({ CidrIp: '10.0.0.0/16' }), ['BrokerGroup.VpcId', TOKEN]],
    UNDECIDED,
  ],
  ['LK314', 'a list of networks is let in', rule({ SourcePrefixListId: 'pl-1' }), UNDECIDED],
  ['LK314', 'a rule lets in what is no text', rule({ SourceSecurityGroupId: { name: 'x' } }), UNDECIDED],
  ['LK314', 'a rule lets in a range that is no text', rule({ CidrIp: ['x'] }), UNDECIDED],
  ['LK314', 'a rule does not say whom it lets in', rule({}), ERROR],
  ['LK314', 'pollers come in with a password, on another port', [BY_SECRET('SASL_SCRAM_512_AUTH')], ERROR],
  [
    'LK314',
    'pollers come in with a password, on its port',
    [BY_SECRET('SASL_SCRAM_512_AUTH'), ...pollers({ FromPort: 9096, ToPort: 9096 }), SCRAM_ON],
    FINE,
  ],
  ['LK314', 'pollers come in with a password, which the cluster has off', [BY_SECRET('SASL_SCRAM_512_AUTH'), ...pollers({ FromPort: 9096, ToPort: 9096 })], ERROR], // prettier-ignore
  ['LK314', 'pollers come in with a password, and a deploy decides whether the cluster has that on', [BY_SECRET('SASL_SCRAM_512_AUTH'), ...pollers({ FromPort: 9096, ToPort: 9096 }), ['Cluster.ClientAuthentication.Sasl.Scram', { Enabled: TOKEN }]], UNDECIDED], // prettier-ignore
  ['LK314', 'pollers come in with a certificate, on another port', [BY_SECRET('CLIENT_CERTIFICATE_TLS_AUTH')], ERROR],
  [
    'LK314',
    'pollers come in with a certificate, on its port',
    [BY_SECRET('CLIENT_CERTIFICATE_TLS_AUTH'), ...pollers({ FromPort: 9094, ToPort: 9094 }), TLS_ON],
    FINE,
  ],
  ['LK314', 'pollers come in with a certificate, which the cluster has off', [BY_SECRET('CLIENT_CERTIFICATE_TLS_AUTH'), ...pollers({ FromPort: 9094, ToPort: 9094 })], ERROR], // prettier-ignore
  ['LK314', 'pollers come in with no secret, and the cluster takes nobody without', [['Cluster.ClientAuthentication', { Sasl: { Scram: { Enabled: true } } }], ...pollers({ FromPort: 9094, ToPort: 9094 })], ERROR], // prettier-ignore
  ['LK314', 'pollers come in with no secret, and the cluster takes anybody', [['Cluster.ClientAuthentication', { Sasl: { Scram: { Enabled: true } }, Unauthenticated: { Enabled: true } }], ...pollers({ FromPort: 9094, ToPort: 9094 })], FINE], // prettier-ignore
  ['LK314', 'pollers come in with a password, which serverless clusters do not know', [...SERVERLESS, BY_SECRET('SASL_SCRAM_512_AUTH')], ERROR], // prettier-ignore
  ['LK314', 'how pollers come in is known only at deploy', [BY_SECRET(TOKEN)], UNDECIDED],
  ['LK314', 'the cluster is serverless', SERVERLESS, FINE],
  ['LK606', 'another group is let in, which lies elsewhere', [['ShopIn.SourceSecurityGroupId', 'sg-123']], ERROR],
  ['LK606', 'the port is known only at deploy', [['ShopIn.FromPort', TOKEN]], UNDECIDED],
  ['LK606', 'the function may not enter the network', [['ShopRole.ManagedPolicyArns', []]], ERROR],
  ['LK606', 'the function is in no subnet', [['Shop.VpcConfig.SubnetIds', []]], ERROR],
  ['LK606', 'its subnets are known only at deploy', [['Shop.VpcConfig', TOKEN]], UNDECIDED],
];

const NOT_A_SWEEPER: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
const SHOP = { 'Fn::GetAtt': 'Shop.Arn' };
const door = (Type: string, Properties: object): Edit[] => [NOT_A_SWEEPER, ['Door', { Type, Properties }]];
const ELSEWHERE = variable('PRODUCER_Shop', { cluster: 'arn:aws:kafka:eu-west-1:111122223333:cluster/there/0a1b-2' });
const ingress = (changed: object): Edit => [
  'Way',
  {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      GroupId: 'sg-1',
      SourceSecurityGroupId: { Ref: 'ShopGroup' },
      IpProtocol: 'tcp',
      FromPort: 9098,
      ToPort: 9098,
      ...changed,
    },
  },
];

export const ENTRANCES: readonly Row[] = [
  ['LK606', 'names mean nothing in the network', [['Vpc.EnableDnsSupport', false]], ERROR],
  ['LK606', 'names have their meaning in the network', [['Vpc.EnableDnsSupport', 'true']], FINE],
  ['LK606', 'a deploy decides whether names mean something', [['Vpc.EnableDnsSupport', TOKEN]], UNDECIDED],
  [
    'LK606',
    'the network has a resolver of its own',
    [
      ['Vpc.EnableDnsSupport', false],
      ['Options', { Type: 'AWS::EC2::VPCDHCPOptionsAssociation', Properties: { VpcId: { Ref: 'Vpc' } } }],
    ],
    FINE,
  ],
  [
    'LK606',
    'one port is open',
    [
      ['ShopIn.FromPort', 9098],
      ['ShopIn.ToPort', 9098],
    ],
    FINE,
  ],
  ['LK606', 'the function is in one subnet', [['Shop.VpcConfig.SubnetIds', [{ Ref: 'SubnetA' }]]], FINE],
  ['LK606', 'the cluster lies elsewhere', [ELSEWHERE], UNDECIDED],
  ['LK606', 'the cluster lies elsewhere, and a rule for it lets the function in', [ELSEWHERE, ingress({})], FINE],
  [
    'LK606',
    'the cluster lies elsewhere, and a rule for it lets others in',
    [ELSEWHERE, ingress({ SourceSecurityGroupId: { Ref: 'BrokerGroup' } })],
    UNDECIDED,
  ],
  [
    'LK606',
    'the cluster lies elsewhere, and a rule for it lets in who lies elsewhere',
    [ELSEWHERE, ingress({ SourceSecurityGroupId: 'sg-2' })],
    UNDECIDED,
  ],
  [
    'LK606',
    'the cluster lies elsewhere, and a rule for it opens another port',
    [ELSEWHERE, ingress({ FromPort: 9096 })],
    UNDECIDED,
  ],
  [
    'LK606',
    'the cluster lies elsewhere, and a rule opens a group of the template',
    [ELSEWHERE, ingress({ GroupId: { Ref: 'BrokerGroup' } })],
    UNDECIDED,
  ],
  ['LK607', 'a schedule invokes it', door('AWS::Scheduler::Schedule', { Target: { Arn: SHOP } }), ERROR],
  [
    'LK607',
    'a schedule invokes another',
    door('AWS::Scheduler::Schedule', { Target: { Arn: { 'Fn::GetAtt': 'Billing.Arn' } } }),
    FINE,
  ],
  ['LK607', 'an SNS topic invokes it', door('AWS::SNS::Subscription', { Endpoint: SHOP }), ERROR],
  ['LK607', 'an SNS topic invokes another', door('AWS::SNS::Subscription', { Endpoint: 'https://example.com' }), FINE],
  [
    'LK607',
    'a rule invokes another',
    door('AWS::Events::Rule', { Targets: [{ Arn: { 'Fn::GetAtt': 'Billing.Arn' } }] }),
    FINE,
  ],
  [
    'LK607',
    'a rule invokes an alias of it',
    [
      ...door('AWS::Events::Rule', { Targets: [{ Arn: { Ref: 'Live' } }] }),
      ['Live', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Shop' }, Name: 'live' } }],
    ],
    ERROR,
  ],
  [
    'LK607',
    'its asynchronous calls are configured, without a destination',
    door('AWS::Lambda::EventInvokeConfig', { FunctionName: { Ref: 'Shop' }, MaximumRetryAttempts: 2 }),
    ERROR,
  ],
  [
    'LK607',
    'its asynchronous calls have a destination',
    door('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: 'Shop' },
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:1:q' } },
    }),
    FINE,
  ],
  [
    'LK607',
    'asynchronous calls of another have a destination',
    [
      ...door('AWS::Events::Rule', { Targets: [{ Arn: SHOP }] }),
      [
        'Config',
        {
          Type: 'AWS::Lambda::EventInvokeConfig',
          Properties: {
            FunctionName: { Ref: 'Billing' },
            DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:1:q' } },
          },
        },
      ],
    ],
    ERROR,
  ],
];
