import { ERROR, FINE, UNDECIDED, type Row } from '../row';
import { TOKEN, type Edit } from '../support';

/** Addresses of their own by which functions that publish can be called. */

const url = (Properties: object): Edit[] => [
  ['Url', { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { 'Fn::GetAtt': 'Shop.Arn' }, ...Properties } }],
];

export const URLS: readonly Row[] = [
  ['LK613', 'a URL lets anybody in', url({ AuthType: 'NONE' }), ERROR],
  ['LK613', 'a URL says of nobody', url({}), ERROR],
  ['LK613', 'a URL asks for IAM', url({ AuthType: 'AWS_IAM' }), FINE],
  ['LK613', 'a deploy decides whom a URL lets in', url({ AuthType: TOKEN }), UNDECIDED],
  ['LK613', 'a URL names the function', url({ AuthType: 'NONE', TargetFunctionArn: { Ref: 'Shop' } }), ERROR],
  ['LK613', 'an open URL is that of a function that publishes nothing', url({ AuthType: 'NONE', TargetFunctionArn: { Ref: 'Billing' } }), FINE], // prettier-ignore
];
