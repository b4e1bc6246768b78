/** Pages of AWS and Apache Kafka that the rules rest on. */

const aws = (guide: string) => (page: string) => `https://docs.aws.amazon.com/${guide}/${page}.html`;

export const msk = aws('msk/latest/developerguide');
export const lambda = aws('lambda/latest/dg');
export const s3 = aws('AmazonS3/latest/userguide');
export const cloudFormation = aws('AWSCloudFormation/latest/TemplateReference');
export const eventBridge = aws('eventbridge/latest/userguide');
export const dynamodb = aws('amazondynamodb/latest/developerguide');
export const kafka = (section: string) => `https://kafka.apache.org/documentation/#${section}`;
