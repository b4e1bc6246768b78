import { ERROR, FINE, onMapping, UNDECIDED, type Row } from './row';
import { TOKEN, variable, type Edit } from './support';

/** Ways of functions and pollers through a network: routes, endpoints, gateways, groups, access control lists, ranges. */

const resource = (id: string, Type: string, Properties: object): Edit => [id, { Type, Properties }];
const REF = (Ref: string) => ({ Ref });
const endpoint = (id: string, service: string, more: object = {}): Edit =>
  resource(id, 'AWS::EC2::VPCEndpoint', { VpcId: REF('Vpc'), ServiceName: { 'Fn::Sub': `com.amazonaws.\${AWS::Region}.${service}` }, VpcEndpointType: 'Interface', PrivateDnsEnabled: true, SecurityGroupIds: [REF('DoorGroup')], ...more }); // prettier-ignore
const doorGroup = (ingress: object): Edit =>
  resource('DoorGroup', 'AWS::EC2::SecurityGroup', { VpcId: REF('Vpc'), SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, ...ingress }] }); // prettier-ignore
const NETWORK_IN = doorGroup({ CidrIp: { 'Fn::GetAtt': 'Vpc.CidrBlock' } });
const NO_S3: Edit = ['ToS3', undefined];
const route = (target: object): Edit => resource('Out', 'AWS::EC2::Route', { RouteTableId: REF('Routes'), DestinationCidrBlock: '0.0.0.0/0', ...target }); // prettier-ignore
const GATEWAY: Edit = resource('Gateway', 'AWS::EC2::InternetGateway', {});
const pollersOut = (...rules: object[]): Edit => ['BrokerGroup.SecurityGroupEgress', rules];
const NAT: Edit[] = [
  route({ NatGatewayId: REF('Nat') }),
  resource('Nat', 'AWS::EC2::NatGateway', { SubnetId: REF('PublicSubnet'), AllocationId: 'eipalloc-1' }),
  resource('PublicSubnet', 'AWS::EC2::Subnet', { VpcId: REF('Vpc'), CidrBlock: '10.0.9.0/24' }),
  resource('Public', 'AWS::EC2::RouteTable', { VpcId: REF('Vpc') }),
];
const onRoutesOf = (table: string): Edit =>
  resource('PublicRoutes', 'AWS::EC2::SubnetRouteTableAssociation', { RouteTableId: REF(table), SubnetId: REF('PublicSubnet') }); // prettier-ignore
const PUBLIC_OUT: Edit = resource('PublicOut', 'AWS::EC2::Route', { RouteTableId: REF('Public'), DestinationCidrBlock: '0.0.0.0/0', GatewayId: REF('Gateway') }); // prettier-ignore
const egress = (...rules: object[]): Edit => ['ShopGroup.SecurityGroupEgress', rules];
const ALL = { IpProtocol: '-1', CidrIp: '0.0.0.0/0' };
const tcp = (port: number, more: object) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...more });
const says = (Effect: string, Action: string, more: object = {}) => ({ Effect, Principal: '*', Action, Resource: '*', ...more }); // prettier-ignore
const policy = (...Statement: object[]): Edit => ['ToS3.PolicyDocument', { Statement }];

const by = (role: string) => ({ Principal: { AWS: { 'Fn::GetAtt': `${role}.Arn` } } });
/** It writes into the same bucket, by a role of its own. */
const NO_REPLAY: Edit = ['Replay', undefined];

const ON_DEMAND = onMapping('ProvisionedPollerConfig', undefined);
const ROUTES_OF_C: Edit = resource('RoutesOfC', 'AWS::EC2::SubnetRouteTableAssociation', { RouteTableId: REF('Routes'), SubnetId: REF('SubnetC') }); // prettier-ignore
const SCRAM: Edit = onMapping('SourceAccessConfigurations', [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn' }]);

const listed = (subnet: string): Edit[] => [
  resource('List', 'AWS::EC2::NetworkAcl', { VpcId: REF('Vpc') }),
  resource('Listed', 'AWS::EC2::SubnetNetworkAclAssociation', { SubnetId: REF(subnet), NetworkAclId: REF('List') }),
];
const entry = (id: string, RuleNumber: number, Egress: boolean, RuleAction: string, more: object = {}): Edit =>
  resource(id, 'AWS::EC2::NetworkAclEntry', { NetworkAclId: REF('List'), RuleNumber, Egress, RuleAction, Protocol: -1, CidrBlock: '0.0.0.0/0', ...more }); // prettier-ignore
const OPEN = [entry('In', 100, false, 'allow'), entry('Away', 100, true, 'allow')];
const ports = (From: number, To: number) => ({ Protocol: 6, PortRange: { From, To } });
const within = (CidrIp: unknown): Edit[] => [
  ['Pollers.SourceSecurityGroupId', undefined],
  ['Pollers.CidrIp', CidrIp],
];

export const WAYS: readonly Row[] = [
  ['LK609', 'there is no endpoint', [NO_S3], ERROR],
  ['LK609', 'the endpoint is for another service', [['ToS3.ServiceName', { 'Fn::Sub': 'com.amazonaws.${AWS::Region}.dynamodb' }]], ERROR], // prettier-ignore
  ['LK609', 'the endpoint is on no route', [['ToS3.RouteTableIds', undefined]], ERROR],
  ['LK609', 'a deploy decides on which routes the endpoint is', [['ToS3.RouteTableIds', TOKEN]], UNDECIDED],
  ['LK609', 'the endpoint is in another network', [['ToS3.VpcId', 'vpc-1']], ERROR],
  ['LK609', 'one of the subnets has no route', [['RoutesOfB', undefined]], ERROR],
  ['LK609', 'a subnet without the function has no route', [['SubnetC.AvailabilityZone', 'eu-west-1c']], FINE],
  ['LK609', 'the subnets lie elsewhere', [['Shop.VpcConfig.SubnetIds', ['subnet-1']]], UNDECIDED],
  ['LK609', 'a NAT gateway leads out', [NO_S3, route({ NatGatewayId: 'nat-1' })], FINE],
  [
    'LK609',
    'a NAT gateway of the template leads out',
    [NO_S3, ...NAT, GATEWAY, onRoutesOf('Public'), PUBLIC_OUT],
    FINE,
  ],
  ['LK609', 'a NAT gateway has no route out itself', [NO_S3, ...NAT, onRoutesOf('Public')], ERROR],
  ['LK609', 'a NAT gateway stands where no route is', [NO_S3, ...NAT, GATEWAY, PUBLIC_OUT], ERROR],
  ['LK609', 'a NAT gateway leads out by itself', [NO_S3, ...NAT, onRoutesOf('Routes')], ERROR],
  ['LK609', 'a NAT gateway has a route by what is not in the template', [NO_S3, ...NAT, onRoutesOf('Public'), PUBLIC_OUT, ['PublicOut.GatewayId', 'igw-1']], UNDECIDED], // prettier-ignore
  ['LK609', 'a NAT gateway is for private networks', [NO_S3, ...NAT, GATEWAY, onRoutesOf('Public'), PUBLIC_OUT, ['Nat.ConnectivityType', 'private']], UNDECIDED], // prettier-ignore
  ['LK609', 'a NAT gateway of a region needs no subnet', [NO_S3, ...NAT, ['Nat', { Type: 'AWS::EC2::NatGateway', Properties: { AvailabilityMode: 'regional', VpcId: REF('Vpc') } }]], FINE], // prettier-ignore
  [
    'LK609',
    'a NAT gateway stands in a subnet that lies elsewhere',
    [NO_S3, ...NAT, ['Nat.SubnetId', 'subnet-1']],
    FINE,
  ],
  ['LK609', 'only an internet gateway leads out', [NO_S3, GATEWAY, route({ GatewayId: REF('Gateway') })], ERROR],
  ['LK609', 'a transit gateway may lead out', [NO_S3, route({ TransitGatewayId: 'tgw-1' })], UNDECIDED],
  ['LK609', 'an interface leads out', [endpoint('ToS3', 's3'), NETWORK_IN], FINE],
  ['LK609', 'an interface without a name leads out', [endpoint('ToS3', 's3', { PrivateDnsEnabled: false }), NETWORK_IN], ERROR], // prettier-ignore
  ['LK609', 'an interface lets others in', [endpoint('ToS3', 's3'), doorGroup({ SourceSecurityGroupId: REF('BrokerGroup') })], ERROR], // prettier-ignore
  ['LK609', 'an interface lets the function in', [endpoint('ToS3', 's3'), doorGroup({ SourceSecurityGroupId: REF('ShopGroup') })], FINE], // prettier-ignore
  ['LK609', 'everything goes out', [egress(ALL)], FINE],
  [
    'LK609',
    'nothing goes out',
    [egress({ IpProtocol: 'icmp', FromPort: 252, ToPort: 86, CidrIp: '255.255.255.255/32' })],
    ERROR,
  ],
  ['LK609', 'Kafka alone goes out', [egress(tcp(9098, { CidrIp: '0.0.0.0/0' }))], ERROR],
  [
    'LK609',
    'HTTPS goes out, too',
    [egress(tcp(9098, { CidrIp: '0.0.0.0/0' }), tcp(443, { CidrIp: '0.0.0.0/0' }))],
    FINE,
  ],
  ['LK609', 'HTTPS goes to a list of networks', [egress(tcp(443, { DestinationPrefixListId: 'pl-1' }))], UNDECIDED],
  ['LK609', 'the endpoint lets everything through', [policy(says('Allow', '*'))], FINE],
  ['LK609', 'the endpoint lets reading through', [policy(says('Allow', 's3:Get*'))], ERROR],
  ['LK609', 'the endpoint lets everybody of an organization through', [policy(says('Allow', '*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }))], UNDECIDED], // prettier-ignore
  ['LK609', 'the endpoint denies everybody to put', [policy(says('Allow', '*'), says('Deny', 's3:Put*'))], ERROR],
  ['LK609', 'the endpoint lets the role through', [NO_REPLAY, policy(says('Allow', 's3:*', by('ShopRole')))], FINE],
  [
    'LK609',
    'the endpoint lets another role through',
    [NO_REPLAY, policy(says('Allow', 's3:*', by('BillingRole')))],
    ERROR,
  ],
  ['LK609', 'the endpoint denies the role', [NO_REPLAY, policy(says('Allow', '*'), says('Deny', 's3:Put*', by('ShopRole')))], ERROR], // prettier-ignore
  ['LK609', 'the endpoint denies another role', [NO_REPLAY, policy(says('Allow', '*'), says('Deny', 's3:Put*', by('BillingRole')))], FINE], // prettier-ignore
  ['LK609', 'the endpoint lets through whom a deploy decides', [NO_REPLAY, policy(says('Allow', '*')), ['Shop.Role', TOKEN]], UNDECIDED], // prettier-ignore
  ['LK609', 'the endpoint denies everybody to delete buckets', [policy(says('Allow', '*'), says('Deny', 's3:DeleteBucket'))], FINE], // prettier-ignore
  ['LK609', 'a consumer stands in the network, without a way to its table', [['Billing.VpcConfig', { SubnetIds: [REF('SubnetA')], SecurityGroupIds: [REF('ShopGroup')] }]], ERROR], // prettier-ignore
  ['LK609', 'a consumer stands in the network, with a way to its table', [['Billing.VpcConfig', { SubnetIds: [REF('SubnetA')], SecurityGroupIds: [REF('ShopGroup')] }], endpoint('ToTable', 'dynamodb', { VpcEndpointType: 'Gateway', RouteTableIds: [REF('Routes')] })], FINE], // prettier-ignore
  [
    'LK609',
    'the producer stands in no network',
    [
      ['Shop.VpcConfig', undefined],
      ['Replay.VpcConfig', undefined],
    ],
    FINE,
  ],
  ['LK609', 'an access control list lets nothing through', listed('SubnetA'), ERROR],
  ['LK609', 'an access control list lets everything through', [...listed('SubnetA'), ...OPEN], FINE],

  ['LK606', 'nothing goes out to the brokers', [egress(tcp(443, { CidrIp: '0.0.0.0/0' }))], ERROR],
  ['LK606', 'calls go out to the group of the brokers', [egress(tcp(9098, { DestinationSecurityGroupId: REF('BrokerGroup') }))], FINE], // prettier-ignore
  [
    'LK606',
    'calls go out to another group',
    [egress(tcp(9098, { DestinationSecurityGroupId: REF('ShopGroup') }))],
    ERROR,
  ],
  ['LK606', 'calls go out to the network', [egress(tcp(9098, { CidrIp: { 'Fn::GetAtt': 'Vpc.CidrBlock' } }))], FINE],
  ['LK606', 'calls go out to another network', [egress(tcp(9098, { CidrIp: '192.168.0.0/16' }))], ERROR],
  ['LK606', 'an access control list of the function lets nothing through', listed('SubnetA'), ERROR],
  ['LK606', 'an access control list of the brokers lets nothing through', listed('SubnetC'), ERROR],
  ['LK606', 'an access control list lets everything through', [...listed('SubnetC'), ...OPEN], FINE],
  ['LK606', 'an access control list denies the port before it lets all through', [...listed('SubnetC'), ...OPEN, entry('No', 50, false, 'deny', ports(9000, 9100))], ERROR], // prettier-ignore
  ['LK606', 'an access control list denies the port after it lets all through', [...listed('SubnetC'), ...OPEN, entry('No', 150, false, 'deny', ports(9000, 9100))], FINE], // prettier-ignore
  ['LK606', 'an access control list denies another port', [...listed('SubnetC'), ...OPEN, entry('No', 50, false, 'deny', ports(22, 22))], FINE], // prettier-ignore
  ['LK606', 'an access control list lets the network through', [...listed('SubnetC'), entry('In', 1, false, 'allow', { CidrBlock: '10.0.0.0/8' }), entry('Away', 1, true, 'allow')], FINE], // prettier-ignore
  ['LK606', 'an access control list lets another network through', [...listed('SubnetC'), entry('In', 1, false, 'allow', { CidrBlock: '192.168.0.0/16' }), entry('Away', 1, true, 'allow')], ERROR], // prettier-ignore
  ['LK606', 'an access control list lets no answers out', [...listed('SubnetC'), entry('In', 1, false, 'allow'), entry('Away', 1, true, 'allow', ports(443, 443))], ERROR], // prettier-ignore
  ['LK606', 'a deploy decides what an access control list does', [...listed('SubnetC'), entry('In', 1, false, 'allow'), ['In.RuleAction', TOKEN], entry('Away', 1, true, 'allow')], UNDECIDED], // prettier-ignore
  ['LK314', 'nothing goes out of the group of the brokers', [pollersOut({ IpProtocol: 'icmp', FromPort: 252, ToPort: 86, CidrIp: '255.255.255.255/32' })], ERROR], // prettier-ignore
  ['LK314', 'the group of the brokers lets out to itself', [pollersOut(tcp(9098, { DestinationSecurityGroupId: REF('BrokerGroup') }))], FINE], // prettier-ignore
  ['LK314', 'the group of the brokers lets HTTPS out alone', [pollersOut(tcp(443, { CidrIp: '0.0.0.0/0' }))], ERROR],
  ['LK314', 'the group of the brokers lets out to the network', [pollersOut(tcp(9098, { CidrIp: { 'Fn::GetAtt': 'Vpc.CidrBlock' } }))], FINE], // prettier-ignore
  ['LK314', 'an access control list lets no poller in', listed('SubnetB'), ERROR],
  ['LK314', 'an access control list lets pollers in', [...listed('SubnetB'), ...OPEN], FINE],
  ['LK314', 'the range of the network is let in by its attribute', within({ 'Fn::GetAtt': 'Vpc.CidrBlock' }), FINE],
  ['LK314', 'a range around the network is let in', within('10.0.0.0/8'), FINE],
  ['LK314', 'a range apart from the network is let in', within('192.168.0.0/16'), ERROR],

  ['LK322', 'pollers are provisioned', [], FINE],
  ['LK322', 'pollers on demand have no way out', [ON_DEMAND], ERROR],
  ['LK322', 'pollers on demand have a NAT gateway from one subnet less', [ON_DEMAND, route({ NatGatewayId: 'nat-1' })], ERROR], // prettier-ignore
  ['LK322', 'pollers on demand have a NAT gateway', [ON_DEMAND, ROUTES_OF_C, route({ NatGatewayId: 'nat-1' })], FINE],
  ['LK322', 'pollers on demand have endpoints', [ON_DEMAND, endpoint('ToLambda', 'lambda'), endpoint('ToSts', 'sts'), NETWORK_IN], FINE], // prettier-ignore
  [
    'LK322',
    'pollers on demand have no endpoint for STS',
    [ON_DEMAND, endpoint('ToLambda', 'lambda'), NETWORK_IN],
    ERROR,
  ],
  ['LK322', 'the endpoints let others in', [ON_DEMAND, endpoint('ToLambda', 'lambda'), endpoint('ToSts', 'sts'), doorGroup({ SourceSecurityGroupId: REF('ShopGroup') })], ERROR], // prettier-ignore
  ['LK322', 'pollers on demand that come in with a password do not reach it', [ON_DEMAND, SCRAM, endpoint('ToLambda', 'lambda'), endpoint('ToSts', 'sts'), NETWORK_IN], ERROR], // prettier-ignore
  ['LK322', 'pollers on demand that come in with a password reach it', [ON_DEMAND, SCRAM, endpoint('ToLambda', 'lambda'), endpoint('ToSts', 'sts'), endpoint('ToSecrets', 'secretsmanager'), NETWORK_IN], FINE], // prettier-ignore
  [
    'LK322',
    'a deploy decides whether pollers are provisioned',
    [onMapping('ProvisionedPollerConfig', TOKEN)],
    UNDECIDED,
  ],
  ['LK322', 'the subnets of the brokers lie elsewhere', [ON_DEMAND, ['Cluster.BrokerNodeGroupInfo.ClientSubnets', TOKEN]], UNDECIDED], // prettier-ignore
  ['LK322', 'the cluster lies elsewhere, as LK112 says', [ON_DEMAND, onMapping('EventSourceArn', TOKEN)], FINE],
  [
    'LK609',
    'nothing is spilled',
    [variable('PRODUCER_Shop', { spill: undefined }), ['Replay', undefined], NO_S3],
    FINE,
  ],
];
