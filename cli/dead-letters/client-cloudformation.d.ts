/** As much of the SDK's client as is asked of it. It is loaded where a stack is named, and nowhere else. */
declare module '@aws-sdk/client-cloudformation' {
  export class CloudFormationClient {
    constructor(config: { readonly region?: string });
    send(command: DescribeStacksCommand): Promise<{
      readonly Stacks?: readonly {
        readonly Outputs?: readonly { readonly OutputKey?: string; readonly OutputValue?: string }[];
      }[];
    }>;
  }
  export class DescribeStacksCommand {
    constructor(input: { readonly StackName: string });
  }
}
