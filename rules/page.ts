import type { Rule } from './checks/rule';

/** Subjects in the order of the codes' first digit. */
const SUBJECTS: Readonly<Record<string, string>> = {
  '1': 'Brokers',
  '2': 'Topics',
  '3': 'Consumers',
  '4': 'Idempotency',
  '5': 'Dead letters and spill',
  '6': 'Producers',
  '9': 'What is not seen',
};

const INTRODUCTION = `# Loss rules

What a template can get wrong so that an accepted event is lost. The same rules run as the validation plugin \`LossRules\` and as
\`npx cdk-lossless-kafka check\` on any CloudFormation or SAM template. Each answers _pass_, _fail_ or _undecided_: a value is known only
at deploy. Undecided is told, never counted as a pass; \`--strict\` makes it, and warnings, a failure. Stacks of one app, or named in
one command, are judged together: what one imports from another, or is given by the stack around it, is known.

A parameter is judged with every value that it allows, and a condition both ways: what fails in one of them fails, and says when. What
fails only with another value than a default is undecided. \`--parameters Key=Value\`, or \`--parameter-files\` with a file as CloudFormation
takes it, says what a deploy will give. Beyond 256 combinations that reach one resource, the answer is undecided. What the \`Rules\` of a
template refuse is none of its combinations; given by \`--parameters\`, it is an error. A rule that asks AWS (\`Fn::ValueOf\`), or a
parameter of Systems Manager, refuses nothing here.

A configuration of brokers that no cluster of the templates names is judged by itself, as clusters of other stacks may have it; what it
leaves to the zones of those clusters is undecided. One that a cluster names is judged at the cluster.

A network that is not in the templates, imported or looked up, is undecided: its route tables, access control lists and security groups
are nowhere to be read. A NAT gateway of the templates needs a route from its own subnet to an internet gateway; one that lies
elsewhere, or in such a network, is taken to have it.

To accept a finding, say why: in code \`Validations.of(scope).acknowledge({ id: 'LossRules::LK305', reason: '…' })\`, for the command a
file of \`- { code: LK305, path: 'Stack/Mapping*', reason: … }\` given with \`--acknowledge\`. It stays in the report.

This page is made from the rules: \`npm run docs:rules\`.
`;

/** docs/rules.md. */
export function rulesPage(rules: readonly Rule[]): string {
  const parts = Object.entries(SUBJECTS).map(([digit, subject]) => {
    const own = rules.filter(({ code }) => code[2] === digit);
    return `## ${subject}\n\n${own.map(section).join('\n')}`;
  });
  return `${[INTRODUCTION, ...parts].join('\n').trimEnd()}\n`;
}

const section = ({ code, name, severity, why, fix, source }: Rule): string => `### ${code} ${name}

${severity === 'error' ? 'Error' : 'Warning'}: ${why}.

- CDK: ${escaped(fix.cdk)}
- CloudFormation: ${escaped(fix.cloudFormation)}
- [Source](${source})
`;

const escaped = (text: string): string => text.replace(/[<>*_]/g, (char) => `\\${char}`);
