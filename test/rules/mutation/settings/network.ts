import { REMOVED } from '../spot';
import type { Setting } from './setting';

/** Who reaches whom. */
export const NETWORK_SETTINGS: readonly Setting[] = [
  {
    of: 'vpc',
    path: 'EnableDnsSupport',
    beside: 'producer',
    losing: [[false, 'the names of the brokers mean nothing']],
    harmless: [true],
  },
  {
    of: 'way for pollers',
    path: 'FromPort',
    losing: [[9099, 'pollers are shut out']],
    harmless: [9000],
  },
  { of: 'way for pollers', path: 'IpProtocol', losing: [['udp', 'pollers are shut out']], harmless: ['-1', '6'] },
  {
    of: 'way for pollers',
    path: 'SourceSecurityGroupId',
    losing: [['sg-0123456789abcdef0', 'pollers are shut out']],
  },
  { of: 'way for producers', path: 'ToPort', losing: [[9090, 'producers are shut out']], harmless: [9198] },
  {
    of: 'way for producers',
    path: 'SourceSecurityGroupId',
    losing: [['sg-0123456789abcdef0', 'producers are shut out']],
  },
  {
    of: 'producer group',
    path: 'SecurityGroupEgress',
    losing: [
      [[{ CidrIp: '127.0.0.1/32', IpProtocol: 'icmp', FromPort: 252, ToPort: 86 }], 'nothing leaves the producer'],
      [[{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }], 'nothing reaches the brokers'],
      [[{ CidrIp: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 }], 'nothing reaches the spill store'],
    ],
    harmless: [[{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }]],
  },
  {
    of: 'way to S3',
    path: 'RouteTableIds',
    losing: [[REMOVED, 'nothing is spilled']],
  },
  {
    of: 'way to S3',
    path: 'PolicyDocument',
    losing: [
      [
        { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }] },
        'nothing is spilled',
      ],
      [
        { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::elsewhere/*' }] },
        'nothing is spilled',
      ],
    ],
    harmless: [{ Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }],
  },
];
